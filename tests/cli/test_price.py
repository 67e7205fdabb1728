"""`omnibound price`, and what `omnibound account` says of limits and money."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

HEAD = "prefix,mcc,mnc,price,currency\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "prices.csv"
    path.write_text(f"{HEAD}48,260,02,0.02,EUR\n49,,,x,EUR\n")
    return path


def test_a_table_is_looked_at_then_taken(run: Run, table: Path) -> None:
    looked = run("price", "import", str(table), "--dry-run", "--data", "d")
    assert looked == (0, "1 rates, 1 rows rejected\n", "line 3: price: must be a number such as 0.0075\n")
    held = run("price", "import", str(table), "--data", "d")
    assert (held.status, held.err.splitlines()[-1]) == (
        1, "omnibound: nothing was taken: mend the rows, or leave them out with --partly",
    )  # fmt: skip
    assert run("price", "list", "--data", "d").out == "name\tsince\trates\n"
    made = json.loads(run("price", "import", str(table), "--partly", "--name", "x", "--data", "d", "--json").out)
    assert made["rejected"] == [{"line": 3, "column": "price", "fault": "must be a number such as 0.0075"}]
    assert json.loads(run("price", "list", "--data", "d", "--json").out) == {"lists": [made["made"]]}
    assert run("price", "drop", "x", "--data", "d").out.endswith("\t0\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["drop", "none"], "there is no price list none"),
        (["import", "nothing.csv"], "nothing.csv"),
        (["import", "{table}", "--partly", "--from", "2001-01-01"], "what was sent already keeps its price"),
        (["import", "{table}", "--partly", "--from", "soon"], "soon is no date"),
    ],
)
def test_what_cannot_be_done(run: Run, table: Path, words: list[str], said: str) -> None:
    told = run("price", *[word.format(table=table) for word in words], "--data", "d")
    assert told.status == 1
    assert said in told.err


def test_limits_and_money(run: Run) -> None:
    assert run("account", "add", "shop", "--data", "d").status == 0
    assert run("account", "balance", "shop", "--data", "d").out == "shop: not prepaid; no daily cap; countries all\n"
    said = run("account", "set", "shop", "--countries", "pl,CH", "--daily-cap", "9", "--data", "d").out
    assert said == "shop: not prepaid; 9 of 9 left today; countries CH,PL\n"
    assert run("account", "balance", "shop", "--add", "2.5", "--data", "d").out == (
        "shop: 2.5 EUR; 9 of 9 left today; countries CH,PL\n"
    )
    told = json.loads(run("account", "balance", "shop", "--add", "-0.5", "--data", "d", "--json").out)
    assert (told["balance"], told["prepaid"]) == (2.0, True)
    for words in (["--add", "-3"], ["--add", "x"]):
        assert run("account", "balance", "shop", *words, "--data", "d").status == 1
    assert run("account", "balance", "nobody", "--data", "d").status == 1
    assert run("account", "set", "shop", "--countries", "XX", "--data", "d").status == 1
    assert run("account", "set", "shop", "--no-prepaid", "--voice-codes", "100xx", "--data", "d").out == (
        "shop: voice codes 100xx\nshop: not prepaid; 9 of 9 left today; countries CH,PL\n"
    )
