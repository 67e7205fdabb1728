"""What agents may say, by number and by text, and what is said for them."""

import pytest

from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid
from omnibound.domain.outbound import STANDARD, CallResult, Queue, ResultSet
from omnibound.domain.results import detail_of, result_named, result_without, results_of
from omnibound.domain.standing import entry_of
from omnibound.domain.status import Reason

OWN = ResultSet(
    results=(
        CallResult(number=7, text="Sold!", reason=Reason.SUCCESS),
        CallResult(number=9, text="Later", reason=Reason.REDIAL),
    )
)  # fmt: skip
BARE = Campaign(id="c", account=1, name="C")
SET = Campaign(id="c", account=1, name="C", results=OWN)


@pytest.mark.parametrize(
    ("campaign", "named", "number"),
    [(SET, 7, 7), (SET, "sold!", 7), (SET, " LATER ", 9), (BARE, 3, 3), (BARE, "redial", 3), (BARE, "Hang-Up", 6)],
)
def test_named(campaign: Campaign, named: str | int, number: int) -> None:
    result = result_named(campaign, named)
    assert (result.number, entry_of(detail_of(result))) == (number, number)


@pytest.mark.parametrize("named", [0, 1, "", "7", "Successful"])
def test_what_a_set_does_not_have(named: str | int) -> None:
    with pytest.raises(Invalid) as refused:
        result_named(SET, named)
    assert (refused.value.field, "Sold!, Later" in refused.value.text) == ("result", True)


@pytest.mark.parametrize(
    ("campaign", "no_result", "said"),
    [
        (SET, "", (Reason.SUCCESS, "")),
        (SET, "later", (Reason.REDIAL, "result:9")),
        (SET, "Redial", (Reason.SUCCESS, "")),
        (BARE, "Redial", (Reason.REDIAL, "result:3")),
    ],
)
def test_without_a_result(campaign: Campaign, no_result: str, said: tuple[Reason, str]) -> None:
    assert result_without(campaign, Queue(id="q", name="Q", no_result=no_result)) == said


def test_without_a_set_there_is_the_standard() -> None:
    assert results_of(BARE) is STANDARD.results
