"""A call as a machine without clock or network: whatever happens to it, in whatever order."""

import itertools

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from omnibound.voice.signalling import Answered, Changed, Early, Ended
from omnibound.voice.signalling.call import Call, Stage
from omnibound.voice.signalling.credentials import Credentials
from omnibound.voice.signalling.dialogs import Hop
from omnibound.voice.signalling.effects import Acknowledge, Ask, Cancel, Effect, Over, Reply, Tell
from omnibound.voice.signalling.plan import Plan
from omnibound.wire import sip
from omnibound.wire.sip import digest
from tests.voice.signalling.far_end import SDP

TAGS = st.sampled_from(["one", "two", "three"])
BODIES = st.sampled_from([b"", SDP, b"nonsense"])
EXTRAS = st.sampled_from(
    [
        {},
        {"require": "100rel", "rseq": "1"},
        {"require": "100rel", "rseq": "2"},
        {"session-expires": "90;refresher=uac"},
        {"session-expires": "90;refresher=uas"},
        {"session-expires": "soon"},
        {"allow": "UPDATE"},
        {"min-se": "3600"},
        {"reason": "Q.850;cause=17"},
        {"require": "siprec"},
        {"contact": "<sip:broken"},
        {"record-route": "<sip:r;lr>, <broken"},
        {"record-route": "<sip:r;lr>"},
    ]
)
CHALLENGE = {
    401: {"www-authenticate": digest.write_challenge(digest.Challenge(realm="r", nonce="n"))},
    407: {"proxy-authenticate": digest.write_challenge(digest.Challenge(realm="r", nonce="n", stale=True))},
}


def plan() -> Plan:
    hop = Hop(transport="udp", sent_by="h:5060", contact="<sip:us@h>")
    local = sip.Local(address="h", port=4000, formats=sip.offered())
    return Plan(
        call_id="i", tag="us", target="sip:1@c", sender="<sip:2@c>", recipient="<sip:1@c>", hop=hop, media=local
    )


class AnyCall(RuleBasedStateMachine):
    """Random responses, requests, timers and wishes; what must hold holds after each."""

    def __init__(self) -> None:
        super().__init__()
        numbers = itertools.count()
        self.call = Call(plan(), Credentials("u", "p", lambda: f"t{next(numbers)}"), lambda: f"t{next(numbers)}")
        self.told: list[object] = []
        self.asked: list[sip.Request] = []
        self.cancelled = 0
        self.over = 0
        self.number = itertools.count(1)
        self.take(self.call.dial())

    def take(self, effects: list[Effect], replies: int = 0) -> None:
        assert sum(isinstance(one, Reply) for one in effects) == replies
        assert not self.over or not any(isinstance(one, Tell) for one in effects), "something is told after the end"
        for effect in effects:
            match effect:
                case Ask(request, _):
                    self.asked.append(request)
                case Acknowledge(ack, dialog):
                    assert ack.recipient.tag == dialog.remote_tag
                case Cancel(_):
                    self.cancelled += 1
                case Tell(event):
                    self.told.append(event)
                case Over():
                    self.over += 1
                case _:
                    pass
            assert not isinstance(effect, Over) or effect is effects[-1], "Over is not the last"

    @rule(
        data=st.data(),
        status=st.sampled_from([100, 180, 183, 199, 200, 302, 401, 407, 408, 422, 481, 486, 491, 503, 603]),
        tag=TAGS,
        body=BODIES,
        extra=EXTRAS,
    )
    def response(self, data: st.DataObject, status: int, tag: str, body: bytes, extra: dict[str, str]) -> None:
        request = data.draw(st.sampled_from(self.asked))
        response = sip.respond(request, status, "" if status == 100 else tag, body=body)
        found = {"contact": "<sip:far@f>", **CHALLENGE.get(status, {}), **extra}
        response.headers.update({name: [value] for name, value in found.items()})
        self.take(self.call.answer(request, response))

    @rule(data=st.data(), why=st.sampled_from(["timer", "broken"]))
    def silence(self, data: st.DataObject, why: str) -> None:
        self.take(self.call.gave_up(data.draw(st.sampled_from(self.asked)), why))

    @rule(
        method=st.sampled_from(["BYE", "INVITE", "UPDATE", "OPTIONS", "ACK", "INFO"]),
        tag=TAGS,
        body=BODIES,
        extra=EXTRAS,
    )
    def request(self, method: str, tag: str, body: bytes, extra: dict[str, str]) -> None:
        invite = self.call.invite
        headers = {
            "via": "SIP/2.0/UDP f;branch=z9hG4bKf", "from": f"{invite.get('to')};tag={tag}", "to": invite.get("from"),
            "call-id": "i", "cseq": f"{next(self.number)} {method}", "contact": "<sip:far@g>", **extra,
        }  # fmt: skip
        request = sip.Request(
            method=method, uri="sip:us@h", headers={name: [value] for name, value in headers.items()}, body=body
        )
        self.take(self.call.hear(request), replies=method != "ACK")

    @rule(timer=st.sampled_from(["setup", "ring", "longest", "expire", "refresh", "gone", "unknown"]))
    def timer(self, timer: str) -> None:
        self.take(self.call.ring(timer))

    @rule()
    def hang_up(self) -> None:
        self.take(self.call.hang_up())

    @rule()
    def not_acknowledged(self) -> None:
        self.take(self.call.not_acknowledged())

    @precondition(lambda self: self.call.stage is Stage.OVER)
    @rule()
    def after_the_end(self) -> None:
        assert (self.over, self.call.hang_up()) == (1, [])

    @invariant()
    def it_ends_once_and_in_order(self) -> None:
        ended = [one for one in self.told if isinstance(one, Ended)]
        assert len(ended) <= 1
        assert self.over <= 1
        assert not ended or self.told[-1] is ended[0]
        assert self.over == (self.call.stage is Stage.OVER)
        assert not self.over or ended, "over, and nobody was told"
        assert bool(ended) == (self.call.stage in (Stage.LEAVING, Stage.OVER))

    @invariant()
    def it_is_answered_once(self) -> None:
        kinds = [type(one) for one in self.told]
        assert kinds.count(Answered) <= 1
        if Answered in kinds:
            assert Early not in kinds[kinds.index(Answered) :]
        assert Changed not in kinds or Answered in kinds[: kinds.index(Changed)]

    @invariant()
    def what_is_asked_can_be_written(self) -> None:
        for request in self.asked[-3:]:
            assert sip.read(sip.write(request)).cseq == request.cseq


TestAnyCall = AnyCall.TestCase
