"""The channel between the engine and a telephone: each attempt comes back once, each event is acknowledged."""

import asyncio
from typing import Any

import msgspec
import pytest

from omnibound.channels.base import Deps, build_channel, kind_named, read_settings
from omnibound.channels.sip import Settings, Sip, connector, heeding
from omnibound.channels.sip.connector import caller_of
from omnibound.domain.action import Deed
from omnibound.domain.call import Call, Rtp, call_id, read_call_id
from omnibound.domain.errors import Invalid
from omnibound.domain.facts import Accepted, Failed, Failure, Link, Receipt, Returned, Unknown
from omnibound.domain.status import Reason, Status
from omnibound.ports import NOT_HELD, Share
from omnibound.wire.sip import TrunkSettings
from omnibound.wire.telephone import (
    Answered,
    Choice,
    Chosen,
    Dial,
    Digit,
    Ear,
    Ended,
    Joined,
    Refused,
    Ringing,
    Script,
    ToQueue,
    Trunk,
)
from tests.channels.kit import FakeClock, Heard, an_attempt

pytestmark = pytest.mark.anyio

TABLE = {"name": "t", "kind": "sip", "channel": "VOICE", "host": "c.example", "lines": 10, "rate": 5}
CLOCK = FakeClock()
NOW = CLOCK.now


class Receiver:
    """A telephone that is held in the hand: it dials nothing, and says what the test tells it."""

    def __init__(self) -> None:
        self.state = Trunk(up=True, why="", free=10)
        self.dialled: list[Dial] = []
        self.acked: list[int] = []
        self.ear: Ear | None = None
        self.rings = asyncio.Event()

    def attach(self, trunk: str, ear: Ear) -> None:
        self.ear = ear

    def trunk(self, name: str) -> Trunk:
        return self.state

    def dial(self, dial: Dial) -> None:
        self.dialled.append(dial)
        self.rings.set()

    def ack(self, numbers: list[int]) -> None:
        self.acked += numbers


class House:
    """A started channel."""

    def __init__(self, said: Script | Failure | None = None, **table: Any) -> None:
        self.telephone = Receiver()
        self.heard = Heard()
        self.heeded: list[Chosen] = []
        self.fails = 0
        script = said or Script(clip="/one.clip")

        async def speak(_attempt: object) -> Script | Failure:
            return script

        deps = Deps("t", CLOCK, telephone=self.telephone, speak=speak, heed=self._heed)
        channel = build_channel({**TABLE, **table}, deps)
        assert isinstance(channel, Sip)
        self.channel = channel

    async def _heed(self, chosen: Chosen) -> None:
        self.heeded.append(chosen)
        if len(self.heeded) <= self.fails:
            raise OSError("no store")

    async def start(self) -> "House":
        await self.channel.start(self.heard.emit, self.heard.wake)
        return self

    async def facts(self, count: int) -> list[Any]:
        """All but the link's, when there are so many."""
        await self.heard.until(lambda: len(self.heard.facts) - len(self.heard.of(Link)) >= count)
        return [fact for fact in self.heard.facts if not isinstance(fact, Link)]


def attempt(**members: Any) -> Any:
    return msgspec.structs.replace(an_attempt(), **{"until": NOW + 60_000_000, **members})


def head(number: int, call: str = "1-1") -> dict[str, Any]:
    return {"number": number, "call": call, "trunk": "t", "at": NOW + number}


async def test_call_as_the_engine_hears_it() -> None:
    house = await House().start()
    await house.channel.send([attempt()])
    house.channel.heard(Ringing(**head(1), sip=180))
    house.channel.heard(Answered(**head(2), rang=True))
    house.channel.heard(Digit(**head(3), digit="1"))
    house.channel.heard(
        Ended(
            **head(4), why="hung_up", who="us", sip=200, q850=16, text="OK", rang=True, answered=True, said=True,
            digits="1", answered_at=NOW + 2, talked_ms=7, callee="48600100200", caller="48221234567", begun_at=NOW,
            rang_at=NOW + 1, rtp={"sent": 5, "sent_octets": 800, "jitter_ms": 0.5, "their_lost": None},
        )
    )  # fmt: skip
    accepted, answered, call, ended = await house.facts(4)
    assert accepted == Accepted(1, 1, "t", "t", ("1-1",), NOW + 1)
    assert answered == Receipt("t", "1-1", Status.SENT, Reason.ANSWERED, "sip:200", NOW + 2)
    assert ended == Receipt("t", "1-1", Status.DELIVERED, Reason.ANSWERED, "sip:200", NOW + 4)
    assert call == Call(
        delivery=1, attempt=1, connector="t", reason=Reason.ANSWERED, ended_at=NOW + 4, detail="sip:200",
        number="48600100200", caller="48221234567", begun_at=NOW, rang_at=NOW + 1, answered_at=NOW + 2, talked_ms=7,
        why="hung_up", who="us", sip=200, q850=16, text="OK", said=True, digits="1", rtp=Rtp(sent=5, jitter_ms=0.5),
    )  # fmt: skip
    await house.channel.stop()
    assert house.telephone.acked == [1, 2, 3, 4]


def a_choice(number: int) -> Chosen:
    return Chosen(**head(number), on="3", do=Deed.HTTP, turn=1, digits="3")


async def test_choice_is_acknowledged_once_it_is_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heeding, "_AGAIN_S", 0.0)
    house = await House().start()
    house.fails = 2
    # Told again over a new connection while it is not committed yet.
    for chosen in (a_choice(7), a_choice(8), a_choice(7)):
        house.channel.heard(chosen)
    await house.channel.stop()
    assert house.heeded == [a_choice(7), a_choice(8), a_choice(7), a_choice(8)]
    assert (sorted(house.telephone.acked), house.heard.of(Call)) == ([7, 8], [])


async def test_choice_that_is_not_committed_at_the_stop_is_not_acknowledged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connector, "STOP_S", 0.05)
    house = await House().start()
    house.fails = 99
    house.channel.heard(a_choice(7))
    await house.channel.stop()
    assert (len(house.heeded), house.telephone.acked) == (1, [])


async def test_choices_go_with_the_call() -> None:
    choices = (Choice(on="1", do=Deed.PLAY, clip="/two.clip"),)
    house = await House(said=Script(clip="/one.clip", caller="4822", choices=choices)).start()
    await house.channel.send([attempt()])
    await house.telephone.rings.wait()
    assert house.telephone.dialled == [
        Dial(call="1-1", trunk="t", number="48600100200", clip="/one.clip", caller_id="4822", choices=choices)
    ]
    await house.channel.stop()


async def test_joins_go_with_the_call() -> None:
    join = ToQueue(queue="sales", agent="ann")
    house = await House(said=Script(clip="", join=join, farewell="/bye.clip")).start()
    await house.channel.send([attempt()])
    await house.telephone.rings.wait()
    assert house.telephone.dialled == [
        Dial(call="1-1", trunk="t", number="48600100200", clip="", join=join, farewell="/bye.clip")
    ]
    await house.channel.stop()


@pytest.mark.parametrize(
    ("unserved", "status", "reason"),
    [(False, Status.DELIVERED, Reason.ANSWERED), (True, Status.FAILED, Reason.ABANDONED)],
    ids=["served", "the agent's telephone died"],
)
async def test_call_that_was_joined(unserved: bool, status: Status, reason: Reason) -> None:
    house = await House().start()
    house.channel.heard(Answered(**head(1), rang=True))
    house.channel.heard(Joined(**head(2), agent="ann"))
    house.channel.heard(
        Ended(
            **head(3), why="hung_up", who="callee", rang=True, answered=True, agent="ann", joined_at=NOW + 2,
            unserved=unserved,
        )
    )  # fmt: skip
    _, call, ended = await house.facts(3)
    assert ended == Receipt("t", "1-1", status, reason, "sip:200", NOW + 3)
    assert call == Call(
        delivery=1, attempt=1, connector="t", reason=reason, detail="sip:200", ended_at=NOW + 3, why="hung_up",
        who="callee", sip=200, agent="ann", joined_at=NOW + 2, unserved=unserved,
    )  # fmt: skip
    await house.channel.stop()
    assert (house.telephone.acked, house.channel.counts["joined"]) == ([1, 2, 3], 1)


async def test_answered_without_ringing() -> None:
    house = await House().start()
    house.channel.heard(Answered(**head(1), rang=False))
    accepted, _ = await house.facts(2)
    assert accepted == Accepted(1, 1, "t", "t", ("1-1",), NOW + 1)
    await house.channel.stop()


async def test_refused_before_it_rang() -> None:
    house = await House().start()
    house.channel.heard(Ended(**head(1), why="refused", who="callee", sip=486))
    assert await house.facts(2) == [
        Call(
            delivery=1, attempt=1, connector="t", reason=Reason.BUSY, detail="sip:486", ended_at=NOW + 1,
            why="refused", who="callee", sip=486,
        ),
        Failed(1, 1, "t", Failure(Reason.BUSY, "sip:486"), NOW + 1),
    ]  # fmt: skip
    await house.channel.stop()


async def test_lost_is_told_by_its_attempt() -> None:
    house = await House().start()
    house.channel.heard(Ended(**head(1), why="lost", who="us", rang=True, answered=True))
    call, failed = await house.facts(2)
    assert failed == Failed(1, 1, "t", Failure(Reason.LOST, "", retry=False), NOW + 1)
    assert (call.delivery, call.attempt, call.reason, call.why) == (1, 1, Reason.LOST, "lost")
    await house.channel.stop()


async def test_no_room_gives_it_back() -> None:
    house = await House().start()
    house.channel.heard(Refused("1-1", "t", "busy", "no line"))
    house.channel.heard(Refused("2-1", "t", "no_number", "no number"))
    assert await house.facts(2) == [
        Returned(1, 1, "t", "no line", NOW),
        Failed(2, 1, "t", Failure(Reason.INVALID_NUMBER, "", retry=False), NOW),
    ]
    await house.channel.stop()


async def test_what_cannot_be_said() -> None:
    failure = Failure(Reason.NO_CONTENT, "speech:text", retry=False)
    house = await House(said=failure).start()
    await house.channel.send([attempt()])
    assert await house.facts(1) == [Failed(1, 1, "t", failure, NOW)]
    assert house.telephone.dialled == []
    await house.channel.stop()


async def test_too_late_to_dial() -> None:
    house = await House().start()
    await house.channel.send([attempt(until=NOW)])
    assert await house.facts(1) == [Returned(1, 1, "t", "not dialled in time", NOW)]
    await house.channel.stop()


@pytest.mark.parametrize(
    ("on_ambiguous", "resend"), [("hold", False), ("resend", True)], ids=["held", "made once more"]
)
async def test_stop_while_it_is_dialled(on_ambiguous: str, resend: bool) -> None:
    house = await House(on_ambiguous=on_ambiguous).start()
    await house.channel.send([attempt()])
    await house.telephone.rings.wait()
    await house.channel.stop()
    (unknown,) = await house.facts(1)
    assert unknown == Unknown(1, 1, "t", "the server stopped while it was dialled", NOW, resend)


async def test_what_is_kept_for_the_urgent_is_kept_of_the_lines() -> None:
    house = await House(lines=1_000).start()
    told = {}
    for free, in_use in ((5, 0), (5, 796), (500, 500), (5, 900), (0, 0)):
        house.telephone.state = Trunk(up=True, why="", free=free, in_use=in_use)
        told[free, in_use] = (house.channel.room(), house.channel.room(0.8))
    assert told == {(5, 0): (5, 5), (5, 796): (5, 5), (500, 500): (500, 301), (5, 900): (5, 0), (0, 0): (0, 0)}
    await house.channel.stop()


async def test_room_is_the_telephones() -> None:
    house = House()
    assert house.channel.room() == 0
    await house.start()
    house.telephone.state = Trunk(up=True, why="", free=4, in_use=6)
    assert (house.channel.room(), house.channel.room(0.8), house.channel.ahead()) == (4, 3, 0)
    await house.channel.send([attempt()])
    assert house.channel.room() == 3
    house.telephone.state = Trunk(up=False, why="does not answer")
    assert house.channel.room() == 0
    house.channel.roomed()
    house.telephone.state = Trunk(up=True, why="", free=4)
    house.channel.roomed()
    await house.channel.stop()
    assert house.heard.woken >= 1
    assert [link.up for link in house.heard.of(Link)] == [True, False, True, False]


def test_settings_are_a_trunks() -> None:
    """What a trunk may say stands in two places: for people, and for the telephone."""
    own = {field.name: (field.type, field.default) for field in msgspec.structs.fields(Settings)}
    its = {field.name: (field.type, field.default) for field in msgspec.structs.fields(TrunkSettings)}
    assert {name: own[name] for name in its if name != "name"} == {
        name: given for name, given in its.items() if name != "name"
    }


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"ring_s": 10}, "ring_s"), ({"password": "x"}, "username"), ({"lines": 0}, "lines"), ({"rate": 0}, "rate")],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_table_that_is_wrong(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        build_channel({**TABLE, **wrong}, Deps("t", CLOCK))
    assert refused.value.field == field


@pytest.mark.parametrize("needed", ["lines", "rate", "host"])
def test_table_that_lacks_something(needed: str) -> None:
    with pytest.raises(Invalid, match=needed):
        read_settings({name: value for name, value in TABLE.items() if name != needed}, kind_named("sip"))


@pytest.mark.parametrize(("sender", "caller"), [("48221234567", "48221234567"), ("+4822", "+4822"), ("InfoSMS", "")])
def test_caller(sender: str, caller: str) -> None:
    assert caller_of(sender) == caller


def test_call_ids_lead_back() -> None:
    assert read_call_id(call_id(1 << 62, 3)) == (1 << 62, 3)


async def test_a_trunk_that_is_not_held_calls_nobody() -> None:
    house = await House().start()
    channel = house.channel
    await channel.resize(Share(0, 1))
    condition = channel.condition()
    assert (channel.room(), channel.up(), condition["up"], condition["why"]) == (0, False, False, NOT_HELD)
    await channel.resize(Share(1, 1))
    assert (channel.room(), channel.up()) == (10, True)
    await channel.stop()
    assert [(link.up, link.why) for link in house.heard.of(Link)] == [
        (True, "the trunk answers"),
        (False, NOT_HELD),
        (True, "the trunk answers"),
        (False, "stopped"),
    ]


async def test_only_what_the_telephone_need_not_know_changes_in_place() -> None:
    house = await House().start()
    channel, settings = house.channel, house.channel._settings
    assert not channel.amend(msgspec.structs.replace(settings, lines=20))
    assert (channel.amend(msgspec.structs.replace(settings, on_ambiguous="resend")), channel.resend) == (True, True)
    await channel.stop()
