"""How campaigns and their dialers are told to be: each state of the machine, and each way from one to the next."""

from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain.action import Speech
from omnibound.domain.calendar import Calendar, Hours
from omnibound.domain.campaign import Campaign, Kind, State
from omnibound.domain.campaign_status import (
    CampaignStatus,
    DialerStatus,
    Standing,
    campaign_status,
    dialer_status,
    is_open,
)
from omnibound.domain.flow import HOUR
from omnibound.domain.member import Doing, Progress

NOW = 20_000 * 24 * HOUR + 12 * HOUR
C, D = CampaignStatus, DialerStatus
STARTED = Campaign(
    id="c", account=1, name="C", dialer="d", kind=Kind.QUEUE, queue="q", state=State.STARTED,
    calendar=Calendar(hours=(Hours(begin=9 * 60, end=17 * 60),), zone="UTC"),
)  # fmt: skip
LEFT = {Progress.NOT_HANDLED: 2, Progress.HANDLED: 1}
DONE = {Progress.HANDLED: 1, Progress.MAX_CALLS: 1, Progress.FILTERED: 1, Progress.NOT_HANDLED: 0}
CALLING, HELD = {Doing.CALLING: 1, Doing.HELD: 1}, {Doing.HELD: 2}


def standing(**other: Any) -> Standing:
    campaign = {name: other.pop(name) for name in list(other) if name in Campaign.__struct_fields__}
    return Standing(**{"campaign": replace(STARTED, **campaign), "now": NOW, "people": LEFT, **other})


@pytest.mark.parametrize(
    ("known", "status", "dialer"),
    [
        ({}, C.ACTIVE, D.OPEN),
        ({"people": {}}, C.ACTIVE, D.OPEN),
        ({"under_way": CALLING}, C.ACTIVE, D.OPEN),
        ({"now": NOW - 4 * HOUR}, C.ACTIVE, D.SUSPEND),
        ({"now": NOW - 4 * HOUR, "under_way": CALLING}, C.ACTIVE, D.SUSPEND),
        ({"not_before": NOW + 1}, C.ACTIVE, D.SUSPEND),
        ({"not_before": NOW}, C.ACTIVE, D.OPEN),
        ({"state": State.NEW}, C.PASSIVE, D.PASSIVE),
        ({"state": State.NEW, "people": DONE}, C.PASSIVE, D.PASSIVE),
        ({"state": State.PAUSED, "under_way": CALLING}, C.PASSIVE, D.CLOSING),
        ({"state": State.PAUSED, "under_way": HELD}, C.PASSIVE, D.CLOSING2),
        ({"state": State.PAUSED}, C.PASSIVE, D.PASSIVE),
        ({"people": DONE}, C.HANDLED, D.COMPLETED),
        ({"people": DONE, "now": NOW - 4 * HOUR}, C.HANDLED, D.COMPLETED),
        # somebody who was deleted is still talked to
        ({"people": DONE, "under_way": CALLING}, C.ACTIVE, D.OPEN),
        ({"people": DONE, "under_way": HELD}, C.ACTIVE, D.OPEN),
        ({"end_at": NOW + 1}, C.ACTIVE, D.OPEN),
        ({"end_at": NOW, "under_way": CALLING}, C.EXPIRED, D.CLOSING),
        ({"end_at": NOW, "under_way": HELD}, C.EXPIRED, D.CLOSING2),
        ({"end_at": NOW}, C.EXPIRED, D.EXPIRED),
        ({"end_at": NOW, "state": State.PAUSED, "people": DONE}, C.EXPIRED, D.EXPIRED),
        ({"whole": False}, C.INVALID, D.PASSIVE),
        ({"whole": False, "under_way": CALLING}, C.INVALID, D.CLOSING),
        ({"queue": "", "end_at": NOW}, C.INVALID, D.PASSIVE),
        ({"kind": Kind.NUMBER, "queue": ""}, C.INVALID, D.PASSIVE),
        ({"kind": Kind.NUMBER, "queue": "", "number": "48123123123"}, C.ACTIVE, D.OPEN),
        ({"kind": Kind.ANNOUNCEMENT, "queue": "", "speech": Speech(text="a")}, C.ACTIVE, D.OPEN),
        ({"state": State.FINISHED, "under_way": CALLING}, C.DELETED, D.CLOSING),
        ({"state": State.FINISHED, "queue": "", "end_at": NOW}, C.DELETED, D.CLOSED),
        ({"stopping": True}, C.ACTIVE, D.SHUTDOWN),
        ({"stopping": True, "state": State.PAUSED, "under_way": CALLING}, C.PASSIVE, D.SHUTDOWN),
    ],
)
def test_how_it_is_told_to_be(known: dict[str, Any], status: CampaignStatus, dialer: DialerStatus) -> None:
    one = standing(**known)
    assert (campaign_status(one), dialer_status(one)) == (status, dialer)


def test_every_standing_has_its_words() -> None:
    told: set[tuple[CampaignStatus, DialerStatus]] = set()
    for state, people, under_way, whole, end_at, now in product(
        State, ({}, LEFT, DONE), ({}, CALLING, HELD), (True, False), (0, NOW), (NOW, NOW - 4 * HOUR)
    ):
        one = standing(state=state, people=people, under_way=under_way, whole=whole, end_at=end_at, now=now)
        told.add((campaign_status(one), dialer_status(one)))
    assert {status for status, _ in told} == set(C)
    assert {dialer for _, dialer in told} == set(D) - {D.SHUTDOWN}
    assert {dialer for status, dialer in told if status is C.ACTIVE} == {D.OPEN, D.SUSPEND}
    assert {status for status, dialer in told if dialer is D.COMPLETED} == {C.HANDLED}


@pytest.mark.parametrize(
    ("calendar", "now", "opened"),
    [
        (Calendar(), NOW, True),
        (STARTED.calendar, NOW - 4 * HOUR, False),
        (replace(STARTED.calendar, zone="Asia/Tokyo"), NOW, False),
        # Hours in everybody's own zone: somewhere it is open.
        (replace(STARTED.calendar, zone=""), NOW - 4 * HOUR, True),
    ],
)
def test_whether_it_calls_anybody(calendar: Calendar, now: int, opened: bool) -> None:
    assert is_open(replace(STARTED, calendar=calendar), now) is opened
