"""Every configuration that a page shows is accepted, and every name of the environment that it tells."""

import re
import tomllib
from pathlib import Path

import pytest

from omnibound.bootstrap import dialect_settings
from omnibound.channels.base import kinds, read_settings
from omnibound.config import Config, read_config
from omnibound.voice.speech.voices import read_voices
from tests.docs.pages import PAGES, Block, blocks, inline

EXAMPLES = [block for page in PAGES for block in blocks(page, "toml")]
VARIABLES = [text for page in PAGES for text in inline(page) if re.fullmatch(r"OMNIBOUND_[A-Z_]+=\S+", text)]


def read(path: Path) -> Config:
    """A configuration, with all that can be checked without connecting."""
    config = read_config(path, environment={})
    dialect_settings(config)
    for table in config.connectors:
        read_settings(table)
    read_voices(config.voices)
    return config


@pytest.mark.parametrize("block", EXAMPLES, ids=str)
def test_examples_are_accepted(block: Block, tmp_path: Path) -> None:
    path = tmp_path / "omnibound.toml"
    path.write_text(block.text)
    assert read(path).connectors == tuple(tomllib.loads(block.text).get("connectors", ()))


def test_there_are_examples_of_every_kind() -> None:
    shown = {table["kind"] for block in EXAMPLES for table in tomllib.loads(block.text).get("connectors", ())}
    assert shown == set(kinds())


@pytest.mark.parametrize("text", VARIABLES)
def test_variables_are_understood(text: str) -> None:
    name, _, value = text.partition("=")
    config = read_config(environment={name: value})
    dialect_settings(config)
    assert config != Config()
