"""The simulated telephone network itself: its ports, its calls, and what can be asked of it."""

import asyncio
import contextlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, cast

from omnibound.simulators.sip.magic import ANSWERED, MAGIC, Fate
from omnibound.simulators.sip.phone import Phone
from omnibound.simulators.sip.settings import SipSettings, checked
from omnibound.simulators.sip.tally import Counts, Kept, Tally
from omnibound.wire import sip
from omnibound.wire.sip import digest

REMEMBERED: Final = 10_000
"""Answers that are given again when their request comes again, and nonces that are good."""

Way = Callable[[bytes], None]
"""Sends octets back to where a request came from."""


class SipNetwork:
    """Phones behind one address, UDP and TCP. All of it lives in the event loop that started it.

    `fates`: number -> what becomes of calls to it, before what magic.py says. Raises ValueError for settings that
    make no sense.
    """

    def __init__(self, settings: SipSettings | None = None, fates: Mapping[str, Fate] | None = None) -> None:
        self.settings = checked(settings or SipSettings())
        self.tally = Tally(self.settings.last)
        self.fates = dict(fates or {})
        self._phones: dict[tuple[str, str], list[Phone]] = {}
        self._given: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._nonces: OrderedDict[str, digest.Challenge] = OrderedDict()
        self._udp: asyncio.DatagramTransport | None = None
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Transport] = set()

    # -- life ----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen. Raises OSError where a port is taken."""
        # A port that is free for UDP need not be for TCP; where any will do, others are tried.
        for tries_left in reversed(range(1 if self.settings.port else 20)):
            try:
                await self._open()
            except OSError:
                await self.stop()
                if not tries_left:
                    raise
            else:
                return

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        host = self.settings.host
        self._udp, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self), (host, self.settings.port))
        self._server = await loop.create_server(lambda: _Link(self), host, self.port)

    async def stop(self) -> None:
        """Close everything; nobody is told."""
        for phones in self._phones.values():
            for phone in phones:
                phone.close()
        self._phones.clear()
        if self._udp:
            self._udp.close()
        if self._server:
            self._server.close()
        for link in self._links:
            link.abort()
        await asyncio.sleep(0)

    async def __aenter__(self) -> "SipNetwork":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def port(self) -> int:
        """Where it listens. Raises RuntimeError before the start."""
        if self._udp is None:
            raise RuntimeError("the network has not been started")
        return int(self._udp.get_extra_info("sockname")[1])

    @property
    def contact(self) -> str:
        """How it is reached."""
        return f"<sip:{self.settings.host}:{self.port}>"

    # -- what can be asked of it ---------------------------------------------------------------------------------

    @property
    def counts(self) -> Counts:
        """What has happened so far."""
        return self.tally.counts

    @property
    def up(self) -> int:
        """Phones that are busy."""
        return sum([len(phones) for phones in self._phones.values()])

    def calls(self) -> list[Kept]:
        """The last calls that are over, the newest last."""
        return list(self.tally.calls)

    async def until(self, **at_least: int) -> None:
        """Wait until each of these counts is that high. Raises ValueError for others."""
        await self.tally.until(at_least)

    def hang_up_all(self) -> int:
        """Every answered phone hangs up; gives their number."""
        phones = [phone for phones in self._phones.values() for phone in phones if phone.status == 200]
        for phone in phones:
            phone.hang_up()
        return len(phones)

    # -- what a phone needs --------------------------------------------------------------------------------------

    def send(self, message: sip.Request | sip.Response, to: object) -> None:
        """Write a message to where a request came from."""
        data = sip.write(message)
        if isinstance(message, sip.Response) and message.status >= 200 and message.cseq[1] != "INVITE":
            self._given[message.via.branch, message.cseq[1]] = data
            if len(self._given) > REMEMBERED:
                self._given.popitem(last=False)
        with contextlib.suppress(OSError):
            cast("Way", to)(data)

    def over(self, phone: Phone) -> None:
        """A phone's part has ended."""
        self.tally.calls.append(phone.record())
        key = _key(phone.invite)
        phones = [one for one in self._phones.get(key, []) if one is not phone]
        if phones:
            self._phones[key] = phones
        else:
            self._phones.pop(key, None)

    # -- what comes ----------------------------------------------------------------------------------------------

    def heard(self, data: bytes, way: Way) -> None:
        """A datagram or a message of a stream."""
        if not data.strip():
            return
        try:
            message = sip.read(data)
            if isinstance(message, sip.Response):
                self._heard_answer(message)
            else:
                self._heard_request(message, way)
        except sip.SipError:
            self.tally.count("broken")

    def _heard_answer(self, response: sip.Response) -> None:
        for phone in self._phones.get((response.call_id, response.recipient.tag), []):
            if phone.tag == response.sender.tag:
                phone.heard_answer(response)

    def _heard_request(self, request: sip.Request, way: Way) -> None:
        given = self._given.get((request.via.branch, request.method))
        if given is not None:
            way(given)
            return
        tag = request.recipient.tag
        if request.method == "INVITE" and not tag:
            self._invited(request, way)
        elif request.method == "CANCEL":
            self._cancelled(request, way)
        elif tag:
            self._inside(request, way, tag)
        else:
            self._outside(request, way)

    def _outside(self, request: sip.Request, way: Way) -> None:
        if request.method == "REGISTER":
            if self._may(request, way):
                self._register(request, way)
            return
        self.tally.count("asked")
        self.send(sip.respond(request, 200 if request.method == "OPTIONS" else 405, secrets.token_hex(4)), way)

    def _register(self, request: sip.Request, way: Way) -> None:
        response = sip.respond(request, 200, secrets.token_hex(4))
        response.headers["contact"] = request.headers.get("contact", [])
        self.tally.count("registered")
        self.send(response, way)

    def _invited(self, request: sip.Request, way: Way) -> None:
        phones = self._phones.get(_key(request))
        if phones and phones[0].invite.cseq == request.cseq:
            for phone in phones:
                phone.resend()
            return
        fate = self._fate(request)
        if not fate.trying and not fate.status:
            return
        if not self._may(request, way):
            return
        self.tally.count("invited")
        if self.settings.lines and self.up >= self.settings.lines:
            self.send(sip.respond(request, 503, secrets.token_hex(4)), way)
            return
        if fate.trying:
            self.send(sip.respond(request, 100), way)
        phones = self._phones[_key(request)] = [Phone(self, request, way, fate) for _ in range(fate.phones)]
        for phone in phones:
            phone.start()

    def _fate(self, request: sip.Request) -> Fate:
        number = sip.read_uri(request.uri).number
        usual = MAGIC.get(number[-3:], ANSWERED) if self.settings.magic else ANSWERED
        return self.fates.get(number, usual)

    def _cancelled(self, request: sip.Request, way: Way) -> None:
        phones = list(self._phones.get(_key(request), []))
        self.send(sip.respond(request, 200 if phones else 481, phones[0].tag if phones else secrets.token_hex(4)), way)
        for phone in phones:
            phone.cancel()

    def _inside(self, request: sip.Request, way: Way, tag: str) -> None:
        phone = next((one for one in self._phones.get(_key(request), []) if one.tag == tag), None)
        if phone is None:
            if request.method != "ACK":
                self.send(sip.respond(request, 481), way)
        elif request.method != "BYE" or self._may(request, way):
            phone.hear(request)

    # -- who may -------------------------------------------------------------------------------------------------

    def _may(self, request: sip.Request, way: Way) -> bool:
        """Whether the caller has proved who it is; if not, it is asked to."""
        if not self.settings.password:
            return True
        status, asked, header = _CHALLENGES[request.method == "REGISTER"]
        value = request.get(header)
        if value and self._is_right(value, request):
            return True
        response = sip.respond(request, status, secrets.token_hex(4))
        response.headers[asked] = [digest.write_challenge(self._challenge())]
        self.tally.count("challenged")
        self.send(response, way)
        return False

    def _is_right(self, value: str, request: sip.Request) -> bool:
        fields = digest.read_fields(value)
        challenge = self._nonces.get(fields.get("nonce", ""))
        named = fields.get("username") == self.settings.username
        return bool(named and challenge and digest.is_right(value, challenge, request.method, self.settings.password))

    def _challenge(self) -> digest.Challenge:
        challenge = digest.Challenge(
            realm="omnibound", nonce=secrets.token_hex(16), algorithm=self.settings.algorithm, qop="auth"
        )
        self._nonces[challenge.nonce] = challenge
        if len(self._nonces) > REMEMBERED:
            self._nonces.popitem(last=False)
        return challenge

    # -- connections ---------------------------------------------------------------------------------------------

    def linked(self, link: asyncio.Transport) -> None:
        """A TCP connection is there."""
        self._links.add(link)

    def unlinked(self, link: asyncio.Transport) -> None:
        """It is gone."""
        self._links.discard(link)


_CHALLENGES: Final = (
    (407, "proxy-authenticate", "proxy-authorization"),
    (401, "www-authenticate", "authorization"),
)


def _key(request: sip.Request) -> tuple[str, str]:
    return request.call_id, request.sender.tag


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, network: SipNetwork) -> None:
        self._network = network

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._network.heard(data, partial(self._transport.sendto, addr=addr))


class _Link(asyncio.Protocol):
    def __init__(self, network: SipNetwork) -> None:
        self._network = network
        self._frames = sip.Frames()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._network.linked(self._transport)

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._frames.feed(data):
                self._network.heard(message, self._transport.write)
        except sip.SipError:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._network.unlinked(self._transport)


_print = partial(print, flush=True)


async def serve(settings: SipSettings, started: Callable[[str], None] = _print) -> None:
    """Run until cancelled. `started` is told once, in a line, where it listens. Raises as `SipNetwork.start` does."""
    async with SipNetwork(settings) as network:
        started(f"simulated telephone network listens on {settings.host}:{network.port} (UDP and TCP)")
        await asyncio.Event().wait()
