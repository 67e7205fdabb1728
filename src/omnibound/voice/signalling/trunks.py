"""A trunk as it is now: where it is, whether it is there, and how many calls it takes."""

import asyncio
import ipaddress
import logging
import re
import socket
from collections import deque
from collections.abc import Callable
from functools import lru_cache

import msgspec

from omnibound.domain.errors import Invalid
from omnibound.voice.signalling.clock import Clock
from omnibound.voice.signalling.credentials import Credentials
from omnibound.voice.signalling.dialogs import Dialog, Hop
from omnibound.voice.signalling.messages import Token
from omnibound.voice.signalling.numbers import check_allowed, write_number
from omnibound.voice.signalling.plan import Plan
from omnibound.voice.signalling.settings import TrunkSettings
from omnibound.voice.signalling.transactions import Peer
from omnibound.wire import sip

_log = logging.getLogger("omnibound.voice.trunks")

OnTrunk = Callable[[str, bool, str], None]
"""Name, whether it is there, why not."""


class Order(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What is asked of `UserAgent.dial`. `media_address` and `media_port` are where we listen for RTP.

    0 and "" take what the trunk's settings say. Times in seconds.
    """

    call_id: str
    number: str
    media_port: int
    media_address: str = ""
    caller_id: str = ""
    ring_s: float = 0
    max_s: float = 0
    ptime: int = 0


class Trunk:
    """Lines and rate are enforced by `room`, `take` and `release`."""

    def __init__(self, settings: TrunkSettings, clock: Clock, token: Token, on_change: OnTrunk) -> None:
        self.settings = settings
        self.credentials = Credentials(settings.username, settings.password, token)
        self.peer: Peer | None = None
        self.hop = Hop(transport=settings.transport, sent_by="", contact="")
        self.addresses: frozenset[str] = frozenset()
        """From where it may send us requests."""
        self.seen_as = ""
        """Our address as the trunk sees it (RFC 3581); for who sets `public_address`."""
        self.in_use = 0
        self.up = False
        self.why = "it has not been asked yet"
        self._clock = clock
        self._token = token
        self._on_change = on_change
        # So many calls in so many seconds, whichever seconds are looked at.
        self._at_once = max(1, int(settings.rate))
        self._window_s = self._at_once / settings.rate
        self._started: deque[float] = deque()

    # -- whether it is there -------------------------------------------------------------------------------------

    def say(self, up: bool, why: str = "") -> None:
        """It is there, or it is not. Told to others only when that is news."""
        news = up != self.up
        self.up, self.why = up, "" if up else why
        if news:
            _log.log(
                logging.INFO if up else logging.WARNING,
                "trunk %s is %s %s",
                self.settings.name,
                ("down", "up")[up],
                why,
            )
            self._on_change(self.settings.name, up, self.why)

    async def resolve(self) -> None:
        """Find its address. Raises OSError where the name has none."""
        host, port = sip.read_host(self.settings.proxy or f"{self.settings.host}:{self.settings.port}")
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host.strip("[]"), port or sip.DEFAULT_PORT, type=socket.SOCK_DGRAM)
        addresses = [address[4][0] for address in found]
        # A name with several addresses may answer them in turns: as long as ours is among them we stay with it.
        if self.peer is None or self.peer.host not in addresses:
            self.peer = Peer(self.settings.transport, str(addresses[0]), port or sip.DEFAULT_PORT)
        self.addresses = frozenset(map(str, addresses))

    def reached_at(self, address: str, port: int) -> None:
        """Where answers and requests of the trunk reach us."""
        user = f"{self.settings.username or self.settings.caller_id.lstrip('+') or 'omnibound'}@"
        host = f"[{address}]" if ":" in address else address
        transport = ";transport=tcp" if self.settings.transport == "tcp" else ""
        uri = sip.read_uri(f"sip:{user}{host}:{port}{transport}")
        self.hop = Hop(transport=self.settings.transport, sent_by=f"{host}:{port}", contact=f"<{uri}>")

    def where(self, dialog: Dialog | None) -> Peer:
        """Where a request goes: along the route of its dialog if that names addresses that we reach, else to the trunk.

        Raises SipError before the trunk has an address.
        """
        if self.peer is None:
            raise sip.SipError(f"trunk {self.settings.name} has no address: {self.why}", 503)
        if dialog is None or self.settings.proxy or not self.settings.follow_contact:
            return self.peer
        hop = dialog.next_hop
        host = hop.host.strip("[]")
        if _family(host) != _family(self.peer.host):
            return self.peer
        return Peer(self.settings.transport, host, hop.port or sip.DEFAULT_PORT)

    # -- how many calls it takes ---------------------------------------------------------------------------------

    def room(self) -> int:
        """How many calls may begin now: free lines, and what the rate leaves; 0 while it is not there."""
        if not self.up:
            return 0
        since = self._clock.time() - self._window_s
        while self._started and self._started[0] <= since:
            self._started.popleft()
        return max(0, min(self.settings.lines - self.in_use, self._at_once - len(self._started)))

    def take(self) -> None:
        """A call begins."""
        self.in_use += 1
        self._started.append(self._clock.time())

    def release(self) -> None:
        """A call is over."""
        self.in_use -= 1

    # -- how a call is written -----------------------------------------------------------------------------------

    def plan(self, order: Order, local: sip.Local) -> Plan:
        """Raises Invalid for a number that is none, Forbidden for one that may not be called.

        `sip:user@host` is called as it is, by way of the trunk; its user must not be a costly number either.
        """
        settings = self.settings
        region = settings.default_region
        given = _user_of(order.number)
        check_allowed(given, settings.refused, settings.allow, region)
        caller = order.caller_id or settings.caller_id
        target = order.number
        if given == order.number:
            number = write_number(given, settings.number_format, settings.strip, settings.prefix, region)
            target = self.address(number)
        sender = self.address(caller.translate(_NO_BLANKS)) if caller else "sip:anonymous@anonymous.invalid"
        return Plan(
            call_id=self._token() + self._token(), tag=self._token(), target=target, sender=f"<{sender}>",
            recipient=f"<{target}>", hop=self.hop, media=local, asserted=f"<{sender}>" if settings.asserted else "",
            route=self.route, ring_s=order.ring_s or settings.ring_s, setup_s=settings.setup_s,
            max_s=order.max_s or settings.max_s, session_s=settings.session_s,
        )  # fmt: skip

    def answering(self, order: Order, request: sip.Request, local: sip.Local) -> Plan:
        """Of a call that comes in; its dialog has the names that the far end has given."""
        return Plan(
            call_id=request.call_id, tag=self._token(), target=request.uri, sender=request.get("to"),
            recipient=request.get("from"), hop=self.hop, media=local, max_s=order.max_s or self.settings.max_s,
            session_s=self.settings.session_s,
        )  # fmt: skip

    def address(self, user: str = "") -> str:
        """A URI at the trunk."""
        settings = self.settings
        host, port = sip.read_host(settings.domain or settings.host)
        if not settings.domain and settings.port != sip.DEFAULT_PORT:
            port = settings.port
        return str(sip.Uri(user=user, host=host, port=port))

    @property
    def registrar(self) -> str:
        """Where we register."""
        host, _ = sip.read_host(self.settings.domain or self.settings.host)
        return str(sip.Uri(host=host))

    @property
    def route(self) -> tuple[str, ...]:
        """The Route of a first request: the proxy, where there is one."""
        return (f"<sip:{self.settings.proxy};lr>",) if self.settings.proxy else ()


def _user_of(number: str) -> str:
    """The user part of an address; of a number itself. Raises Invalid for an address that is none."""
    if not number.startswith("sip:"):
        return number
    try:
        address = sip.read_uri(number)
    except sip.SipError as error:
        raise Invalid(str(error), "to") from error
    # What else a user part may hold could hide a number that nobody checks.
    if str(address) != number or not _USER.fullmatch(address.user) or address.params or address.headers:
        raise Invalid(f"{number[:80]!r} is not an address such as sip:user@host", "to")
    return address.user


_USER = re.compile(r"[A-Za-z0-9+*._-]{1,64}", re.ASCII)
_NO_BLANKS = str.maketrans("", "", " ()-")


@lru_cache(1_024)
def _family(host: str) -> int:
    """Of an address; 0 for a name."""
    try:
        return ipaddress.ip_address(host).version
    except ValueError:
        return 0
