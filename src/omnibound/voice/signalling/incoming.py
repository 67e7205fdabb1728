"""A call that comes from a trunk and is taken: somebody returns a call of ours. It is never sent on to anybody."""

from omnibound.voice.signalling.call import Call, Stage
from omnibound.voice.signalling.credentials import Credentials
from omnibound.voice.signalling.dialogs import Dialog, readable
from omnibound.voice.signalling.effects import Arm, Effect, Over, Reply, Tell
from omnibound.voice.signalling.events import Answered, Changed, End, Ended
from omnibound.voice.signalling.leg import Leg
from omnibound.voice.signalling.messages import Token
from omnibound.voice.signalling.plan import Plan
from omnibound.wire import sip


class IncomingCall(Call):
    """It is up as soon as it is taken; from then on it is a call like any other.

    Of the plan counts the tag (ours in this dialog), the Call-ID, the hop, the media and how long it may last. It is in
    no journal: who calls hears nothing any more if we die, and hangs up.
    """

    def __init__(self, plan: Plan, credentials: Credentials, token: Token) -> None:
        super().__init__(plan, credentials, token)
        self.stage = Stage.OVER

    def take(self, invite: sip.Request) -> list[Effect]:
        """Answer it, or refuse what we cannot speak, which ends it; exactly one of the effects is a Reply.

        Raises SipError where it cannot be read.
        """
        leg = Leg(self.plan, _dialog(invite, self.plan.tag), self._credentials, self._token)
        leg.confirmed = True
        effects = [self._effect(effect) for effect in leg.change(invite)]
        refused = next((effect.response.status for effect in effects if isinstance(effect, Reply)), 0)
        if refused >= 300:
            return [*effects, Tell(refusal(refused)), Over()]
        self.stage = Stage.UP
        self._answered = leg
        self._legs = {leg.dialog.remote_tag: leg}
        return [*effects, Arm("longest", self.plan.max_s)]

    def _effect(self, effect: Effect) -> Effect:
        """As it is in a dialog that begins only now."""
        match effect:
            case Reply(response):
                recipient = response.get("to")
                if ";tag=" not in recipient.lower():
                    response.headers["to"] = [f"{recipient};tag={self.plan.tag}"]
                return Reply(response)
            case Tell(Changed(media=media)):
                return Tell(Answered(media=media))
            case _:
                return effect


def refusal(status: int) -> Ended:
    """The end of a call that was never taken."""
    return Ended(why=End.REFUSED, who="us", sip=status)


def _dialog(invite: sip.Request, tag: str) -> Dialog:
    """The far end's dialog as we see it (RFC 3261, 12.1.1): the route is not turned round. Raises SipError."""
    contacts = readable(invite, "contact")
    if not contacts:
        raise sip.SipError("an INVITE without Contact")
    return Dialog(
        call_id=invite.call_id, local=f"{invite.get('to')};tag={tag}", remote=invite.get("from"),
        remote_tag=invite.sender.tag, target=str(contacts[0].uri), route=tuple(invite.members("record-route")),
        number=0, remote_number=invite.cseq[0],
    )  # fmt: skip
