"""Whatever is said of a delivery, in whatever order: what always holds."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from omnibound.domain.flow import AFTER_OTHERS, AGAIN_AT_MOST, SECOND, Effect, Flow, Move, Step
from omnibound.domain.lifecycle import Next, after_end, backoff, begin, due_word, move
from omnibound.domain.live import Live, Outcome, Said, Stage, Word
from omnibound.domain.moves import is_barred
from omnibound.domain.status import Reason, Status
from tests.domain.story import new_live

ENDS = (Move.DONE, Move.STOP)
RETRY_FOR_AT_MOST = 60
RETRIES_AT_MOST = 12
"""In 60 s: one or two at once, then waits of 1, 2, 4, 8, 16 s and more; of a trunk two between waits."""

effects = st.builds(
    Effect,
    move=st.sampled_from(Move),
    wait=st.sampled_from([0, AFTER_OTHERS, 5 * SECOND, 500 * SECOND]),
    charge=st.sampled_from(["", "", "busy"]),
)
steps = st.builds(Step, channel=st.just("SMS"), validity=st.integers(1, 100).map(lambda s: s * SECOND))
flows = st.builds(
    Flow,
    steps=st.lists(steps, min_size=1, max_size=3).map(tuple),
    rounds=st.integers(1, 3),
    pause=st.integers(0, 20).map(lambda s: s * SECOND),
    effects=st.dictionaries(st.sampled_from(Reason), effects, max_size=12),
    otherwise=st.sampled_from([m for m in Move if m is not Move.HOLD]).map(lambda m: Effect(move=m)),
    limits=st.dictionaries(st.just("busy"), st.integers(0, 2)),
    retry_for=st.integers(0, RETRY_FOR_AT_MOST).map(lambda s: s * SECOND),
    receipt_wait=st.integers(0, 30).map(lambda s: s * SECOND),
    report_steps=st.booleans(),
)


Spoken = tuple[int, Word, int]
"""(microseconds after the one before, the word with an offset for its attempt, how many other connectors)."""

words = st.tuples(
    st.integers(0, 40 * SECOND),
    st.builds(
        Word,
        said=st.sampled_from(Said),
        attempt=st.sampled_from([0, 0, 0, 0, -1, -2, 1]),
        at=st.just(0),
        reason=st.sampled_from([*Reason, *([Reason.DELIVERED, Reason.NO_RECEIPT, Reason.BUSY] * 8)]),
        part=st.integers(0, 3),
        parts=st.integers(0, 3),
        retry=st.booleans(),
        after=st.sampled_from([0, 0, SECOND, 30 * SECOND]),
    ),
    st.integers(0, 2),
)
skips = st.dictionaries(st.integers(0, 2), st.sampled_from([Reason.NO_CONTENT, Reason.NO_ADDRESS]), max_size=3)


def begun(flow: Flow, skipped: dict[int, Reason], id_: int = 1) -> Next:
    start = new_live(id_, 3 * SECOND)
    return begin(start, flow, {step: why for step, why in skipped.items() if step < len(flow.steps)}, SECOND)


def check_live(live: Live, flow: Flow) -> None:
    """What holds of every unfinished state."""
    assert 0 <= live.step < len(flow.steps)
    assert 0 <= live.round < flow.rounds
    assert not is_barred(live) or live.struck == (1 << len(flow.steps)) - 1
    if live.stage is Stage.WAITING:
        assert live.due_at <= live.step_until
        assert live.sent_at == 0
        assert live.due_at < live.retry_until <= live.step_until if live.retry_until else not live.tries
    numbers = [past.attempt for past in live.past]
    assert numbers == sorted(set(numbers))
    assert all(number < live.attempt + (live.stage is Stage.HELD) for number in numbers)
    assert live.done < 1 << max(live.parts, 1)


def check_move(before: Live, flow: Flow, word: Word, now: Next) -> None:
    """What holds of every step from one state to the next, or to the end."""
    assert [event.delivery for event in now.events] in ([], [before.id])
    assert sum(outcome.final for outcome in now.outcomes) == (now.live is None)
    assert len(now.outcomes) <= 1
    if now.live is None:
        return
    live = now.live
    check_live(live, flow)
    if live is before:
        assert now.outcomes == ()
        return
    assert live.version == before.version + 1
    assert replace(live, version=before.version) != before
    assert (live.id, live.message, live.account, live.cls) == (before.id, before.message, before.account, before.cls)
    assert live.attempt - before.attempt in (0, 1)
    assert (live.round, live.struck) >= (before.round, 0)
    assert is_barred(live) >= is_barred(before)
    if live.attempt > before.attempt:
        assert not is_barred(before)
        assert live.stage is Stage.WAITING
        assert flow.effect(word.reason).move not in ENDS or word.retry
    assert {p.attempt for p in before.past} <= {p.attempt for p in live.past}


def check_end(before: Outcome, after: Outcome) -> None:
    """The first outcome stands: only what came afterwards is added, and nothing of it is lost."""
    assert after.final
    stands = replace(
        after, late=before.late, late_at=before.late_at, twice=before.twice, seen_at=before.seen_at
    )  # fmt: skip
    assert stands == before
    assert after.twice >= before.twice
    assert before.late_at in (0, after.late_at)
    assert before.seen_at in (0, after.seen_at)
    assert after is before or after != before


@given(flows, skips, st.lists(words, max_size=40))
@settings(max_examples=1000)
def test_anything_said_in_any_order(flow: Flow, skipped: dict[int, Reason], said: list[Spoken]) -> None:
    """Once with each word said twice: the second time changes nothing."""
    now = 3 * SECOND
    live, _, outcomes = begun(flow, skipped)
    ended = [outcome for outcome in outcomes if outcome.final]
    for after, template, others in said:
        now += after
        attempt = max(0, template.attempt + (live.attempt if live else ended[0].attempt))
        word = replace(template, attempt=attempt, at=now)
        if live is None:
            added, _ = after_end(ended[0], word)
            check_end(ended[0], added)
            assert after_end(added, word)[0] is added
            ended = [added]
            continue
        following = move(live, flow, word, now, others)
        check_move(live, flow, word, following)
        ended += [outcome for outcome in following.outcomes if outcome.final]
        if following.live is None:
            assert after_end(ended[0], word)[0] is ended[0]
        else:
            assert move(following.live, flow, word, now, others).live is following.live
        live = following.live
    assert len(ended) == (live is None)


@dataclass
class Engine:
    """Behaves as the engine does: hands over when due, gets one answer an attempt, and its clock always comes."""

    flow: Flow
    live: Live | None
    draw: st.DataObject
    now: int = 0
    said: int = 0
    returned: int = 0
    sent: list[int] = field(default_factory=list[int])
    final: list[Outcome] = field(default_factory=list[Outcome])

    def turn(self) -> None:
        """One word, as the stage asks for it."""
        assert self.live is not None
        word = {Stage.WAITING: self.hand_over, Stage.SENT: self.receive, Stage.HELD: self.ask}[self.live.stage](
            self.live
        )
        following = move(self.live, self.flow, word, self.now, self.draw.draw(st.integers(0, 2)))
        check_move(self.live, self.flow, word, following)
        self.final += [outcome for outcome in following.outcomes if outcome.final]
        self.live = following.live
        self.said += 1

    def hand_over(self, live: Live) -> Word:
        self.now = max(self.now, live.due_at) + self.draw.draw(st.integers(0, 10 * SECOND))
        if self.now >= live.step_until:
            return due_word(live, self.now)
        self.sent.append(live.attempt)
        answers = [Said.ACCEPTED, Said.ACCEPTED, Said.FAILED, Said.UNKNOWN, Said.SKIPPED, Said.DELIVERED]
        said = self.draw.draw(st.sampled_from(answers if self.returned > 3 else [*answers, Said.RETURNED]))
        self.returned += said is Said.RETURNED
        return self.word(said, live)

    def receive(self, live: Live) -> Word:
        said = self.draw.draw(st.sampled_from([None, Said.DELIVERED, Said.UNDELIVERED, Said.EXPIRED, Said.SEEN]))
        if said is None:
            self.now = max(self.now, live.due_at)
            return due_word(live, self.now)
        return self.word(said, live)

    def ask(self, live: Live) -> Word:
        reasons = [reason for reason in Reason if self.flow.effect(reason).move is not Move.HOLD]
        return self.word(Said.RESULT, live, reasons)

    def word(self, said: Said, live: Live, reasons: list[Reason] | None = None) -> Word:
        reason = self.draw.draw(st.sampled_from(reasons or list(Reason)))
        return Word(
            said, live.attempt, self.now, reason, parts=self.draw.draw(st.integers(1, 2)),
            retry=self.draw.draw(st.booleans()), after=self.draw.draw(st.sampled_from([0, 0, 2 * SECOND])),
        )  # fmt: skip


@given(flows, skips, st.data())
@settings(max_examples=250)
def test_every_delivery_ends(flow: Flow, skipped: dict[int, Reason], data: st.DataObject) -> None:
    live, _, outcomes = begun(flow, skipped)
    engine = Engine(flow, live, data, final=[outcome for outcome in outcomes if outcome.final])
    entries = flow.rounds * len(flow.steps) + len(flow.steps) + AGAIN_AT_MOST
    words_at_most = 3 * entries * (1 + RETRIES_AT_MOST) + 4
    while engine.live is not None:
        assert engine.said < words_at_most
        engine.turn()
    assert len(engine.final) == 1
    assert engine.sent == sorted(engine.sent)
    assert len(engine.sent) - len(set(engine.sent)) <= engine.returned


@given(flows, st.lists(st.tuples(st.integers(0, 5 * SECOND), st.integers(0, 1)), min_size=1, max_size=60))
def test_retries_stay_within_their_time(flow: Flow, failures: list[tuple[int, int]]) -> None:
    """Failing and failing again: all retries of a step lie between its first failure and `retry_for` after it."""
    live = begun(flow, {}).live
    now = since = 3 * SECOND
    for late, others in failures:
        assert live is not None
        now = max(now, live.due_at) + late
        since = since if live.tries else now
        word = Word(Said.FAILED, live.attempt, now, Reason.LINK_DOWN, retry=True)
        following = move(live, flow, word, now, others).live
        if following is None or following.stage is Stage.HELD:
            break
        if following.tries:
            assert following.tries == live.tries + 1
            assert now <= following.due_at < min(since + flow.retry_for, following.step_until)
            assert following.tries <= RETRIES_AT_MOST
        live = following


@given(st.integers(0, 2**63 - 1), st.integers(0, 100))
def test_backoff_doubles_to_a_minute_and_spreads(id_: int, tries: int) -> None:
    base = min(60, 2**tries) * SECOND
    assert base <= backoff(id_, tries) < base * 3 // 2


def test_backoff_differs_within_an_order() -> None:
    """The ids of one order differ by 256: their retries must not come all at once."""
    first = 1 << 60
    assert len({backoff(first + n * 256, 0) for n in range(256)}) > 150


def test_retries_of_one_delivery_differ() -> None:
    shares = {round(backoff(12345 << 22, tries) / min(60 * SECOND, SECOND << tries), 3) for tries in range(6)}
    assert len(shares) == 6


def test_an_ended_delivery_keeps_its_status() -> None:
    """For each way to end and each thing said then."""
    for status in (Status.DELIVERED, Status.SEEN, Status.EXPIRED, Status.FAILED, Status.CANCELLED):
        outcome = Outcome(1, 8, 2, status, Reason.REFUSED, "", 0, 0, "", 1, 5, 6)
        for said in Said:
            for attempt in (1, 2, 3):
                added, event = after_end(outcome, Word(said, attempt, 9, Reason.DELIVERED))
                check_end(outcome, added)
                assert (event.delivery, event.attempt, event.step) == (1, attempt, 0 if attempt == 2 else -1)
