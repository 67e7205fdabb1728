"""A call of ours from the INVITE to the end: what happens goes in, what is to be done comes out. No clock, no network.

The way: dialling -> (rings) -> up -> leaving -> over. A call that is stopped before the answer goes dialling ->
cancelling -> over, and by leaving where the answer crosses the CANCEL.
"""

from enum import Enum

from omnibound.voice.signalling.credentials import Credentials
from omnibound.voice.signalling.dialogs import begun, tag_of
from omnibound.voice.signalling.effects import Arm, Ask, Cancel, Effect, Note, Over, Reply, Tell
from omnibound.voice.signalling.events import Answered, Early, End, Ended, Ringing, Who, blame
from omnibound.voice.signalling.leg import Leg
from omnibound.voice.signalling.messages import ALLOW, SUPPORTED, Token, numbered, with_headers
from omnibound.voice.signalling.plan import Plan, invite
from omnibound.voice.signalling.session import ours
from omnibound.wire import sip


class Stage(Enum):
    """How far a call is."""

    DIALLING = 1
    CANCELLING = 2
    UP = 3
    LEAVING = 4
    """The end has been told; our BYE, or the INVITE that a BYE overtook, is not answered yet."""
    OVER = 5


class Call:
    """Each method gives the effects of what it is told. `Ended` is told once, `Over` comes once and last."""

    def __init__(self, plan: Plan, credentials: Credentials, token: Token) -> None:
        self.plan = plan
        self.stage = Stage.DIALLING
        self.invite = invite(plan, token())
        self.rang = False
        self._credentials = credentials
        self._token = token
        self._legs: dict[str, Leg] = {}
        self._answered: Leg | None = None
        self._why: End | None = None
        self._heard = False
        self._signed: tuple[int, ...] = ()
        self._lengthened = False

    # -- what can be asked ---------------------------------------------------------------------------------------

    def dial(self) -> list[Effect]:
        """Send the INVITE."""
        return [self._send_invite(self.invite), Arm("setup", self.plan.setup_s)]

    def _send_invite(self, request: sip.Request) -> Ask:
        self._heard = False
        self.invite = self._credentials.sign(request)
        return Ask(self.invite)

    def hang_up(self, why: End = End.HUNG_UP) -> list[Effect]:
        """Stop it, however far it is; nothing happens where it has ended already."""
        if self.stage is Stage.UP:
            return self._leave(why, _WHOSE.get(why, "us"))
        if self.stage is not Stage.DIALLING:
            return []
        self.stage = Stage.CANCELLING
        self._why = End.CANCELLED if why is End.HUNG_UP else why
        # Before any provisional response a CANCEL may overtake the INVITE (RFC 3261, 9.1).
        return [Arm("setup"), Arm("ring"), Arm("gone", GONE_S), *([Cancel(self.invite)] if self._heard else [])]

    # -- what is answered to us ----------------------------------------------------------------------------------

    def answer(self, request: sip.Request, response: sip.Response) -> list[Effect]:
        """A response to a request of ours. Raises SipError where it cannot be read."""
        if request.method == "CANCEL":
            return []
        if request.method == "INVITE" and request.cseq == self.invite.cseq:
            return self._invite_answer(response)
        leg = self._legs.get(tag_of(request))
        return self._inside(leg, request, response) if leg and response.status >= 200 else []

    def gave_up(self, request: sip.Request, why: str) -> list[Effect]:
        """A request of ours got no answer: `timer` or `broken`."""
        if request.method == "INVITE" and request.cseq == self.invite.cseq:
            return self._invite_unanswered(why)
        if request.method == "BYE":
            return self._bye_unanswered(request, why)
        return self._refresh_failed() if request.method in ("INVITE", "UPDATE") else []

    def ring(self, timer: str) -> list[Effect]:
        """A timer that was armed has run out."""
        if timer == "gone":
            return self._invite_unanswered("timer")
        if timer in _STOPS:
            return self.hang_up(_STOPS[timer])
        if timer == "refresh" and self.stage is Stage.UP and self._answered and not self._answered.asking:
            return [self._answered.refresh()]
        return []

    # -- the INVITE ----------------------------------------------------------------------------------------------

    def _invite_answer(self, response: sip.Response) -> list[Effect]:
        status = response.status
        if status < 200:
            return self._provisional(response)
        if status < 300:
            return self._accepted(response)
        if self.stage is Stage.DIALLING and (again := self._once_more(response)):
            return [self._send_invite(numbered(again, self.invite.cseq[0] + 1, self._token()))]
        return self._refused(response)

    def _once_more(self, response: sip.Response) -> sip.Request | None:
        """The INVITE to send instead where the answer says how it would be taken."""
        if response.status in (401, 407):
            if not self._credentials.learn(response, self._signed):
                return None
            self._signed += (response.status,)
            return self.invite
        least = sip.read_seconds(response, "min-se")
        if response.status == 422 and least and not self._lengthened:
            self._lengthened = True
            longer = str(max(least, self.plan.session_s))
            return with_headers(self.invite, {"session-expires": longer, "min-se": str(least)})
        return None

    def _provisional(self, response: sip.Response) -> list[Effect]:
        first, self._heard = not self._heard, True
        if first and (self.stage is Stage.CANCELLING or (self.stage is Stage.LEAVING and not self._answered)):
            return [Cancel(self.invite)]
        if self.stage is not Stage.DIALLING or response.status == 100:
            return []
        effects: list[Effect] = []
        if not self.rang and response.status != 199:
            self.rang = True
            effects += [Arm("setup"), Arm("ring", self.plan.ring_s), Tell(Ringing(sip=response.status))]
        if (tag := tag_of(response)) and (tag in self._legs or len(self._legs) < MOST_LEGS):
            leg = self._leg(response)
            effects += [*leg.provisional(response), *_early(leg, response)]
        return effects

    def _leg(self, response: sip.Response) -> Leg:
        tag = tag_of(response)
        leg = self._legs.get(tag)
        if leg is None:
            leg = Leg(self.plan, begun(self.invite, response), self._credentials, self._token)
            self._legs[tag] = leg
        return leg

    def _accepted(self, response: sip.Response) -> list[Effect]:
        leg = self._leg(response)
        again = leg.confirmed
        acknowledge = leg.confirm(self.invite, response)
        if again:
            return acknowledge
        if self._answered or self.stage is Stage.OVER:
            # Another phone took the call before, or we have given it up: this one is let go.
            return [*acknowledge, leg.bye()]
        self._answered = leg
        stop = [Note(leg.dialog), *acknowledge, Arm("setup"), Arm("ring")]
        if self.stage is Stage.LEAVING:
            return [*stop, *self._over()]
        if self.stage is Stage.CANCELLING:
            return [*stop, *self._leave(End.CROSSED, "us")]
        return [*stop, *self._take(leg, response)]

    def _take(self, leg: Leg, response: sip.Response) -> list[Effect]:
        self.stage = Stage.UP
        try:
            if response.body:
                leg.session.agree(response.body)
        except sip.SipError:
            return self._leave(End.NO_MEDIA, "trunk")
        # A 2xx without a description repeats the one of a provisional response.
        if leg.session.media is None:
            return self._leave(End.NO_MEDIA, "trunk")
        timers = leg.session.settle(ours(response))
        return [Tell(Answered(media=leg.session.media)), Arm("longest", self.plan.max_s), *timers]

    def _refused(self, response: sip.Response) -> list[Effect]:
        if self.stage in (Stage.LEAVING, Stage.OVER):
            return self._over()
        reason = sip.read_reason(response)
        why, who = self._whose_end(response.status, reason.q850)
        ended = Ended(
            why=why, who=who, sip=response.status, q850=reason.q850, text=reason.text or response.phrase,
            rang=self.rang, retry_after=sip.read_seconds(response, "retry-after") or 0,
        )  # fmt: skip
        return [Tell(ended), *self._over()]

    def _whose_end(self, status: int, q850: int) -> tuple[End, Who]:
        if self._why:
            return self._why, "trunk" if self._why is End.SETUP_TIMEOUT else "us"
        if status in (401, 407):
            return End.BAD_CREDENTIALS, "trunk"
        return End.REFUSED, blame(status, q850, rang=self.rang)

    def _invite_unanswered(self, why: str) -> list[Effect]:
        if self.stage in (Stage.LEAVING, Stage.OVER):
            return self._over()
        end = self._why or (End.UNREACHABLE if why == "broken" else End.NO_REPLY)
        who: Who = "us" if self._why in (End.CANCELLED, End.RING_TIMEOUT, End.STOPPED) else "trunk"
        return [Tell(Ended(why=end, who=who, rang=self.rang)), *self._over()]

    # -- inside the dialog ---------------------------------------------------------------------------------------

    def _inside(self, leg: Leg, request: sip.Request, response: sip.Response) -> list[Effect]:
        status = response.status
        acknowledge = leg.confirm(request, response) if request.method == "INVITE" and status < 300 else []
        if again := leg.once_more(request, response):
            return [again]
        if request.method == "BYE":
            return self._left(request)
        if request.method not in ("INVITE", "UPDATE") or not leg.asking:
            return acknowledge
        if status < 300:
            return [*acknowledge, *leg.refreshed(request, response)]
        leg.asking = ""
        return self._refresh_failed(status)

    def _refresh_failed(self, status: int = 408) -> list[Effect]:
        if self.stage is not Stage.UP:
            return []
        if status == 491:
            return [Arm("refresh", 3)]
        if status in (408, 481):
            return self._leave(End.SESSION_EXPIRED, "callee")
        # It does not want to be refreshed, and stays as it is until its interval ends.
        interval = self._answered and self._answered.session.interval
        return [Arm("expire", interval.seconds / 2)] if interval else []

    def hear(self, request: sip.Request) -> list[Effect]:
        """A request of the far end; exactly one of the effects is a Reply, none for an ACK. Raises SipError."""
        leg = self._legs.get(request.sender.tag)
        if request.method == "ACK":
            return leg.acknowledged(request) if leg else []
        if request.method == "BYE":
            return self._hear_bye(leg, request)
        if leg is None or self.stage in (Stage.LEAVING, Stage.OVER):
            return [Reply(sip.respond(request, 481))]
        if refusal := leg.checked(request):
            return [Reply(refusal)]
        if request.method in ("INVITE", "UPDATE"):
            return leg.change(request)
        return [Reply(_other(request))]

    def _hear_bye(self, leg: Leg | None, request: sip.Request) -> list[Effect]:
        effects: list[Effect] = [Reply(sip.respond(request, 200))]
        # A phone that lost the race, or the answered one a second time: there is nothing left to end.
        if self.stage in (Stage.LEAVING, Stage.OVER) or (self._answered and leg is not self._answered):
            return effects
        reason = sip.read_reason(request)
        ended = Ended(
            why=End.HUNG_UP, who="callee", q850=reason.q850, text=reason.text, rang=self.rang, answered=True
        )  # fmt: skip
        effects.append(Tell(ended))
        if self._answered:
            return [*effects, *self._over()]
        # It overtook the 200: somebody has answered and hung up again. The 200 still wants its ACK.
        self.stage = Stage.LEAVING
        return [*effects, *_SILENCE, Arm("gone", GONE_S), *([Cancel(self.invite)] if self._heard else [])]

    def not_acknowledged(self) -> list[Effect]:
        """The far end never acknowledged our answer to its INVITE (RFC 3261, 13.3.1.4: hang up)."""
        return self.hang_up(End.NOT_ACKNOWLEDGED) if self.stage is Stage.UP else []

    # -- the end -------------------------------------------------------------------------------------------------

    def _leave(self, why: End, who: Who) -> list[Effect]:
        self.stage = Stage.LEAVING
        ended = Ended(why=why, who=who, rang=self.rang, answered=True)
        bye = [self._answered.bye()] if self._answered else []
        return [Tell(ended), *_SILENCE, *bye]

    def _bye_unanswered(self, bye: sip.Request, why: str) -> list[Effect]:
        leg = self._legs.get(tag_of(bye))
        if leg and why == "broken" and not leg.insists:
            # It was in a connection that is no more: over another one it may still arrive.
            leg.insists = True
            return [leg.bye()]
        return self._left(bye)

    def _left(self, bye: sip.Request) -> list[Effect]:
        main = self._answered and self._answered.dialog.remote_tag == tag_of(bye)
        return self._over() if main and self.stage is Stage.LEAVING else []

    def _over(self) -> list[Effect]:
        if self.stage is Stage.OVER:
            return []
        self.stage = Stage.OVER
        return [*_SILENCE, Over()]


MOST_LEGS = 20
"""Phones that may ring at once; of more than these only answers are heard."""
GONE_S = 70.0
"""After so long without an end an INVITE that we have cancelled is given up; usually its transaction does so before."""
_STOPS = {
    "setup": End.SETUP_TIMEOUT,
    "ring": End.RING_TIMEOUT,
    "longest": End.LONGEST,
    "expire": End.SESSION_EXPIRED,
}
_WHOSE: dict[End, Who] = {End.RTP_TIMEOUT: "callee", End.NO_MEDIA: "trunk"}
"""Whose doing it is when we hang up; of all others it is ours."""
_SILENCE: tuple[Effect, ...] = tuple([Arm(timer) for timer in (*_STOPS, "refresh", "gone")])


def _early(leg: Leg, response: sip.Response) -> list[Effect]:
    if not response.body:
        return []
    try:
        news = leg.session.agree(response.body)
    except sip.SipError:
        # Not to be heard before the answer; the answer may still bring something better.
        return []
    return [Tell(Early(media=news))] if news else []


def _other(request: sip.Request) -> sip.Response:
    if request.method == "PRACK":
        # We never ring, so there is nothing that it could acknowledge (RFC 3262, 3).
        return sip.respond(request, 481)
    known = request.method == "OPTIONS"
    response = sip.respond(request, 200 if known else 405)
    response.headers["allow"] = [ALLOW]
    if known:
        response.headers.update({"accept": ["application/sdp"], "supported": [SUPPORTED]})
    return response
