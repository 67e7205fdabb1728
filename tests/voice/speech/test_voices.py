"""`[[voices]]` as they are read."""

from typing import Any

import pytest

from omnibound.config import HIDDEN, Config, printable
from omnibound.domain.errors import Invalid
from omnibound.voice.speech.voices import ENGINES, CommandVoice, EspeakVoice, PiperVoice, read_voices

WHOLE: dict[str, dict[str, Any]] = {
    "espeak": {"variant": "f2", "rate": 150, "pitch": 60, "volume": 90},
    "command": {"command": ["pico", "{out}"], "input": "ssml"},
    "piper": {"model": "/m.onnx"},
    "rhvoice": {"profile": "magda"},
    "http": {"url": "https://tts.example/", "headers": {"X-Key": "k"}, "text_field": "input", "fields": {"a": 1}},
}


def test_every_engine_is_read() -> None:
    assert set(WHOLE) == set(ENGINES)
    voices = read_voices([{"id": name, "engine": name, "language": "pl-PL", **more} for name, more in WHOLE.items()])
    assert list(voices) == list(WHOLE)
    assert voices["espeak"] == EspeakVoice(
        id="espeak", engine="espeak", language="pl-PL", variant="f2", rate=150, pitch=60, volume=90
    )
    command = CommandVoice(
        id="command", engine="command", language="pl-PL", command=("pico", "{out}"), input="ssml"
    )  # fmt: skip
    assert voices["command"] == command
    assert voices["piper"] == PiperVoice(id="piper", engine="piper", language="pl-PL", model="/m.onnx")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"id": "a"}, "voice 'a': engine is one of espeak, command, piper, rhvoice, http"),
        ({"id": "a", "engine": "parrot"}, "voice 'a': engine is one of espeak, command, piper, rhvoice, http"),
        ({"engine": "espeak"}, "voice '': Object missing required field `id`"),
        ({"id": "", "engine": "espeak"}, "voice '': Expected `str` of length >= 1 - at `$.id`"),
        ({"id": "a", "engine": "espeak", "colour": 1}, "voice 'a': Object contains unknown field `colour`"),
        ({"id": "a", "engine": "espeak", "rate": 9}, "voice 'a': Expected `int` >= 80 - at `$.rate`"),
        ({"id": "a", "engine": "piper"}, "voice 'a': Object missing required field `model`"),
        ({"id": "a", "engine": "command", "command": []}, "voice 'a': Expected `array` of length >= 1"),
    ],
)
def test_what_is_wrong_is_told(table: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as raised:
        read_voices([table])
    assert str(raised.value).startswith(words)


@pytest.mark.parametrize("bad", ["polish!", "p", "pl\n", "+f2", "../pl"])
def test_a_language_is_a_language(bad: str) -> None:
    with pytest.raises(Invalid, match="language"):
        read_voices([{"id": "a", "engine": "espeak", "language": bad}])


def test_an_id_is_given_once() -> None:
    with pytest.raises(Invalid, match="two voices have the id a"):
        read_voices([{"id": "a", "engine": "espeak"}] * 2)


def test_a_service_s_key_is_not_printed() -> None:
    table = {"id": "http", "engine": "http", **WHOLE["http"]}
    assert printable(Config(voices=(table,)))["voices"] == [{**table, "headers": HIDDEN}]
