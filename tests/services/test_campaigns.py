"""Requests of campaigns: when they are due, what is refused, what is held back, and what is asked before each call."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from omnibound.domain import law
from omnibound.domain.account import Account
from omnibound.domain.action import Action, Deed, Speech
from omnibound.domain.bulk import PARKED, Stop, Target
from omnibound.domain.calendar import Calendar, Hours
from omnibound.domain.campaign import Campaign, State, Wish, bulk_of
from omnibound.domain.errors import Forbidden, Invalid, NotFound
from omnibound.domain.facts import Failure
from omnibound.domain.flow import HOUR, SECOND
from omnibound.domain.message import Attempt, Class
from omnibound.domain.status import Reason
from omnibound.services.check_dials import CheckDials, Dial
from omnibound.services.engine import Engine
from omnibound.services.fill_speech import filled, member_id, public_id
from omnibound.services.keep_campaigns import Campaigns
from omnibound.services.place_requests import BadRequests, CallRequest, Fault, Requests, Standing
from tests.services.conftest import START, House

pytestmark = pytest.mark.anyio

VOICES = {"v": "pl"}
OFFICE = Calendar(hours=(Hours(begin=9 * 60, end=17 * 60),))
ANNA = CallRequest(phone="+48 123 123 123", custom={"name": "Anna", "id": "overwritten"})


class Desk:
    """Campaigns over a real store; what is to be held back is only noted, and kept."""

    def __init__(self, house: House, account: Account) -> None:
        self.house = house
        self.account = account
        self.stops: list[Stop] = []
        self.released: list[tuple[Target, Reason]] = []
        self.campaigns = Campaigns(house.store, self.put, self.release, {"t": True}, VOICES, house.mint, house.clock)
        engine = Engine(admit=house.admitted.append, on_born=lambda *born: house.born.append(born))
        self.requests = Requests(house.store, self.campaigns, house.mint, house.clock, engine, self.put)
        self.check = CheckDials(house.store, house.clock, VOICES, law.NONE)

    async def put(self, stop: Stop) -> bool:
        self.stops.append(stop)
        return await self.house.store.bulks.put(stop)

    async def release(self, target: Target, reason: Reason) -> int:
        self.released.append((target, reason))
        return 7

    async def made(self, **members: Any) -> Campaign:
        return await self.campaigns.add(self.account, Campaign(**{"id": "c", "account": 0, "name": "C", **members}))

    async def asked(self, *requests: CallRequest) -> list[Standing]:
        return await self.requests.add(self.account, "c", requests)

    async def attempts(self, *standing: Standing) -> list[Attempt]:
        loaded = {
            each.live.id: each for each in await self.house.store.deliveries.load([s.member.id for s in standing])
        }
        found = []
        for each in loaded.values():
            message = await self.house.store.deliveries.message(each.live.message)
            assert message
            (step,) = message.flow.steps
            found.append(
                Attempt(each.live.id, 1, step, each.delivery.to.phone, message.content["VOICE"], message, 0)
            )  # fmt: skip
        return found


@pytest.fixture
async def desk(house: House) -> Desk:
    return Desk(house, await house.account())


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


async def due(desk: Desk, standing: Standing) -> int:
    live = await desk.house.store.deliveries.live(standing.member.id)
    assert live == standing.live
    assert live
    return live.due_at


async def test_requests_wait_until_the_campaign_is_started(desk: Desk) -> None:
    await desk.made()
    (anna,) = await desk.asked(ANNA)
    assert await due(desk, anna) == START + PARKED
    await desk.campaigns.say(desk.account, "c", Wish.START)
    assert desk.stops == [Stop(target=Target(desk.account.id, bulk_of("c")), at=START)]
    (bert,) = await desk.asked(replace(ANNA, phone="48124"))
    assert await due(desk, bert) == START
    assert [each.member.phone for each in await desk.requests.page(desk.account, "c", None, 0, 9)] == [
        "+48 123 123 123", "48124",
    ]  # fmt: skip


async def test_a_trunk_that_is_not_there_is_told(desk: Desk) -> None:
    before = await desk.campaigns.page(desk.account, "", 9)
    with pytest.raises(Invalid, match="no connector for calls is named elsewhere; there are: t") as refused:
        await desk.made(trunk="elsewhere")
    assert (refused.value.field, await desk.campaigns.page(desk.account, "", 9)) == ("trunk", before)
    made = await desk.made(trunk="t")
    bare = Campaigns(desk.house.store, desk.put, desk.release, {}, VOICES, desk.house.mint, desk.house.clock)
    for other, start in ((bare, Invalid), (desk.campaigns, None)):
        if start:
            # It was taken out of the configuration meanwhile.
            with pytest.raises(start, match="is named t; there are: none"):
                await other.say(desk.account, made.id, Wish.START)
            assert ((await other.one(desk.account, made.id)).state, desk.stops) == (State.NEW, [])
            await other.say(desk.account, made.id, Wish.FINISH)
        else:
            await other.say(desk.account, (await desk.made(id="d", trunk="t")).id, Wish.START)


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"speech": Speech(text="a", voice="w")}, "voice"),
        ({"actions": (Action(on="1", do=Deed.PLAY, play=Speech(text="a", voice="w")),)}, "voice"),
        ({"speech": Speech(text="{{")}, "speech.text"),
    ],
    ids=["no such voice", "no such voice of an action", "no template"],
)
async def test_what_could_never_be_said(desk: Desk, members: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await desk.made(**members)
    assert (refused.value.field, await desk.campaigns.page(desk.account, "", 9)) == (field, [])
    await desk.made(speech=Speech(text="a", voice="v"))


async def test_nobody_is_added_whom_a_key_would_tell_nothing(desk: Desk) -> None:
    play = Speech(ssml="<p>{{ voice_sms.name }}</p>{% if voice_sms.bad %}<{% endif %}")
    await desk.made(actions=(Action(on="1", do=Deed.PLAY, play=play),))
    with pytest.raises(BadRequests) as refused:
        await desk.asked(ANNA, replace(ANNA, custom={"bad": True}))
    assert [(fault.place, fault.field) for fault in refused.value.faults] == [(1, "ssml")]
    (anna,) = await desk.asked(ANNA)
    verdict = (await desk.check(await desk.attempts(anna)))[anna.member.id]
    assert isinstance(verdict, Dial)
    assert verdict.actions == (Action(on="1", do=Deed.PLAY, play=Speech(ssml="<p>Anna</p>")),)


async def test_who_is_held_is_let_go(desk: Desk) -> None:
    await desk.made()
    assert await desk.campaigns.release(desk.account, "c") == 7
    assert await desk.campaigns.release(desk.account, "c", again=True) == 7
    target = Target(desk.account.id, bulk_of("c"))
    assert desk.released == [(target, Reason.REDIAL), (target, Reason.AGAIN)]
    with pytest.raises(NotFound):
        await desk.campaigns.release(desk.account, "other")


async def test_they_are_due_when_their_hours_begin(desk: Desk) -> None:
    desk.house.clock.now = at("2026-11-20T17:30")
    await desk.made(calendar=OFFICE)
    await desk.campaigns.say(desk.account, "c", Wish.START)
    phones = ("48123123123", "81312345678", "12125550100")
    later = replace(ANNA, not_before=at("2026-11-22T20:00"))
    told = await desk.asked(*(replace(ANNA, phone=phone) for phone in phones), later)
    assert [await due(desk, each) for each in told] == [
        at("2026-11-21T08:00"), at("2026-11-21T00:00"), at("2026-11-20T19:00"), at("2026-11-23T08:00"),
    ]  # fmt: skip


async def test_a_higher_priority_goes_first(desk: Desk) -> None:
    await desk.made(priority=5)
    told = await desk.asked(ANNA, replace(ANNA, priority=101))
    assert [(each.member.priority, each.live and each.live.cls) for each in told] == [
        (5, Class.BULK), (101, Class.NORMAL),
    ]  # fmt: skip


async def test_all_of_a_list_or_none(desk: Desk) -> None:
    await desk.made(speech=Speech(text="Hi {{ voice_sms.name }}"))
    before = await desk.house.counts()
    malformed, voiceless = Speech(text="{{ voice_sms."), Speech(ssml='<voice name="w">a</voice>')
    speeches = (malformed, Speech(ssml="<a>"), Speech(text="a", voice="w"), voiceless)
    wrong = [ANNA, replace(ANNA, phone="1"), *(replace(ANNA, speech=each) for each in speeches)]
    with pytest.raises(BadRequests) as caught:
        await desk.asked(*wrong)
    assert [(fault.place, fault.field) for fault in caught.value.faults] == [
        (1, "phone"), (2, "text"), (3, "ssml"), (4, "voice"), (5, "ssml"),
    ]  # fmt: skip
    assert isinstance(caught.value.faults[0], Fault)
    assert await desk.house.counts() == before
    assert await desk.requests.page(desk.account, "c", None, 0, 9) == []
    for refused in ([], [ANNA] * 10_001, [replace(ANNA, speech=Speech(announcement="none"))]):
        with pytest.raises((Invalid, NotFound)):
            await desk.asked(*refused)
    assert await desk.house.counts() == before


async def test_ssml_may_name_a_voice_that_is_there(desk: Desk) -> None:
    await desk.made()
    speech = Speech(ssml='<voice name="v">a</voice>', voice="v")
    (anna,) = await desk.asked(replace(ANNA, speech=speech))
    verdict = (await desk.check(await desk.attempts(anna)))[anna.member.id]
    assert isinstance(verdict, Dial)
    assert verdict.speech == speech
    bare = CheckDials(desk.house.store, desk.house.clock, {}, law.NONE)
    gone = (await bare(await desk.attempts(anna)))[anna.member.id]
    assert gone == Failure(Reason.NO_CONTENT, "no voice has the id v; there are: ", retry=False)


async def test_what_is_asked_before_a_call(desk: Desk) -> None:
    actions = (Action(on="9", do=Deed.OPT_OUT),)
    await desk.made(speech=Speech(ssml="Hi {{ voice_sms.name }}"), caller="48221", trunk="t", actions=actions)
    own = Speech(text="{{ voice_sms.custom.name }}, {{ voice_sms.contact_number }}, {{ voice_sms.id }}")
    told = await desk.asked(replace(ANNA, custom={"name": "A & B"}), replace(ANNA, speech=own))
    first, second = [each.member for each in told]
    assert await desk.check(await desk.attempts(*told)) == {
        first.id: Dial(
            member=first, caller="48221", trunk="t", speech=Speech(ssml="Hi A &amp; B"), actions=actions
        ),
        second.id: Dial(
            member=second, caller="48221", trunk="t", actions=actions,
            speech=Speech(text=f"Anna, +48 123 123 123, {public_id(second.id)}"),
        ),
    }  # fmt: skip


async def test_who_must_not_be_called_is_not(desk: Desk) -> None:
    await desk.made()
    told = await desk.asked(ANNA, replace(ANNA, phone="48124"))
    attempts = await desk.attempts(*told)
    await desk.campaigns.suppress(desk.account, ["0048124"], Reason.OPTED_OUT)
    verdicts = await desk.check(attempts)
    assert isinstance(verdicts[told[0].member.id], Dial)
    assert verdicts[told[1].member.id] == Failure(Reason.BLOCKED, "opted_out", retry=False)
    (refused,) = await desk.asked(replace(ANNA, phone="+48124"))
    assert (refused.live, refused.member.closed, refused.member.reason) == (None, True, Reason.BLOCKED)
    (outcome,) = await desk.house.store.deliveries.outcomes(refused.member.id)
    assert (outcome.reason, outcome.detail, outcome.final) == (Reason.BLOCKED, "opted_out", True)


async def test_a_call_that_comes_late_waits_for_the_next_hours(desk: Desk) -> None:
    desk.house.clock.now = at("2026-11-20T12:00")
    await desk.made(calendar=OFFICE)
    told = await desk.asked(ANNA)
    attempts = await desk.attempts(*told)
    desk.house.clock.now = at("2026-11-20T16:00")
    assert await desk.check(attempts) == {told[0].member.id: Failure(Reason.CLOSED, "", retry=True, after=16 * HOUR)}


async def test_cancelling_one_and_all_that_are_open(desk: Desk) -> None:
    await desk.made()
    first, second = await desk.asked(ANNA, ANNA)
    await desk.requests.cancel(desk.account, "c", public_id(first.member.id))
    assert (desk.stops[-1].target, desk.stops[-1].cancelled) == (Target(desk.account.id, "", first.member.id), True)
    assert await desk.requests.cancel_open(desk.account, "c") == 2
    assert (desk.stops[-1].target.bulk, desk.stops[-1].cancelled) == (bulk_of("c"), True)
    await desk.campaigns.suppress(desk.account, ["48125"])
    (closed,) = await desk.asked(replace(ANNA, phone="48125"))
    with pytest.raises(Forbidden):
        await desk.requests.cancel(desk.account, "c", public_id(closed.member.id))
    with pytest.raises(NotFound):
        await desk.requests.cancel(desk.account, "c", "0" * 24)
    assert second.member.id > first.member.id


async def test_a_campaign_is_its_accounts_alone(desk: Desk) -> None:
    await desk.made()
    (anna,) = await desk.asked(ANNA)
    other = await desk.house.account("other")
    for asked in (
        desk.campaigns.one(other, "c"), desk.campaigns.say(other, "c", Wish.START), desk.campaigns.tallies(other, "c"),
        desk.requests.add(other, "c", [ANNA]), desk.requests.one(other, "c", public_id(anna.member.id)),
        desk.requests.page(other, "c", None, 0, 9), desk.requests.cancel_open(other, "c"),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await asked
    assert desk.stops == []


@pytest.mark.parametrize("text", ["", "x", "0" * 23, "G" * 24, "A" * 24, "f" * 24, " " * 24, "0x" + "1" * 22, "ż" * 24])
def test_what_is_no_public_id(text: str) -> None:
    assert member_id(text) == 0
    assert member_id(public_id((1 << 63) - 1)) == (1 << 63) - 1


def test_a_speech_without_a_template_is_the_same() -> None:
    speech = Speech(text="a", ssml="<p>b</p>")
    assert filled(speech, {}, VOICES) is speech
