"""The calls that are under way: the effects of each are carried out here."""

import logging
from collections.abc import Callable
from functools import partial

from omnibound.voice.signalling.call import Call
from omnibound.voice.signalling.clock import Alarms, Clock
from omnibound.voice.signalling.dialogs import Dialog
from omnibound.voice.signalling.effects import Acknowledge, Arm, Ask, Cancel, Effect, Note, Over, Reply, Tell
from omnibound.voice.signalling.events import End, Ended, Event
from omnibound.voice.signalling.incoming import IncomingCall
from omnibound.voice.signalling.journal import Journal
from omnibound.voice.signalling.ladder import Ladders
from omnibound.voice.signalling.messages import cancel_of
from omnibound.voice.signalling.transactions import Server, Transactions
from omnibound.voice.signalling.trunks import Trunk
from omnibound.wire import sip

_log = logging.getLogger("omnibound.voice.calls")

TellCaller = Callable[[str, Event], None]
Doubt = Callable[[Trunk], None]
"""Told of a trunk that let a call go without an answer."""

_SILENT_ENDS = frozenset({End.NO_REPLY, End.UNREACHABLE})


class Running:
    """A call, its trunk and its timers."""

    __slots__ = ("alarms", "call", "call_id", "trunk")

    def __init__(self, call_id: str, call: Call, trunk: Trunk) -> None:
        self.call_id = call_id
        self.call = call
        self.trunk = trunk
        self.alarms: Alarms


class Calls:
    """By our id and by SIP's."""

    def __init__(
        self,
        transactions: Transactions,
        clock: Clock,
        *,
        tell: TellCaller,
        doubt: Doubt,
        idle: Callable[[], None],
        journal: Journal,
        ladders: Ladders,
    ) -> None:
        self._transactions = transactions
        self._clock = clock
        self._tell = tell
        self._doubt = doubt
        self._idle = idle
        self._journal = journal
        self._ladders = ladders
        self._by_id: dict[str, Running] = {}
        self._by_sip: dict[str, Running] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, call_id: str) -> bool:
        return call_id in self._by_id

    @property
    def ids(self) -> list[str]:
        """The calls that hold a line."""
        return list(self._by_id)

    def stop(self) -> None:
        """Forget all, and their timers."""
        for running in self._by_id.values():
            running.alarms.clear()
        self._by_id.clear()
        self._by_sip.clear()

    def begin(self, call_id: str, call: Call, trunk: Trunk) -> None:
        """Dial."""
        self._run(self._new(call_id, call, trunk), call.dial())

    def take(self, call_id: str, call: IncomingCall, trunk: Trunk, server: Server) -> None:
        """Answer a call that comes in. Raises SipError where it cannot be read."""
        effects = call.take(server.request)
        self._run(self._new(call_id, call, trunk), effects, server)

    def _new(self, call_id: str, call: Call, trunk: Trunk) -> Running:
        running = Running(call_id, call, trunk)
        running.alarms = Alarms(self._clock, partial(self._ring, running))
        self._by_id[call_id] = running
        self._by_sip[call.plan.call_id] = running
        self._ladders.open(call_id, call.plan.call_id)
        trunk.take()
        return running

    def hang_up(self, call_id: str, why: End) -> bool:
        """Whether there was something to end."""
        running = self._by_id.get(call_id)
        if running is None:
            return False
        effects = running.call.hang_up(why)
        self._run(running, effects)
        return bool(effects)

    # -- what comes ----------------------------------------------------------------------------------------------

    def hear(self, server: Server) -> bool:
        """Serve a request that belongs to a call; whether it did."""
        running = self._running(server.request)
        if running is None:
            return False
        self._run(running, running.call.hear(server.request), server)
        return True

    def hear_ack(self, request: sip.Request) -> None:
        """The ACK of a 2xx of ours."""
        if running := self._running(request):
            self._run(running, running.call.hear(request))

    def not_acknowledged(self, request: sip.Request) -> None:
        """A 2xx of ours was never acknowledged. The first INVITE of a call that came in has no tag yet."""
        if running := self._by_sip.get(request.call_id):
            self._run(running, running.call.not_acknowledged())

    def _running(self, request: sip.Request) -> Running | None:
        running = self._by_sip.get(request.call_id)
        # The tag is what a stranger does not know.
        return running if running and request.recipient.tag == running.call.plan.tag else None

    def _answered(self, running: Running, request: sip.Request, response: sip.Response) -> None:
        self._run(running, running.call.answer(request, response))

    def _gave_up(self, running: Running, request: sip.Request, why: str) -> None:
        self._run(running, running.call.gave_up(request, why))

    def _ring(self, running: Running, timer: str) -> None:
        self._run(running, running.call.ring(timer))

    # -- what is done --------------------------------------------------------------------------------------------

    def _run(self, running: Running, effects: list[Effect], server: Server | None = None) -> None:
        for effect in effects:
            match effect:
                # The first is what most of them are.
                case Arm(timer, seconds):
                    (running.alarms.arm(timer, seconds) if seconds else running.alarms.disarm(timer))
                case Ask(request, dialog):
                    self._ask(running, request, dialog)
                case Acknowledge(ack, dialog):
                    self._transactions.send(ack, running.trunk.where(dialog))
                case Cancel(invite):
                    self._ask(running, cancel_of(invite), None)
                    self._transactions.cancelled(invite)
                case Reply(response) if server:
                    server.reply(response)
                case Tell(event):
                    self._say(running, event)
                case Note(dialog):
                    self._journal.answered(running.call_id, dialog)
                case Over():
                    self._end(running)
                case _:
                    pass

    def _ask(self, running: Running, request: sip.Request, dialog: Dialog | None) -> None:
        if request.method == "INVITE" and dialog is None:
            self._journal.begin(running.call_id, running.trunk.settings.name, request)
        peer = running.trunk.where(dialog)
        self._transactions.ask(request, peer, partial(self._answered, running), partial(self._gave_up, running))

    def _say(self, running: Running, event: Event) -> None:
        if isinstance(event, Ended) and event.why in _SILENT_ENDS:
            self._doubt(running.trunk)
        self._tell(running.call_id, event)

    def _end(self, running: Running) -> None:
        running.alarms.clear()
        self._by_id.pop(running.call_id, None)
        self._by_sip.pop(running.call.plan.call_id, None)
        self._ladders.close(running.call_id)
        self._journal.end(running.call_id)
        running.trunk.release()
        if not self._by_id:
            self._idle()
