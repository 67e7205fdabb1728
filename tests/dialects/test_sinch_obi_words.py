"""OBI's words: total over reasons, and those of the table that telephones and vendors share; patterns."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.dialects.sinch_obi import words
from omnibound.dialects.sinch_obi.patterns import fits
from omnibound.domain.campaign import Campaign
from omnibound.domain.member import Doing, Progress, Stand
from omnibound.domain.outbound import CallResult, ResultSet
from omnibound.domain.status import Reason

ROWS = json.loads((Path(__file__).parent.parent / "cases" / "voice" / "outcomes.json").read_text())["rows"]
CAMPAIGN = Campaign(id="c", account=1, name="n")
OWN = replace(
    CAMPAIGN,
    results=ResultSet(
        results=(CallResult(text="New subscription", reason=Reason.SUCCESS, number=7),),
        former=(CallResult(text="Old one", reason=Reason.SUCCESS, number=3),),
    ),
)
VENDORS = frozenset(
    (
        "SUCCESS", "REFUSAL", "REDIAL", "INSTANTREDIAL", "WRONGPERSON", "WRONGNUMBER", "HANGUP", "BUSY", "NOANSWER",
        "FAX", "MODEM", "ANSWERINGMACHINE", "AUTOATTENDANT", "UNKNOWN", "BADADDRESS", "SKIP", "AGENTREJECTED",
    )
)  # fmt: skip


def test_the_table_is_total_and_has_every_word_of_the_vendor() -> None:
    assert set(words.WORDS) == set(Reason)
    assert {each.result for each in words.WORDS.values()} == VENDORS | {None}


# What a person stands like -> result, callResult, classifier.
STANDS = [
    (Stand(), ("CALL", None, None)),
    (Stand(doing=Doing.CALLING), ("DIALING", None, None)),
    (Stand(doing=Doing.CALLING, reason=Reason.BUSY, tries=1), ("DIALING", "BUSY", None)),
    (Stand(doing=Doing.HELD, reason=Reason.ANSWERED), ("DIALING", None, None)),
    (Stand(doing=Doing.HELD, reason=Reason.LOST), ("DIALING", "UNKNOWN", "LOST")),
    (Stand(reason=Reason.REJECTED, tries=1), ("CALL", "NOANSWER", "REJECTED")),
    (Stand(reason=Reason.ABANDONED, tries=1), ("CALL", "REDIAL", "ABANDONED")),
    (Stand(progress=Progress.HANDLED, reason=Reason.ANSWERED), ("SUCCESS", "SUCCESS", None)),
    (Stand(progress=Progress.HANDLED, reason=Reason.SUCCESS), ("SUCCESS", "SUCCESS", "NORESULT")),
    (Stand(progress=Progress.HANDLED, reason=Reason.SUCCESS, entry=7), ("SUCCESS", "SUCCESS", "New subscription")),
    (Stand(progress=Progress.HANDLED, reason=Reason.SUCCESS, entry=3), ("SUCCESS", "SUCCESS", "Old one")),
    (Stand(progress=Progress.HANDLED, reason=Reason.SUCCESS, entry=99), ("SUCCESS", "SUCCESS", None)),
    (Stand(progress=Progress.HANDLED, reason=Reason.OPTED_OUT), ("REFUSAL", "REFUSAL", "OPTOUT")),
    (Stand(progress=Progress.HANDLED, reason=Reason.NO_CONTENT), ("UNKNOWN", None, "NOCONTENT")),
    (Stand(progress=Progress.MAX_CALLS, reason=Reason.BUSY, tries=4), ("MAXCALLS", "BUSY", None)),
    (Stand(progress=Progress.FILTERED), ("FILTERED", None, None)),
    (Stand(progress=Progress.FILTERED, reason=Reason.BUSY), ("FILTERED", "BUSY", None)),
    (Stand(progress=Progress.NOT_HANDLED, closed=True, reason=Reason.EXPIRED), ("CALL", None, None)),
    (Stand(progress=Progress.NOT_HANDLED, reason=Reason.TRUNK_FAILED), ("CALL", None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("stand", "told"), STANDS)
def test_how_a_person_stands(stand: Stand, told: tuple[str, str | None, str | None]) -> None:
    if stand.reason is not None:
        stand = replace(stand, last_number=1)
    assert (words.result(stand), words.call_result(stand), words.classifier(stand, OWN)) == told


def test_who_was_never_called_has_a_result_but_none_of_a_call() -> None:
    stand = Stand(progress=Progress.HANDLED, closed=True, reason=Reason.SUCCESS)
    assert (words.result(stand), words.call_result(stand), words.classifier(stand, OWN)) == ("SUCCESS", None, None)
    rejected = replace(stand, reason=Reason.AGENT_REJECTED)
    assert (words.result(rejected), words.call_result(rejected)) == ("AGENTREJECTED", "AGENTREJECTED")


def test_the_usual_results_of_agents_are_known_without_a_set() -> None:
    stand = Stand(progress=Progress.HANDLED, reason=Reason.REFUSAL, entry=2)
    assert words.classifier(stand, CAMPAIGN) == "Refusal"


PATTERNS = [
    ("TestCampaign*", "TestCampaign 1", True),
    ("testcampaign*", "TestCampaign", True),
    ("*campaign", "TestCampaign", True),
    ("*est*amp*", "TestCampaign", True),
    ("T?st", "Test", True),
    ("T?st", "Tst", False),
    ("Test", "Testing", False),
    ("est", "Test", False),
    ("", "", True),
    ("*", "", True),
    ("?", "", False),
    ("a*b*c", "aXbXbc", True),
    ("a*b*c", "aXbXb", False),
    ("50%_[a]", "50%_[a]", True),
    ("50%", "500", False),
    ("**?", "x", True),
]


@pytest.mark.parametrize(("pattern", "text", "fitting"), PATTERNS)
def test_patterns(pattern: str, text: str, fitting: bool) -> None:
    assert fits(pattern, text) is fitting


def test_a_hostile_pattern_takes_no_longer_than_its_length_wants() -> None:
    assert not fits("*a" * 2_000, "a" * 1_999 + "b")


@pytest.mark.parametrize("row", ROWS, ids=[row["what"] for row in ROWS])
def test_a_row_of_the_table_that_telephones_and_vendors_share(row: dict[str, Any]) -> None:
    assert words.WORDS[Reason[row["reason"]]] == tuple(row["obi"])
