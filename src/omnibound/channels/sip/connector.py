"""The channel over one trunk: attempts to calls, what happens to calls to facts."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from omnibound.channels.base import Confirms, Deps
from omnibound.channels.base.telephone import Telephone
from omnibound.channels.sip.heeding import Heeding
from omnibound.channels.sip.outcomes import LOST, end_of, failure_of, refusal_of
from omnibound.channels.sip.records import call_of
from omnibound.channels.sip.settings import Settings
from omnibound.channels.sip.standing import Standing
from omnibound.channels.sip.telling import Telling
from omnibound.domain.call import call_id, read_call_id
from omnibound.domain.call_outcome import outcome_of
from omnibound.domain.facts import Accepted, Fact, Failed, Failure, Link, Receipt, Returned, Unknown
from omnibound.domain.message import Attempt, Message
from omnibound.domain.status import Reason, Status, end_status
from omnibound.ports import NOT_HELD, Emit, Share
from omnibound.wire.telephone import Answered, Chosen, Dial, Digit, Ended, Event, Joined, Refused, Ringing, Script

_log = logging.getLogger("omnibound.channels")

OURS = ("on_ambiguous", "linger_s")
"""Settings that the telephone does not know."""
STOP_S = 10.0
"""How long a stop waits for what is being spoken and told."""


class Sip:
    """An attempt is accepted when the called network works on it, and ends with its call.

    What a carrier refuses before that has failed: where it is the carrier's doing it is tried again, elsewhere first.
    """

    confirms: Confirms = "provider"

    def __init__(self, settings: Settings, deps: Deps) -> None:
        self.name = deps.name
        self.channel = settings.channel
        self.carrier = settings.carrier or deps.name
        self.resend = settings.on_ambiguous == "resend"
        self.counts: Counter[str] = Counter()
        self.slots = 1
        self.share = Share(1, 1)
        self._settings = settings
        self._clock = deps.clock
        self._speak = deps.speak
        self._heed = deps.heed
        self._given = deps.telephone
        self._standing = Standing(deps.name)
        self._asked: dict[str, Attempt] = {}
        """Calls that are not accepted yet, by their ids."""
        self._speaking: set[asyncio.Task[None]] = set()
        self._running = self._up = False
        self._starved = False

    # -- the channel contract ------------------------------------------------------------------------------------

    def room(self, share: float = 1.0) -> int:
        """How many calls may begin: what the telephone announces, less those whose text is being spoken."""
        if not self._running or not self.share.binds:
            return 0
        trunk, lines = self._telephone.trunk(self.name), self._settings.lines
        # What is kept for the urgent is kept of the lines: the process may have room for fewer calls than that.
        unkept = lines - trunk.in_use - int((1 - share) * lines)
        room = max(0, min(trunk.free, unkept) - len(self._speaking))
        self._starved = self._starved or not room
        return room

    def ahead(self) -> int:
        """None: a call that was handed over, and may have been made when the server dies, has to wait long."""
        return 0

    def parts(self, message: Message) -> int:
        """A call is a call."""
        return 1

    async def start(self, emit: Emit, wake: Callable[[], None]) -> None:
        """Listen to the telephone. Raises RuntimeError where there is none."""
        self._wake = wake
        self._telling = Telling(emit, self._telephone.ack)
        self._heeding = Heeding(self._heed, self._telephone.ack)
        self._running = True
        self._telephone.attach(self.name, self)
        self.roomed()

    async def send(self, attempts: list[Attempt]) -> None:
        """Speak and dial each; returns at once."""
        for attempt in attempts:
            task = asyncio.create_task(self._call(attempt))
            self._speaking.add(task)
            task.add_done_callback(self._spoken)

    async def resize(self, share: Share) -> None:
        """See ports.Channel. A trunk is held whole or not at all; calls that have begun go on in any case.

        The telephone stays registered there: whoever divides trunks decides which node's telephone is.
        """
        self.share = share
        if self._running:
            self.roomed()
        if not share.binds and self._speaking:
            await asyncio.wait(self._speaking, timeout=STOP_S)

    def amend(self, settings: Settings) -> bool:
        """See ports.Channel. Only what is ours alone: the rest is the telephone's, which has it from its start."""
        same = {name: getattr(self._settings, name) for name in OURS}
        if replace(settings, **same) != self._settings:
            return False
        self._settings = settings
        self.resend = settings.on_ambiguous == "resend"
        return True

    async def stop(self, linger_s: float = 0) -> None:
        """Give back what was not dialled; calls go on without us, and are heard of at the next start."""
        if not self._running:
            return
        self._running = False
        if self._speaking:
            await asyncio.wait(self._speaking, timeout=STOP_S)
        for task in self._speaking:
            task.cancel()
        await asyncio.gather(*self._speaking, return_exceptions=True)
        now = self._clock()
        # Not to be made again by us: its end is told to whoever comes next.
        facts: list[Fact] = [
            Unknown(a.delivery, a.number, self.name, "the server stopped while it was dialled", now, self.resend)
            for a in self._asked.values()
        ]
        self._telling.add([*facts, Link(self.name, False, "stopped", now)])
        await asyncio.gather(self._telling.close(STOP_S), self._heeding.close(STOP_S))

    def up(self) -> bool:
        """Whether the carrier is there."""
        return self._running and self.share.binds > 0 and self._telephone.trunk(self.name).up

    def condition(self) -> dict[str, object]:
        """How it is, for people."""
        trunk = self._telephone.trunk(self.name)
        return {
            "up": trunk.up and self.share.binds > 0,
            "why": trunk.why if self.share.binds else NOT_HELD,
            "lines": self._settings.lines,
            "in_use": trunk.in_use,
            "rate": self._settings.rate,
            "alarm": msgspec.to_builtins(self._standing.alarm),
            "counts": dict(self.counts),
        }

    def trace(self, on: bool) -> None:
        """Nothing to switch: the telephone keeps the last messages of each call."""

    # -- calls ---------------------------------------------------------------------------------------------------

    @property
    def _telephone(self) -> Telephone:
        if self._given is None:
            raise RuntimeError("there is no telephone")
        return self._given

    async def _call(self, attempt: Attempt) -> None:
        try:
            script = await self._speak(attempt)
        except asyncio.CancelledError:
            self._telling.add([self._returned(attempt, "stopped before it was dialled")])
            raise
        except Exception as error:  # noqa: BLE001 - each attempt has to come back
            _log.exception("connector %s: delivery %d cannot be spoken", self.name, attempt.delivery)
            script = Failure(Reason.NO_CONTENT, f"speech:{type(error).__name__}", retry=True)
        if isinstance(script, Failure):
            self._telling.add([Failed(attempt.delivery, attempt.number, self.name, script, self._clock())])
        elif not self._running or attempt.until <= self._clock():
            self._telling.add([self._returned(attempt, "not dialled in time")])
        else:
            self._dial(attempt, script)

    def _dial(self, attempt: Attempt, script: Script) -> None:
        call = call_id(attempt.delivery, attempt.number)
        self._asked[call] = attempt
        self.counts["dialled"] += 1
        self._telephone.dial(
            Dial(
                call=call, trunk=self.name, number=attempt.address, clip=script.clip,
                caller_id=script.caller or caller_of(attempt.step.sender), choices=script.choices, join=script.join,
                farewell=script.farewell, machine=script.machine, ring_s=script.ring_s,
            )
        )  # fmt: skip

    def _spoken(self, task: asyncio.Task[None]) -> None:
        self._speaking.discard(task)
        self.roomed()

    def _returned(self, attempt: Attempt, why: str) -> Returned:
        return Returned(attempt.delivery, attempt.number, self.name, why, self._clock())

    # -- what the telephone tells --------------------------------------------------------------------------------

    def roomed(self) -> None:
        """See Ear."""
        if not self._running:
            return
        trunk, held = self._telephone.trunk(self.name), self.share.binds > 0
        if (trunk.up and held) != self._up:
            self._up = trunk.up and held
            why = (trunk.why or "the trunk answers") if held else NOT_HELD
            self._telling.add([Link(self.name, self._up, why, self._clock())])
        if self._starved and trunk.free > len(self._speaking):
            self._starved = False
            self._wake()

    def heard(self, told: Event | Refused) -> None:
        """See Ear."""
        delivery, number = read_call_id(told.call)
        who = (delivery, number, self.name)
        if isinstance(told, Refused):
            self._asked.pop(told.call, None)
            failure = refusal_of(told)
            self.counts["not_begun"] += 1
            if failure:
                _log.warning("connector %s: call %s is not made: %s", self.name, told.call, told.why)
            now = self._clock()
            self._telling.add([Failed(*who, failure, now) if failure else Returned(*who, told.why, now)])
        elif isinstance(told, Chosen):
            self.counts["chosen"] += 1
            self._heeding.take(told)
        else:
            self._telling.add(self._facts(told, who), told.number)
        if isinstance(told, Ended):
            self.roomed()

    def _facts(self, told: Ringing | Answered | Digit | Joined | Ended, who: tuple[int, int, str]) -> list[Fact]:
        match told:
            case Ringing():
                return self._accepted(told, who)
            case Answered():
                self.counts["answered"] += 1
                self._standing.carried(told.at)
                first = [] if told.rang else self._accepted(told, who)
                return [*first, self._receipt(told, Status.SENT, Reason.ANSWERED, "sip:200")]
            case Ended():
                return self._ended(told, who)
            case Joined():
                self.counts["joined"] += 1
                # Who waits for it hears of it by `agents`; the end tells it as well.
                return []
            case Digit():
                # The end tells all of them.
                return []

    def _accepted(self, told: Event, who: tuple[int, int, str]) -> list[Fact]:
        self._asked.pop(told.call, None)
        return [Accepted(*who, self.carrier, (told.call,), told.at)]

    def _ended(self, told: Ended, who: tuple[int, int, str]) -> list[Fact]:
        self._asked.pop(told.call, None)
        reason, detail = outcome_of(end_of(told, barred_trunk=self._standing.doubtful(told.at)))
        self._standing.ended(reason, detail, told.at)
        self.counts[reason.name.lower()] += 1
        # Before what ends the delivery, so that both are in one commit.
        call = call_of(told, who, reason, detail)
        failure = failure_of(told, reason, detail)
        if told.why in LOST or failure.temporary or not (told.rang or told.answered):
            # Found by its attempt, for nobody may have heard of it before; and only so it is tried again.
            return [call, Failed(*who, failure, told.at)]
        return [call, self._receipt(told, end_status(reason), reason, detail)]

    def _receipt(self, told: Event, status: Status, reason: Reason, detail: str) -> Receipt:
        return Receipt(self.carrier, told.call, status, reason, detail, told.at)


def caller_of(sender: str) -> str:
    """The caller id that a step's sender is; empty where it is a name, so that the trunk's own is shown."""
    return sender if sender.removeprefix("+").isdigit() else ""
