"""How people of a dialled campaign stand after each word of their calls: tables of whole lives, and properties."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from omnibound.domain.calendar import NEVER
from omnibound.domain.campaign import Campaign, Kind
from omnibound.domain.campaign_flow import flow_of, lane_of, lanes_of
from omnibound.domain.changes import Changes
from omnibound.domain.flow import SECOND
from omnibound.domain.lifecycle import move
from omnibound.domain.live import Live, Said, Stage, Word
from omnibound.domain.member import Doing, Progress, Result, Stand, Traits, unpack
from omnibound.domain.message import Message
from omnibound.domain.outbound import ResultSet
from omnibound.domain.status import Reason
from omnibound.domain.telling import tell, tell_member

NOT, HANDLED, MAX, FILTERED, GONE = Progress
WAITING, CALLING, HELD = Doing
R = Reason


class Person:
    """A delivery of a dialled campaign with so many numbers, and its member's stand as the store would keep it."""

    def __init__(self, kind: Kind = Kind.ANNOUNCEMENT, numbers: int = 3, **limits: int) -> None:
        results = ResultSet(limits={"busy": 3, "not_reached": 3, "machine": 3, "redial": 3, **limits})
        self.campaign = Campaign(id="c", account=1, name="C", dialer="d", kind=kind, results=results)
        self.message = Message(id=7, account=1, flow=flow_of(self.campaign), content={}, created_at=0, campaign="c")
        struck = sum(1 << place for place in range(numbers, 3))
        self.live: Live | None = Live(
            1, 7, 1, 1, Stage.WAITING, 0, 0, 1, 0, 0, 1 << 61, struck=struck, channel=lane_of(self.campaign, 100)
        )
        self.stand = Stand().pack()
        self.due_at = 0
        self.now = 0

    def hear(self, said: Said, reason: Reason, detail: str = "", retry: bool = False, after: int = 0) -> None:
        assert self.live is not None
        self.now += SECOND
        word = Word(said, self.live.attempt, self.now, reason, detail, retry=retry, after=after * SECOND)
        before = self.live
        self.live, _, outcomes = move(before, self.message.flow, word, self.now)
        changes = Changes()
        tell(changes, self.message, outcomes, self.now)
        tell_member(changes, before, self.live, word, outcomes)
        for result in changes.results:
            self.stand = result.bits | (self.stand & result.keep)
            self.due_at = result.due_at

    def call(self, reason: Reason, said: Said = Said.UNDELIVERED) -> None:
        """A call that is taken by the trunk and ends so."""
        self.hear(Said.ACCEPTED, R.ACCEPTED)
        self.hear(said, reason)

    @property
    def told(self) -> tuple[Progress, Doing, Reason | None, int, int]:
        stand = unpack(self.stand)
        return stand.progress, stand.doing, stand.reason, stand.tries, stand.last_number


def test_the_example_of_rounds() -> None:
    """A busy, B invalid, C no answer: callCount 1 after A, 2 after B and C, next is A."""
    person = Person()
    told = []
    for reason in (R.BUSY, R.INVALID_NUMBER, R.NO_ANSWER):
        person.call(reason)
        told.append(person.told)
    assert told == [
        (NOT, WAITING, R.BUSY, 1, 1), (NOT, WAITING, R.INVALID_NUMBER, 1, 2), (NOT, WAITING, R.NO_ANSWER, 2, 3),
    ]  # fmt: skip
    assert person.live is not None
    assert (person.live.step, person.live.round, person.live.channel) == (0, 2, "dial:1:c:000100")
    assert person.due_at == person.live.due_at == person.now + 600 * SECOND


ENDS = [
    ("answered", {}, [R.ANSWERED], (HANDLED, WAITING, R.ANSWERED, 1, 1)),
    ("hung up", {}, [R.HUNG_UP], (HANDLED, WAITING, R.HUNG_UP, 1, 1)),
    ("all numbers dead", {"numbers": 2}, [R.INVALID_NUMBER, R.FAX], (HANDLED, WAITING, R.FAX, 1, 2)),
    ("busy too often", {"numbers": 1, "busy": 1}, [R.BUSY, R.BUSY], (MAX, WAITING, R.BUSY, 2, 1)),
    ("no redial at all", {"numbers": 2, "not_reached": 0}, [R.REJECTED], (MAX, WAITING, R.REJECTED, 1, 1)),
    ("each limit by itself", {"numbers": 1, "busy": 1, "machine": 1}, [R.BUSY, R.MACHINE, R.BUSY],
     (MAX, WAITING, R.BUSY, 3, 1)),
    ("the network says stop", {}, [R.UNWANTED], (HANDLED, WAITING, R.UNWANTED, 1, 1)),
    ("opted out", {}, [R.OPTED_OUT], (HANDLED, WAITING, R.OPTED_OUT, 1, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("limits", "calls", "told"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_how_it_ends(limits: dict[str, int], calls: list[Reason], told: tuple[object, ...]) -> None:
    numbers = limits.get("numbers", 3)
    person = Person(Kind.ANNOUNCEMENT, numbers, **{name: most for name, most in limits.items() if name != "numbers"})
    for reason in calls:
        person.call(reason)
    assert (person.told, person.live) == (told, None)


def test_a_call_is_seen_while_it_lasts() -> None:
    person = Person()
    person.call(R.BUSY)
    person.hear(Said.ACCEPTED, R.ACCEPTED)
    assert person.told == (NOT, CALLING, R.BUSY, 1, 2)


def test_an_agent_has_the_last_word() -> None:
    person = Person(kind=Kind.QUEUE)
    person.call(R.ANSWERED, Said.DELIVERED)
    assert person.told == (NOT, HELD, R.ANSWERED, 1, 1)
    person.hear(Said.RESULT, R.REFUSAL, "result:2")
    assert person.told == (HANDLED, WAITING, R.REFUSAL, 1, 1)
    assert unpack(person.stand).entry == 2


def test_an_agent_may_want_another_call() -> None:
    person = Person(kind=Kind.QUEUE, numbers=1)
    person.call(R.ANSWERED, Said.DELIVERED)
    person.hear(Said.RESULT, R.REDIAL, "result:3", after=7200)
    assert (person.told, person.due_at) == ((NOT, WAITING, R.REDIAL, 1, 1), person.now + 7200 * SECOND)


def test_a_trunk_that_fails_uses_up_nothing() -> None:
    person = Person()
    person.call(R.BUSY)
    before = person.told
    person.hear(Said.FAILED, R.TRUNK_FAILED, "sip:503", retry=True)
    assert person.told == before
    assert person.due_at > person.now


@pytest.mark.parametrize("reason", [R.BLOCKED, R.DO_NOT_DISTURB, R.FILTERED])
def test_who_is_excluded_waits_for_ever(reason: Reason) -> None:
    person = Person()
    person.call(R.BUSY)
    assert person.live is not None
    wait = (NEVER - person.now - SECOND) // SECOND
    person.hear(Said.FAILED, reason, retry=True, after=wait)
    assert person.told == (FILTERED, WAITING, R.BUSY, 1, 1)
    assert person.due_at > NEVER - 2 * SECOND


def test_who_is_deleted_in_the_middle_of_a_call_is_gone() -> None:
    person = Person()
    person.hear(Said.ACCEPTED, R.ACCEPTED)
    person.hear(Said.LAST, R.CANCELLED)
    assert person.told[:2] == (GONE, CALLING)
    person.hear(Said.DELIVERED, R.ANSWERED)
    assert (person.told[:2], person.live) == ((GONE, WAITING), None)


# -- One number for all of it --------------------------------------------------------------------------------------

stands = st.builds(
    Stand, progress=st.sampled_from(Progress), doing=st.sampled_from(Doing), closed=st.booleans(),
    reason=st.none() | st.sampled_from([reason for reason in Reason if reason]), entry=st.integers(0, 255),
    tries=st.integers(0, 255), last_number=st.integers(0, 3),
)  # fmt: skip
results = st.builds(
    Result, st.just(1), stands.map(Stand.pack), st.integers(0, (1 << 32) - 1), st.none() | st.text(), st.integers(0),
    st.integers(0),
).map(lambda result: replace(result, bits=result.bits & ~result.keep))  # fmt: skip


@given(stands)
def test_a_stand_is_one_number_and_back(stand: Stand) -> None:
    assert unpack(stand.pack()) == stand


@given(stands.map(Stand.pack), st.lists(results, min_size=1, max_size=4))
def test_results_folded_are_results_one_after_the_other(start: int, said: list[Result]) -> None:
    whole = reduce(lambda earlier, later: later.after(earlier), said)
    apart = reduce(lambda stand, result: result.bits | (stand & result.keep), said, start)
    assert whole.bits | (start & whole.keep) == apart


def test_every_reason_fits() -> None:
    assert max(Reason) < 256


@given(st.builds(Traits, priority=st.integers(0, 999_999), agent=st.text(), zone=st.text()))
def test_equal_traits_have_equal_keys_that_fit_a_column(traits: Traits) -> None:
    assert traits.key == replace(traits).key < 1 << 62


def test_lanes_are_in_the_order_of_priorities() -> None:
    campaign = Campaign(id="c", account=1, name="C")
    lanes = [lane_of(campaign, priority) for priority in (2, 10, 100, 0)]
    assert sorted(lanes) == [lane_of(campaign, priority) for priority in (0, 2, 10, 100)]
    assert all(lane.startswith(lanes_of(1, "c")) for lane in lanes)
