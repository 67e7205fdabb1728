"""What a campaign must be to be kept, by its kind, and what it lacks to be started."""

from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.action import Speech
from omnibound.domain.campaign import Campaign, Kind
from omnibound.domain.campaign_checks import check_campaign, lacking
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import SECOND, Flow, Step
from omnibound.domain.member import Mode
from omnibound.domain.message import Content
from omnibound.domain.outbound import STANDARD, Condition

PLAIN = Campaign(id="c", account=1, name="C")
DIALLED = replace(PLAIN, dialer="d", speech=Speech(text="Hi"))
QUEUE = replace(PLAIN, kind=Kind.QUEUE, dialer="d", queue="q")
NUMBER = replace(PLAIN, kind=Kind.NUMBER, dialer="d", number="48123")
MESSAGES = replace(
    PLAIN, kind=Kind.MESSAGES, scenario="s", flow=Flow(steps=(Step(channel="SMS"),)),
    message={"SMS": Content(text="Hi")},
)  # fmt: skip
OLD = Condition(attribute="Age", operator=">", values=("80",))


@pytest.mark.parametrize(
    ("campaign", "members"),
    [
        (PLAIN, {}),
        (
            DIALLED,
            {"results": STANDARD, "excluded": (OLD,), "lines": 1, "ring": 30 * SECOND, "per_day": 3, "end_at": 9},
        ),
        (QUEUE, {"mode": Mode.PREVIEW, "script": "t", "farewell": Speech(text="Sorry"), "not_before": 1, "end_at": 2}),
        (QUEUE, {"dialer": "", "results": STANDARD}),
        (NUMBER, {"number": "sip:ivr@192.0.2.1:5060"}),
        (NUMBER, {"number": "+48 123 123 123"}),
        (MESSAGES, {}),
        (MESSAGES, {"dialer": "d", "pace": 100}),
    ],
)
def test_what_may_be(campaign: Campaign, members: dict[str, Any]) -> None:
    check_campaign(replace(campaign, **members))


@pytest.mark.parametrize(
    ("campaign", "members", "field"),
    [
        (PLAIN, {"remarks": "r" * 4_001}, "remarks"),
        (PLAIN, {"remarks": "\0"}, "remarks"),
        (PLAIN, {"queue": "q"}, "queue"),
        (PLAIN, {"number": "48123"}, "number"),
        (PLAIN, {"scenario": "s"}, "scenario"),
        (PLAIN, {"farewell": Speech(text="a")}, "farewell"),
        (PLAIN, {"results": STANDARD}, "results"),
        (PLAIN, {"mode": Mode.PREVIEW}, "mode"),
        (PLAIN, {"excluded": (OLD,)}, "excluded"),
        (PLAIN, {"end_at": 1}, "end_at"),
        (PLAIN, {"lines": 2}, "lines"),
        (PLAIN, {"ring": 20 * SECOND}, "ring"),
        (PLAIN, {"per_day": 1}, "per_day"),
        (DIALLED, {"lines": 0}, "lines"),
        (DIALLED, {"ring": 15 * SECOND - 1}, "ring"),
        (DIALLED, {"ring": 121 * SECOND}, "ring"),
        (DIALLED, {"per_day": -1}, "per_day"),
        (DIALLED, {"not_before": 5, "end_at": 5}, "end_at"),
        (DIALLED, {"excluded": (replace(OLD, operator="~"),)}, "excluded[0].operator"),
        (NUMBER, {"number": "1"}, "number"),
        (NUMBER, {"number": "sip:nobody"}, "number"),
        (MESSAGES, {"pace": 1}, "pace"),
        (MESSAGES, {"dialer": "d", "pace": -1}, "pace"),
        (QUEUE, {"message": {"SMS": Content(text="a")}}, "message"),
    ],
)
def test_what_may_not_be(campaign: Campaign, members: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_campaign(replace(campaign, **members))
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("campaign", "members", "lacks"),
    [
        (PLAIN, {}, ()),
        (DIALLED, {}, ()),
        (DIALLED, {"speech": Speech(voice="v")}, ("speech",)),
        (QUEUE, {}, ()),
        (QUEUE, {"queue": "", "dialer": ""}, ("dialer", "queue")),
        (NUMBER, {}, ()),
        (NUMBER, {"number": ""}, ("number",)),
        (MESSAGES, {}, ()),
        (MESSAGES, {"flow": None, "message": {}}, ("scenario", "message")),
    ],
)
def test_what_it_lacks(campaign: Campaign, members: dict[str, Any], lacks: tuple[str, ...]) -> None:
    assert lacking(replace(campaign, **members)) == lacks
