"""What choices ask of the server is committed once, however often they are told."""

from typing import Any

import pytest

from omnibound.domain import law
from omnibound.domain.action import Action, Deed, Request
from omnibound.domain.call import call_id
from omnibound.domain.campaign import Campaign
from omnibound.domain.changes import Changes
from omnibound.domain.flow import SECOND
from omnibound.domain.member import Member, Stand
from omnibound.domain.push import PUSHED_FOR, Asked, Push, Topic
from omnibound.domain.status import Reason
from omnibound.services.heed_choices import HeedChoices
from omnibound.services.judge_members import JudgeMembers
from omnibound.wire.telephone import Chosen
from tests.services.conftest import START, House
from tests.store import nouns

pytestmark = pytest.mark.anyio

URL = "https://a.example/"
BOB, GONE = 5, 6


def chosen(on: str = "3", do: Deed = Deed.HTTP, turn: int = 1, member: int = BOB) -> Chosen:
    return Chosen(
        number=9, call=call_id(member, 2), trunk="t", at=START - SECOND, on=on, do=do, turn=turn, digits="73"
    )  # fmt: skip


def push(**members: Any) -> Push:
    body = '{"key": "3", "digits": "73"}'
    asked = Asked(headers={"Content-Type": "application/json"}, body=body)
    values: dict[str, Any] = {"url": f"{URL}+1", "request": asked, "topic": Topic.ACTION, "number": 1, **members}
    return Push(7, BOB, 2, format="", due_at=START, until=START + PUSHED_FOR, **values)


@pytest.fixture
async def heed(house: House) -> HeedChoices:
    body = '{"key": "{{ call.key }}", "digits": "{{ call.digits }}"}'
    actions = (
        Action(on="3", do=Deed.HTTP, http=Request(url=f"{URL}+1", body=body)),
        Action(on="4", do=Deed.HTTP, http=Request(url=URL, body="{{ voice_sms.nobody > 3 }}")),
        Action(on="9", do=Deed.OPT_OUT),
    )
    await house.store.campaigns.add(Campaign(id="c", account=7, name="C", actions=actions))
    await house.store.record(Changes(members=[Member(id=BOB, account=7, campaign="c", phone="+48 600 100 200")]))
    return HeedChoices(house.store, JudgeMembers(house.store, law.NONE, house.clock), house.clock)


async def pushes(house: House) -> list[Push]:
    return await house.store.pushes.page(7, None, (0, 0, 0, 0), 9)


async def test_a_request_is_pushed_once(heed: HeedChoices, house: House) -> None:
    await heed(chosen())
    await heed(chosen())
    assert await pushes(house) == [push()]


async def test_a_key_that_is_pressed_again_asks_again(heed: HeedChoices, house: House) -> None:
    await heed(chosen())
    await heed(chosen(turn=2))
    assert await pushes(house) == [push(), push(number=2)]


async def test_what_cannot_be_filled_is_given_up_and_can_be_seen(heed: HeedChoices, house: House) -> None:
    await heed(chosen(on="4"))
    why = "body: there is no value for 'nobody'"
    assert await pushes(house) == [push(url=URL, request=None, over=True, why=why)]


async def test_who_opts_out_is_suppressed_for_all_campaigns(heed: HeedChoices, house: House) -> None:
    await heed(chosen("9", Deed.OPT_OUT))
    await heed(chosen("9", Deed.OPT_OUT))
    found = await house.store.campaigns.suppressions(7, "VOICE", "", 9)
    assert found == [("48600100200", Reason.OPTED_OUT, START - SECOND)]
    assert await pushes(house) == []


@pytest.mark.parametrize(
    ("last", "told", "number"),
    [(0, "", "48601"), (1, "", "48601"), (2, "", "48602"), (1, "0048 602", "48602")],
    ids=["before the first", "the first", "the second", "over by now"],
)
async def test_the_number_that_was_called_is_suppressed(
    heed: HeedChoices, house: House, last: int, told: str, number: str
) -> None:
    """Of several; a choice may be told once more when the call is long over."""
    one = Member(
        id=BOB + 20, account=7, campaign="c", phone="+48 601;48602", external="x", stand=Stand(last_number=last)
    )  # fmt: skip
    over = [nouns.call(one.id, 2, account=7, number=told)] if told else []
    await house.store.record(Changes(members=[one], calls=over))
    await heed(chosen("9", Deed.OPT_OUT, member=one.id))
    assert [each.key for each in await house.store.campaigns.suppressions(7, "VOICE", "", 9)] == [number]


@pytest.mark.parametrize(
    "nobody",
    [chosen(member=GONE), chosen("9", Deed.OPT_OUT, member=GONE), chosen(on="5")],
    ids=["no member", "nobody to suppress", "no such action any more"],
)
async def test_what_is_not_known_any_more_asks_for_nothing(heed: HeedChoices, house: House, nobody: Chosen) -> None:
    before = await house.counts()
    await heed(nobody)
    assert await house.counts() == before
