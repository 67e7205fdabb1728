"""Between us and a trunk without calls: REGISTER before it runs out, OPTIONS to see whether it is there."""

import random
from collections.abc import Callable
from typing import Final

import msgspec

from omnibound.voice.signalling.clock import Alarms, Clock
from omnibound.voice.signalling.dialogs import readable
from omnibound.voice.signalling.messages import USER_AGENT, Token
from omnibound.voice.signalling.transactions import Peer, Transactions
from omnibound.voice.signalling.trunks import Trunk
from omnibound.wire import sip

PATIENCE_S: Final = 4.0
"""How long OPTIONS waits before the trunk counts as gone: three packets have been sent by then."""
DOWN_S: Final = 10.0
"""How often a trunk that is down is asked, at the most."""
BACK_OFF_S: Final = (5.0, 600.0)
"""After the first failed REGISTER, and at the most."""

Say = Callable[[bool, str], None]

_dice = random.SystemRandom()


class Series:
    """Requests outside of calls, in one series: one Call-ID, rising numbers (RFC 3261, 10.2)."""

    def __init__(self, trunk: Trunk, transactions: Transactions, clock: Clock, token: Token) -> None:
        self.trunk = trunk
        self._transactions = transactions
        self._token = token
        self._call_id = token() + token()
        self._tag = token()
        self._number = 0
        self._signed: tuple[int, ...] = ()
        self._alarms = Alarms(clock, self._ring)

    def stop(self) -> None:
        """Ask no more."""
        self._alarms.clear()

    def _ask(self, method: str, uri: str, headers: dict[str, str], user: str = "", *, reachable: bool = True) -> None:
        """Not `reachable`: without a Contact."""
        self._number += 1
        trunk = self.trunk
        who = f"<{trunk.address(user)}>"
        fields: sip.Headers = {
            "via": [trunk.hop.via(self._token())], "max-forwards": ["70"], "from": [f"{who};tag={self._tag}"],
            "to": [who], "call-id": [self._call_id], "cseq": [f"{self._number} {method}"],
            "user-agent": [USER_AGENT],
        }  # fmt: skip
        if reachable:
            fields["contact"] = [trunk.hop.contact]
        if trunk.route:
            fields["route"] = list(trunk.route)
        fields.update({name: [value] for name, value in headers.items()})
        request = sip.Request(method=method, uri=uri, headers=fields)
        peer: Peer = trunk.where(None)
        self._transactions.ask(trunk.credentials.sign(request), peer, self._heard, self._gave_up)

    def _heard(self, request: sip.Request, response: sip.Response) -> None:
        if response.status < 200 or request.cseq[0] != self._number:
            return
        via = response.via
        self.trunk.seen_as = via.params.get("received", "") or self.trunk.seen_as
        if response.status in (401, 407) and self.trunk.credentials.learn(response, self._signed):
            self._signed += (response.status,)
            self.begin()
            return
        self._signed = ()
        self._answered(response)

    def _gave_up(self, request: sip.Request, why: str) -> None:
        if request.cseq[0] == self._number:
            self._signed = ()
            self._unanswered(why)

    def begin(self) -> None:
        raise NotImplementedError

    def _answered(self, response: sip.Response) -> None:
        raise NotImplementedError

    def _unanswered(self, why: str) -> None:
        raise NotImplementedError

    def _ring(self, timer: str) -> None:
        raise NotImplementedError


class Health(Series):
    """OPTIONS, again and again. Any final answer but a 503 says that somebody is there."""

    def __init__(self, trunk: Trunk, transactions: Transactions, clock: Clock, token: Token, say: Say) -> None:
        super().__init__(trunk, transactions, clock, token)
        self._say = say
        self._every_s = trunk.settings.options_s
        self._asking = False

    def hurry(self) -> None:
        """Ask now, unless that is under way."""
        if not self._asking:
            self.begin()

    def begin(self) -> None:
        """Ask now."""
        self._asking = True
        self._alarms.arm("late", PATIENCE_S)
        self._ask("OPTIONS", self.trunk.address(), {"accept": "application/sdp"})

    def _answered(self, response: sip.Response) -> None:
        wait_s = self._every_s
        if response.status == 503:
            wait_s = max(self._down_s, float(sip.read_seconds(response, "retry-after") or 0))
            self._say(False, f"it answers {response.status} {response.phrase}")
        else:
            self._say(True, "")
        self._asking = False
        self._alarms.disarm("late")
        self._alarms.arm("ask", wait_s)

    def _unanswered(self, why: str) -> None:
        self._alarms.disarm("late")
        self._gone("it takes no connection" if why == "broken" else "it does not answer")

    def _gone(self, why: str) -> None:
        self._asking = False
        self._say(False, why)
        self._alarms.arm("ask", self._down_s)

    @property
    def _down_s(self) -> float:
        return min(self._every_s, DOWN_S)

    def _ring(self, timer: str) -> None:
        if timer == "late":
            self._gone("it does not answer")
        else:
            self.begin()


class Registration(Series):
    """REGISTER, renewed before it runs out; after a failure again with growing pauses."""

    def __init__(self, trunk: Trunk, transactions: Transactions, clock: Clock, token: Token, say: Say) -> None:
        super().__init__(trunk, transactions, clock, token)
        self._say = say
        self._seconds = trunk.settings.register_s
        self._failures = 0

    def begin(self) -> None:
        """Register now."""
        self._register(self._seconds)

    def end(self) -> None:
        """Unregister; the answer is not waited for."""
        self.stop()
        self._seconds = 0
        self._register(0)

    def _register(self, seconds: int) -> None:
        headers = {"expires": str(seconds), "contact": f"{self.trunk.hop.contact};expires={seconds}"}
        self._ask("REGISTER", self.trunk.registrar, headers, self.trunk.settings.username)

    def _answered(self, response: sip.Response) -> None:
        if not self._seconds:
            return
        least = sip.read_seconds(response, "min-expires")
        if response.status == 423 and least and least > self._seconds:
            self._seconds = least
            self.begin()
        elif response.status < 300:
            self._failures = 0
            self._say(True, "")
            self._alarms.arm("renew", _renewal(granted(response, self.trunk.hop.contact) or self._seconds))
        else:
            self._failed(f"REGISTER is answered {response.status} {response.phrase}", response)

    def _unanswered(self, why: str) -> None:
        if self._seconds:
            self._failed("it takes no connection" if why == "broken" else "REGISTER is not answered")

    def _failed(self, why: str, response: sip.Response | None = None) -> None:
        first, most = BACK_OFF_S
        pause = min(most, first * 2 ** min(self._failures, 10))
        asked = sip.read_seconds(response, "retry-after") if response else 0
        self._failures += 1
        self._say(False, why)
        # Between half and the whole of the pause, so that many clients do not come back at once.
        self._alarms.arm("renew", max(pause * _dice.uniform(0.5, 1), float(min(asked or 0, 3600))))

    def _ring(self, timer: str) -> None:
        self.begin()


def granted(response: sip.Response, contact: str) -> int:
    """The seconds that a registrar gives this contact of ours, or gives all; 0 where it does not say."""
    ours = sip.read_address(contact).uri
    for one in readable(response, "contact"):
        same = (one.uri.user, one.uri.host) == (ours.user, ours.host)
        if same and (said := one.params.get("expires", "")).isdecimal() and len(said) < 9:
            return int(said)
    return sip.read_seconds(response, "expires") or 0


def _renewal(seconds: int) -> float:
    """When to register again: a minute before the end, or at half where it is short."""
    return max(1.0, seconds / 2, seconds - 60.0)


class Standing(msgspec.Struct, gc=False):
    """What is known of one trunk by its REGISTER and its OPTIONS: it is up when both are well."""

    trunk: Trunk
    registered: bool
    answers: bool
    why_not_registered: str = "it has not registered us yet"
    why_silent: str = "it has not been asked yet"

    def on_registration(self, up: bool, why: str) -> None:
        """REGISTER went well or not."""
        self.registered, self.why_not_registered = up, why
        self.tell()

    def on_health(self, up: bool, why: str) -> None:
        """OPTIONS went well or not."""
        self.answers, self.why_silent = up, why
        self.tell()

    def tell(self) -> None:
        """Say to the trunk how it is."""
        why = "" if self.answers else self.why_silent
        self.trunk.say(self.registered and self.answers, why or ("" if self.registered else self.why_not_registered))


class Watch:
    """All standing work for one trunk."""

    def __init__(self, trunk: Trunk, transactions: Transactions, clock: Clock, token: Token) -> None:
        settings = trunk.settings
        self._standing = Standing(trunk, not settings.register, not settings.options_s)
        self._registration: Registration | None = None
        self.health: Health | None = None
        if settings.register:
            self._registration = Registration(trunk, transactions, clock, token, self._standing.on_registration)
        if settings.options_s:
            self.health = Health(trunk, transactions, clock, token, self._standing.on_health)

    def start(self) -> None:
        """Begin with what there is to do."""
        self._standing.tell()
        if self._registration:
            self._registration.begin()
        if self.health:
            self.health.begin()

    def doubt(self) -> None:
        """A call got no answer: look at once whether the trunk is there."""
        if self.health:
            self.health.hurry()

    def stop(self) -> None:
        """Ask no more, and unregister."""
        if self.health:
            self.health.stop()
        if self._registration:
            self._registration.end()
