"""One dialog of a call, from its first provisional response on: what is sent and heard inside it."""

import msgspec

from omnibound.voice.signalling.credentials import Credentials
from omnibound.voice.signalling.dialogs import Dialog, begun, moved
from omnibound.voice.signalling.effects import Acknowledge, Ask, Effect, Reply, Tell
from omnibound.voice.signalling.events import Changed, Early
from omnibound.voice.signalling.messages import ALLOW, SUPPORTED, Token, unknown_extensions
from omnibound.voice.signalling.plan import MIN_SE, Plan
from omnibound.voice.signalling.session import Session, ours, theirs, turned
from omnibound.wire import sip

NORMAL = sip.write_reason("Q.850", 16, "Normal call clearing")


class Leg:
    """A dialog, its session, and its ACK: INVITEs may be answered several times by several phones (forking)."""

    def __init__(self, plan: Plan, dialog: Dialog, credentials: Credentials, token: Token) -> None:
        self.dialog = dialog
        self.session = Session(plan.media)
        self.confirmed = False
        self.asking = ""
        """The method of our own INVITE or UPDATE that is under way."""
        self.updates = False
        """Whether the far end understands UPDATE."""
        self.insists = False
        """Whether BYE has been sent a second time."""
        self._hop = plan.hop
        self._credentials = credentials
        self._token = token
        self._acks: dict[int, sip.Request] = {}
        self._last_reliable = 0
        self._offered = False
        self._signed: tuple[int, ...] = ()
        self._min_se = MIN_SE

    # -- while it rings ------------------------------------------------------------------------------------------

    def provisional(self, response: sip.Response) -> list[Effect]:
        """Acknowledge a reliable provisional response (RFC 3262, 4): each once, and in their order."""
        if "100rel" not in response.tokens("require"):
            return []
        number = sip.read_seconds(response, "rseq") or 0
        if not number or (self._last_reliable and number != self._last_reliable + 1):
            return []
        self._last_reliable = number
        return [self._ask("PRACK", {"rack": f"{number} {response.get('cseq')}"})]

    # -- when it is answered -------------------------------------------------------------------------------------

    def confirm(self, invite: sip.Request, response: sip.Response) -> list[Effect]:
        """A 2xx to an INVITE of ours: acknowledge it, and as often as it comes again."""
        number = invite.cseq[0]
        if number not in self._acks:
            highest = max(self.dialog.number, number)
            fresh = moved(self.dialog, response) if self.confirmed else begun(invite, response)
            self.dialog = msgspec.structs.replace(fresh, number=highest, remote_number=self.dialog.remote_number)
            self.confirmed = True
            self.updates = "update" in response.tokens("allow")
            self._acks = {number: self._ack(invite, number)}
        return [Acknowledge(self._acks[number], self.dialog)]

    def _ack(self, invite: sip.Request, number: int) -> sip.Request:
        credentials = {name: invite.get(name) for name in ("authorization", "proxy-authorization") if invite.get(name)}
        numbered = msgspec.structs.replace(self.dialog, number=number)
        return numbered.request("ACK", self._hop, self._token(), credentials)

    # -- what we ask for -----------------------------------------------------------------------------------------

    def bye(self) -> Ask:
        """Hang up."""
        return self._ask("BYE", {"reason": NORMAL})

    def refresh(self) -> Ask:
        """A sign of life: UPDATE where the far end knows it, else an INVITE that changes nothing."""
        seconds = self.session.interval.seconds if self.session.interval else 0
        headers = {
            "session-expires": sip.write_interval(sip.Interval(max(seconds, self._min_se), "uac")),
            "min-se": str(self._min_se), "supported": SUPPORTED, "allow": ALLOW,
        }  # fmt: skip
        self.asking = "UPDATE" if self.updates else "INVITE"
        return self._ask(self.asking, headers, b"" if self.updates else self.session.offer())

    def once_more(self, request: sip.Request, response: sip.Response) -> Ask | None:
        """The same request, signed for a 401 or 407, or with the longer interval that a 422 asks for; None where that
        would not help.
        """
        if response.status == 422 and (least := self._longer(request, response)):
            self._min_se = least
            return self.refresh()
        if response.status not in (401, 407) or not self._credentials.learn(response, self._signed):
            self._signed = ()
            return None
        self._signed += (response.status,)
        kept = ("reason", "session-expires", "min-se", "supported", "allow", "rack")
        headers = {name: request.get(name) for name in kept if request.get(name)}
        return self._ask(request.method, headers, request.body)

    def _longer(self, request: sip.Request, response: sip.Response) -> int:
        """The interval that is wanted at least; 0: none, or one that we have asked for in vain (RFC 4028, 7.3)."""
        least = sip.read_seconds(response, "min-se") or 0
        asked = sip.read_seconds(request, "session-expires") or least
        return least if least > asked and self.asking else 0

    def _ask(self, method: str, headers: dict[str, str], body: bytes = b"") -> Ask:
        self.dialog = self.dialog.next()
        request = self.dialog.request(method, self._hop, self._token(), headers, body)
        return Ask(self._credentials.sign(request), self.dialog)

    def refreshed(self, request: sip.Request, response: sip.Response) -> list[Effect]:
        """Our INVITE or UPDATE was answered well."""
        self.asking = ""
        self.dialog = moved(self.dialog, response)
        effects = [*self.session.settle(ours(response))]
        return [*effects, *self._agreed(response.body)] if request.body and response.body else [*effects]

    # -- what the far end asks for -------------------------------------------------------------------------------

    def change(self, request: sip.Request) -> list[Effect]:
        """An INVITE or UPDATE of the far end: hold, another codec or address, or a mere sign of life."""
        if self.asking or self._crosses(request):
            return [Reply(sip.respond(request, 491))]
        try:
            interval = theirs(request)
            news = self.session.answer(request.body) if request.body else None
        except sip.SipError as error:
            return [Reply(_refusal(request, error))]
        self.dialog = moved(self.dialog, request)
        self._offered = not request.body and request.method == "INVITE"
        response = self._accepting(request, interval)
        # Without an interval the far end wants no timer any more (RFC 4028, 8.1).
        timers = self.session.settle(turned(interval))
        told = [Tell(Changed(media=news) if self.confirmed else Early(media=news))] if news else []
        return [Reply(response), *timers, *told]

    def _crosses(self, request: sip.Request) -> bool:
        """Whether our first INVITE, or the offer in it, is still to be answered (RFC 3261, 14.2; RFC 3311, 5.2)."""
        unanswered = request.method == "INVITE" or (bool(request.body) and self.session.media is None)
        return not self.confirmed and unanswered

    def _accepting(self, request: sip.Request, interval: sip.Interval | None) -> sip.Response:
        body = self.session.offer() if request.body or self._offered else b""
        response = sip.respond(request, 200, body=body)
        added = {"contact": self._hop.contact, "allow": ALLOW, "supported": SUPPORTED}
        if interval:
            added["session-expires"] = sip.write_interval(interval)
            added |= {"require": "timer"} if interval.refresher == "uac" else {}
        if body:
            added["content-type"] = "application/sdp"
        response.headers.update({name: [value] for name, value in added.items()})
        return response

    def acknowledged(self, ack: sip.Request) -> list[Effect]:
        """The ACK of the far end's INVITE; it has the answer where the offer was ours."""
        if not (self._offered and ack.body):
            return []
        self._offered = False
        return self._agreed(ack.body)

    def _agreed(self, body: bytes) -> list[Effect]:
        try:
            news = self.session.agree(body)
        except sip.SipError:
            # The talk goes on as it was agreed before; a refusal is not possible any more.
            return []
        return [Tell(Changed(media=news))] if news else []

    def checked(self, request: sip.Request) -> sip.Response | None:
        """The refusal of a request that is out of order, or wants what we do not have; None: it may be served."""
        number = request.cseq[0]
        if number <= self.dialog.remote_number:
            return sip.respond(request, 500, why="Out of Order")
        self.dialog = msgspec.structs.replace(self.dialog, remote_number=number)
        if unknown := unknown_extensions(request):
            refusal = sip.respond(request, 420)
            refusal.headers["unsupported"] = [", ".join(unknown)]
            return refusal
        return None


def _refusal(request: sip.Request, error: sip.SipError) -> sip.Response:
    response = sip.respond(request, error.status if error.status in (422, 488) else 488)
    if error.status == 422:
        response.headers["min-se"] = [str(MIN_SE)]
    return response
