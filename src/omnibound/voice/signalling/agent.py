"""The user agent: trunks in, calls out. What comes in is refused or answered here: nothing of it is ever sent out."""

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

import msgspec

from omnibound.domain.errors import Busy, Invalid, NotFound
from omnibound.voice.signalling.call import Call
from omnibound.voice.signalling.calls import Calls, TellCaller
from omnibound.voice.signalling.clock import Alarms, Clock
from omnibound.voice.signalling.events import End, Ended
from omnibound.voice.signalling.incoming import IncomingCall, refusal
from omnibound.voice.signalling.journal import Journal, Left, NoJournal
from omnibound.voice.signalling.ladder import Ladders, Rung
from omnibound.voice.signalling.leftovers import Leftovers
from omnibound.voice.signalling.messages import Token, random_token
from omnibound.voice.signalling.probe import Asked, Probe, Question
from omnibound.voice.signalling.reception import OnInvite, Reception
from omnibound.voice.signalling.settings import MIN_RING_S, AgentSettings, TrunkSettings, checked
from omnibound.voice.signalling.standing import Watch
from omnibound.voice.signalling.transactions import Peer, Server, Transactions
from omnibound.voice.signalling.transports import Transports, own_address
from omnibound.voice.signalling.trunks import OnTrunk, Order, Trunk
from omnibound.wire import sip

RESOLVE_S: Final = 300.0
"""How often the trunks' names are looked up again."""
RESOLVE_AGAIN_S: Final = 15.0
"""The same where one was not found."""
FAREWELL_S: Final = 2.0
"""How long `stop` waits for the answers to its BYEs."""

_log = logging.getLogger("omnibound.voice.sip")


def _unheard(_name: str, _up: bool, _why: str) -> None:
    pass


class UserAgent:
    """`tell` gets (call id, event) of each call, `on_trunk` (name, up, why) of each trunk; neither may raise.

    All of it lives in the event loop that makes it. Raises Invalid for settings that make no sense.
    """

    def __init__(
        self,
        settings: AgentSettings,
        trunks: Iterable[TrunkSettings],
        tell: TellCaller,
        *,
        on_trunk: OnTrunk = _unheard,
        on_invite: OnInvite | None = None,
        journal: Journal | None = None,
        clock: Clock | None = None,
        token: Token = random_token,
    ) -> None:
        self.settings = settings
        self.unreadable = 0
        """Messages that were no SIP, since the start."""
        self._clock = clock or asyncio.get_running_loop()
        self._token = token
        self._tell = tell
        self._journal = journal or NoJournal()
        self._trunks = {one.name: Trunk(checked(one), self._clock, token, on_trunk) for one in trunks}
        self._transports = Transports(self._heard, self._broken)
        self._ladders = Ladders(settings.ladder, settings.ladders)
        self._reception = Reception(settings, self._trunks, self._clock, token, on_invite)
        self._transactions = Transactions(self._reception, self._send, self._clock, settings.times)
        self._calls = Calls(
            self._transactions, self._clock, tell=tell, doubt=self._doubt, idle=self._on_idle,
            journal=self._journal, ladders=self._ladders,
        )  # fmt: skip
        self._leftovers = Leftovers(self._transactions, token)
        self._reception.connect(self._transactions, self._calls, self._leftovers, self._take)
        self._watches: dict[str, Watch] = {}
        self._alarms = Alarms(self._clock, self._ring)
        self._resolving: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._stopping = False

    # -- life ----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Open the ports, and begin with each trunk. Raises OSError where a port is taken."""
        await self._transports.start(self.settings.host, self.settings.port)
        await self._resolve()
        if self.settings.keep_alive_s:
            self._alarms.arm("keep_alive", self.settings.keep_alive_s)

    async def stop(self) -> None:
        """Hang up what is up, unregister, and close the ports."""
        self._stopping = True
        self._alarms.clear()
        if self._resolving:
            self._resolving.cancel()
            await asyncio.gather(self._resolving, return_exceptions=True)
        for call_id in self._calls.ids:
            self.hang_up(call_id, End.STOPPED)
        for watch in self._watches.values():
            watch.stop()
        try:
            async with asyncio.timeout(FAREWELL_S):
                await self.idle()
        except TimeoutError:
            _log.warning("%d calls have not been ended properly: nobody answers", len(self._calls))
        self._transactions.stop()
        self._calls.stop()
        await self._transports.stop()

    async def idle(self) -> None:
        """Wait until no call holds a line."""
        while len(self._calls):
            self._idle.clear()
            await self._idle.wait()

    async def __aenter__(self) -> "UserAgent":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """Where it listens, for UDP and TCP."""
        return self._transports.port

    @property
    def strangers_unanswered(self) -> int:
        """Requests of strangers that got no answer, since the start."""
        return self._reception.strangers.refused

    async def ask(self, trunk: str, question: Question) -> Asked:
        """Ask a trunk once, and wait for what it says. Raises NotFound, and SipError while it has no address."""
        told: asyncio.Future[Asked] = asyncio.get_running_loop().create_future()
        Probe(self.trunk(trunk), self._transactions, self._clock, self._token, question, told).begin()
        return await told

    # -- calls ---------------------------------------------------------------------------------------------------

    def room(self, trunk: str) -> int:
        """How many calls may begin on this trunk now. Raises NotFound."""
        return 0 if self._stopping else self.trunk(trunk).room()

    def trunk(self, name: str) -> Trunk:
        """How it is. Raises NotFound."""
        if name not in self._trunks:
            raise NotFound(f"there is no trunk {name!r}", "trunk")
        return self._trunks[name]

    def dial(self, trunk: str, order: Order) -> bool:
        """Begin a call; False where a call with this id is under way: it is not begun twice.

        Raises Invalid (no number), Forbidden (a number that costs too much), Busy (no room), NotFound (no such trunk).
        Nothing has been sent then.
        """
        found = self.trunk(trunk)
        if order.call_id in self._calls:
            return False
        if order.ring_s and order.ring_s < MIN_RING_S:
            raise Invalid(f"ring_s has to be at least {MIN_RING_S}: shorter is a nuisance call", "ring_s")
        plan = found.plan(order, self._local(found, order))
        if not self.room(trunk):
            raise Busy(f"trunk {trunk} has no room for another call: {found.why or 'its lines or its rate'}", 1)
        self._calls.begin(order.call_id, Call(plan, found.credentials, self._token), found)
        return True

    def _take(self, trunk: Trunk, order: Order, server: Server) -> None:
        """Answer a call of a trunk's; where that cannot be, it is refused, and that is its end."""
        request = server.request
        try:
            if order.call_id in self._calls or not self.room(trunk.settings.name):
                raise sip.SipError("no line is free", 486)
            plan = trunk.answering(order, request, self._local(trunk, order))
            self._calls.take(order.call_id, IncomingCall(plan, trunk.credentials, self._token), trunk, server)
        except sip.SipError as error:
            server.reply(sip.respond(request, error.status, self._token(), str(error).splitlines()[0]))
            self._tell(order.call_id, refusal(error.status))

    def _local(self, trunk: Trunk, order: Order) -> sip.Local:
        seen = trunk.hop.sent_by.rpartition(":")[0].strip("[]")
        return sip.Local(
            address=order.media_address or self.settings.public_address or seen,
            port=order.media_port, formats=sip.offered(trunk.settings.codecs),
            ptime=order.ptime or trunk.settings.ptime_ms,
        )  # fmt: skip

    def hang_up(self, call_id: str, why: End = End.HUNG_UP) -> bool:
        """End a call, however far it is; before the answer that is a CANCEL. Whether there was something to end."""
        return self._calls.hang_up(call_id, why)

    def ladder(self, call_id: str) -> list[Rung]:
        """The messages of a call, the oldest first; [] where it is not known any more."""
        return self._ladders.read(call_id)

    def hang_up_left(self, left: Iterable[Left]) -> None:
        """End what a dead predecessor left (journal.FileJournal.left). Each is told as Ended(LOST), at once."""
        for one in left:
            trunk = self._trunks.get(one.trunk)
            if trunk and trunk.peer:
                self._leftovers.hang_up(one, trunk, self._journal.end)
            else:
                _log.error("call %s of trunk %s cannot be hung up: there is no such trunk now", one.call, one.trunk)
            self._tell(one.call, Ended(why=End.LOST, who="us", answered=one.dialog is not None))

    def _on_idle(self) -> None:
        self._idle.set()

    # -- trunks --------------------------------------------------------------------------------------------------

    async def _resolve(self) -> None:
        missing = [trunk for trunk in self._trunks.values() if not await self._found(trunk)]
        self._alarms.arm("resolve", RESOLVE_AGAIN_S if missing else RESOLVE_S)

    async def _found(self, trunk: Trunk) -> bool:
        """Look one up; the first time it is found, the work for it begins."""
        name = trunk.settings.name
        try:
            await trunk.resolve()
            peer = trunk.where(None)
            address = self.settings.public_address or own_address(peer)
        except (OSError, sip.SipError) as error:
            if name not in self._watches:
                trunk.say(False, f"{trunk.settings.host} cannot be reached: {error}")
            return False
        trunk.reached_at(address, self.settings.public_port or self.port)
        if name not in self._watches:
            watch = self._watches[name] = Watch(trunk, self._transactions, self._clock, self._token)
            watch.start()
        return True

    def _doubt(self, trunk: Trunk) -> None:
        if not self._stopping:
            self._watches[trunk.settings.name].doubt()

    def _ring(self, timer: str) -> None:
        if timer == "resolve":
            self._resolving = asyncio.get_running_loop().create_task(self._resolve())
            return
        for trunk in self._trunks.values():
            if trunk.peer and (trunk.settings.register or trunk.settings.transport == "tcp"):
                self._transports.ping(trunk.peer)
        self._alarms.arm("keep_alive", self.settings.keep_alive_s)

    # -- the wire ------------------------------------------------------------------------------------------------

    def _send(self, message: sip.Request | sip.Response, peer: Peer) -> None:
        try:
            data = sip.write(message)
        except sip.SipError:
            # Of what we write ourselves, only texts from outside could be meant, and they are checked where they enter.
            _log.exception("a message could not be written")
            return
        self._ladders.note(message.call_id, data, f"{peer.host}:{peer.port}", out=True)
        self._transports.send(data, peer)

    def _heard(self, data: bytes, source: Peer) -> None:
        if len(data) <= len(sip.PING) and not data.strip():
            return
        try:
            message = sip.read(data)
            self._ladders.note(message.call_id, data, f"{source.host}:{source.port}", out=False)
            if isinstance(message, sip.Response):
                self._transactions.heard_response(message, source)
            else:
                request, back = arrived(message, source)
                self._transactions.heard_request(request, back)
        except sip.SipError as error:
            self.unreadable += 1
            _log.debug("from %s:%s: %s", source.host, source.port, error)

    def _broken(self, peer: Peer) -> None:
        self._transactions.broken(peer)


def arrived(request: sip.Request, source: Peer) -> tuple[sip.Request, Peer]:
    """A request with what its Via has to learn of the way it came, and where its answer goes (RFC 3581; 18.2.1).

    Raises SipError.
    """
    via = request.via
    asks = "rport" in via.params
    back = source
    if not asks and source.transport == "udp":
        back = source._replace(port=via.port or sip.DEFAULT_PORT)
    if not asks and via.host == source.host:
        return request, back
    learned = {**via.params, "received": source.host} | ({"rport": str(source.port)} if asks else {})
    hops = request.members("via")
    hops[0] = str(msgspec.structs.replace(via, params=learned))
    return msgspec.structs.replace(request, headers={**request.headers, "via": hops}), back
