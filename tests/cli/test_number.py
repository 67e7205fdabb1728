"""`omnibound number`: on a data folder, whether a server runs on it or not."""

import json

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def shop(run: Run) -> Run:
    assert run("account", "add", "shop", "--data", "d").status == 0
    return run


def test_numbers_are_added_and_listed(shop: Run) -> None:
    told = shop("number", "add", "+48 500", "--account", "shop", "--data", "d")
    assert told == (0, "48500 (SMS) belongs to shop\n", "")
    options = ("--channel", "viber", "--keyword", "Win", "--url", "https://shop/", "--format", "native", "--json")
    made = json.loads(shop("number", "add", "Shop", "--account", "shop", "--data", "d", *options).out)
    listed = json.loads(shop("number", "list", "--data", "d", "--json").out)["numbers"]
    assert listed[1] == made
    assert [{**row, "id": "", "created_at": ""} for row in listed] == [
        {
            "id": "", "number": "48500", "account": "shop", "channel": "SMS", "keyword": "", "url": "",
            "format": "infobip-omni", "created_at": "",
        },
        {
            "id": "", "number": "shop", "account": "shop", "channel": "VIBER", "keyword": "win", "url": "https://shop/",
            "format": "native", "created_at": "",
        },
    ]  # fmt: skip
    lines = shop("number", "list", "--data", "d").out.splitlines()
    assert lines[0].split("\t") == ["id", "number", "channel", "account", "keyword", "format", "url"]
    assert lines[1].split("\t")[1:] == ["48500", "SMS", "shop", "", "infobip-omni", ""]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["48500", "--account", "nobody"], "no account is named nobody"),
        (["", "--account", "shop"], "must not be empty"),
        (["7070", "--account", "shop"], "7070 belongs to an account already"),
        (
            ["48500", "--account", "shop", "--format", "morse"],
            "there are the formats infobip-omni, infobip-omni.xml, native",
        ),
        (["48500", "--account", "shop", "--url", "shop"], "must be an http or https address"),
    ],
)
def test_a_number_that_cannot_be(shop: Run, words: list[str], said: str) -> None:
    assert shop("number", "add", "7070", "--account", "shop", "--data", "d").status == 0
    ran = shop("number", "add", *words, "--data", "d")
    assert (ran.status, ran.err) == (1, f"omnibound: {said}\n")
    assert len(json.loads(shop("number", "list", "--data", "d", "--json").out)["numbers"]) == 1
