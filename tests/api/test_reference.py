"""The page for people says what the table says."""

import re
from pathlib import Path

from omnibound.api.problems import BROKEN, KINDS
from omnibound.api.resource import OPERATOR
from omnibound.api.routes import TABLE

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
PAGE = "".join(
    (REFERENCE / f"{name}.md").read_text() for name in ("agents", "api", "api-outbound", "campaigns", "money")
)


def _who(security: tuple[str, ...]) -> str:
    kinds = {"operators" if scheme == OPERATOR else "account" for scheme in security}
    return ", ".join(sorted(kinds)) or "everybody"


def test_every_operation_is_on_the_page() -> None:
    rows = re.findall(r"^\| `(\w+) (/\S+)` \| ([\w, ]+) \| (\d+)", PAGE, re.MULTILINE)
    operations = [line.operation for line in TABLE]
    assert set(rows) == {(each.method, each.path, _who(each.security), str(each.status)) for each in operations}


def test_every_kind_of_problem_is_on_the_page() -> None:
    rows = re.findall(r"^\| (`[\w`, -]+`) \| (\d{3}) \|", PAGE, re.MULTILINE)
    told = {(word, int(status)) for words, status in rows for word in re.findall(r"`([\w-]+)`", words)}
    assert told == {(kind.word, kind.status) for kind in (*KINDS.values(), BROKEN)}
