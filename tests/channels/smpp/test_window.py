"""The window: what answers, time-outs and a lost link make of submits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.channels.smpp.parts import Part
from omnibound.channels.smpp.refusals import Refusals
from omnibound.channels.smpp.texts import Run, Texts
from omnibound.channels.smpp.window import Origin, Window
from omnibound.domain.facts import Accepted, Fact, Failed, Failure, Returned, Unknown
from omnibound.domain.status import Reason
from omnibound.wire.smpp import MAX_SEQUENCE, split
from tests.channels.smpp.peers import attempts, clock, settings

AT = 77
LONG = "word " * 80


def window(size: int = 10) -> Window:
    return Window(size, 60.0, Origin("a", "c", True), Refusals({}))


def runs(n: int = 1, text: str = "hello", first: int = 1, **given: Any) -> list[Run]:
    made, failed = Texts(settings(**given), "SMS").runs(attempts(n, text, first), clock())
    assert not failed
    return made


def written(out: list[bytes]) -> list[int]:
    """The sequence numbers of what was written."""
    return [sequence for _, _, sequence, _ in split(b"".join(out))[0]]


def answer(w: Window, sequence: int, status: int = 0, name: str = "x") -> list[Fact]:
    facts: list[Fact] = []
    w.answered(facts, status, sequence, name.encode() + b"\0", AT)
    return facts


def unknown(delivery: int, why: str) -> Unknown:
    return Unknown(delivery, 1, "a", why, AT, True)


def accepted(delivery: int, *ids: str) -> Accepted:
    return Accepted(delivery, 1, "a", "c", ids, AT)


# -- One part ----------------------------------------------------------------------------------------------------


def test_accepted_once() -> None:
    w = window()
    out, refused = w.submit(runs(3), 0.0)
    assert (written(out), refused, len(out), len(w), w.room(), w.room(0.8)) == ([1, 2, 3], [], 1, 3, 7, 5)
    assert answer(w, 2, name="id-2") == [accepted(2, "id-2")]
    assert answer(w, 2) == []
    assert answer(w, 99) == []
    assert (len(w), w.strange) == (2, 2)


@pytest.mark.parametrize(
    ("status", "reason", "retry"),
    [
        (0x0B, Reason.INVALID_ADDRESS, False),
        (0x0A, Reason.INVALID_SENDER, False),
        (0x08, Reason.PROVIDER_ERROR, True),
        (0x45, Reason.REFUSED, False),
        (0x444, Reason.REFUSED, False),
    ],
)
def test_refused(status: int, reason: Reason, retry: bool) -> None:
    w = window()
    w.submit(runs(), 0.0)
    (fact,) = answer(w, 1, status)
    assert fact == Failed(1, 1, "a", Failure(reason, f"smpp:0x{status:02x}"), AT)
    assert isinstance(fact, Failed)
    assert fact.failure.temporary is retry


@pytest.mark.parametrize("status", [0x14, 0x58])
def test_throttled_uses_up_nothing(status: int) -> None:
    w = window()
    w.submit(runs(), 0.0)
    assert answer(w, 1, status) == [Returned(1, 1, "a", f"throttled smpp:0x{status:02x}", AT)]
    assert (w.slowed, w.forgotten, len(w)) == (True, False, 0)


def test_a_forgotten_bind_gives_back() -> None:
    w = window()
    w.submit(runs(), 0.0)
    assert answer(w, 1, 0x04) == [Returned(1, 1, "a", "link_down smpp:0x04", AT)]
    assert (w.slowed, w.forgotten) == (False, True)


def test_what_has_no_room_is_not_taken() -> None:
    w = window(2)
    out, refused = w.submit(runs(5), 0.0)
    assert (written(out), [a.delivery for run in refused for a in run.attempts]) == ([1, 2], [3, 4, 5])
    assert w.submit(runs(1, first=9), 0.0)[0] == []


def test_no_answer_in_time_then_a_late_one() -> None:
    w = window()
    w.submit(runs(2), 0.0)
    w.submit(runs(1, first=3), 30.0)
    assert w.deadline() == 60.0
    assert w.expired(59.9, AT) == []
    assert w.expired(60.0, AT) == [unknown(1, "no answer in time"), unknown(2, "no answer in time")]
    assert (w.deadline(), len(w)) == (90.0, 1)
    assert answer(w, 1, 0x08) == []
    assert answer(w, 2, name="late") == [accepted(2, "late")]
    assert answer(w, 2, name="late") == []


def test_near_deadlines_are_one() -> None:
    w = window()
    for at in (0.0, 0.1, 0.2, 0.4):
        w.submit(runs(), at)
    assert len(w._written) == 2


def test_lost_link_gives_everything_back() -> None:
    w = window()
    w.submit(runs(2), 0.0)
    answer(w, 1)
    assert w.lost("gone", AT) == [unknown(2, "gone")]
    assert (len(w), w.lost("gone", AT), w.deadline()) == (0, [], None)


def test_numbers_go_round() -> None:
    w = window()
    w._next = MAX_SEQUENCE - 1
    assert written(w.submit(runs(2), 0.0)[0]) == [MAX_SEQUENCE - 1, MAX_SEQUENCE]
    w._next = MAX_SEQUENCE
    assert written(w.submit(runs(2), 0.0)[0]) == [1, 2]


# -- Several parts -----------------------------------------------------------------------------------------------


def test_all_parts_accepted() -> None:
    w = window()
    out, _ = w.submit(runs(1, LONG), 0.0)
    assert (written(out), len(w)) == ([1, 2, 3], 3)
    assert answer(w, 3, name="c") == []
    assert answer(w, 1, name="a") == []
    assert answer(w, 2, name="b") == [accepted(1, "a", "b", "c")]


def test_one_part_refused_fails_once() -> None:
    w = window()
    w.submit(runs(1, LONG), 0.0)
    assert answer(w, 1) == []
    assert answer(w, 2, 0x0B) == [Failed(1, 1, "a", Failure(Reason.INVALID_ADDRESS, "smpp:0x0b"), AT)]
    assert answer(w, 3, 0x0B) == []
    assert len(w) == 0


def test_all_parts_throttled_come_back_once() -> None:
    w = window()
    w.submit(runs(1, LONG), 0.0)
    assert [answer(w, 1, 0x58), answer(w, 2, 0x58)] == [[], []]
    assert answer(w, 3, 0x58) == [Returned(1, 1, "a", "throttled smpp:0x58", AT)]
    assert len(w) == 0


@pytest.mark.parametrize(
    "order", [[(1, 0), (2, 0x58), (3, 0)], [(2, 0x58), (1, 0), (3, 0)], [(3, 0), (1, 0), (2, 0x14)]]
)
def test_a_throttled_part_goes_again_alone(order: list[tuple[int, int]]) -> None:
    w = window()
    out, _ = w.submit(runs(1, LONG), 0.0)
    second = split(out[1])[0][0][3]
    for sequence, status in order:
        assert answer(w, sequence, status, f"id{sequence}") == []
    facts: list[Fact] = []
    again = w.flush(1.0, AT, facts)
    assert (facts, [(pdu[2], pdu[3]) for pdu in split(b"".join(again))[0]]) == ([], [(4, second)])
    assert answer(w, 4, name="id2") == [accepted(1, "id1", "id2", "id3")]


def test_a_throttled_part_whose_validity_is_over_has_expired() -> None:
    w = window()
    w.submit(runs(1, LONG), 0.0)
    for sequence, status in ((1, 0), (2, 0), (3, 0x58)):
        answer(w, sequence, status)
    facts: list[Fact] = []
    later = clock() + 999 * 3_600_000_000
    assert w.flush(1.0, later, facts) == []
    assert facts == [Failed(1, 1, "a", Failure(Reason.EXPIRED), later)]


def test_more_parts_than_room_wait() -> None:
    w = window(2)
    out, _ = w.submit(runs(1, LONG), 0.0)
    assert (written(out), len(w.pending), len(w.waiting), w.room()) == ([1, 2], 2, 1, 0)
    answer(w, 1, name="a")
    assert written(w.flush(0.0, AT, [])) == [3]
    answer(w, 2, name="b")
    assert answer(w, 3, name="c") == [accepted(1, "a", "b", "c")]


def test_a_waiting_part_of_a_failed_attempt_never_goes() -> None:
    w = window(2)
    w.submit(runs(1, LONG), 0.0)
    answer(w, 1, 0x45)
    answer(w, 2)
    assert (w.flush(0.0, AT, []), len(w)) == ([], 0)


def test_lost_link_in_the_middle_of_parts() -> None:
    w = window(4)
    w.submit(runs(2, LONG), 0.0)
    answer(w, 1)
    assert w.lost("gone", AT) == [unknown(1, "gone"), unknown(2, "gone")]


def test_parts_that_time_out_are_told_once_and_may_still_be_accepted() -> None:
    w = window()
    w.submit(runs(1, LONG), 0.0)
    answer(w, 1, name="a")
    assert w.expired(60.0, AT) == [unknown(1, "no answer in time")]
    assert answer(w, 3, name="c") == []
    assert answer(w, 2, name="b") == [accepted(1, "a", "b", "c")]


# -- Whatever happens --------------------------------------------------------------------------------------------

acts = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.integers(1, 6), st.booleans()),
        st.tuples(st.just("answer"), st.integers(0, 20), st.sampled_from([0, 0, 0, 0x58, 0x0B, 0x08, 0x04])),
        st.tuples(st.just("expire"), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("lose"), st.just(0), st.just(0)),
    ),
    max_size=40,
)


@given(acts, st.integers(1, 7))
def test_each_attempt_comes_back_once_and_the_window_holds(story: list[tuple[str, int, int]], size: int) -> None:
    w, facts, sent, now = window(size), list[Fact](), set[int](), 0.0
    for act, n, more in story:
        now += 1.0
        if act == "send":
            made = runs(n, LONG if more else "short", first=len(sent) + 1000)
            refused = {a.delivery for run in w.submit(made, now)[1] for a in run.attempts}
            sent |= {a.delivery for run in made for a in run.attempts} - refused
        elif act == "answer" and w.pending:
            w.answered(facts, more, sorted(w.pending)[n % len(w.pending)], b"id\0", AT)
        elif act == "expire":
            facts += w.expired(now + 60 * n, AT)
        elif act == "lose":
            facts += w.lost("gone", AT)
        w.flush(now, AT, facts)
        assert len(w.pending) <= size
    facts += w.lost("end", AT)
    told = [f.delivery for f in facts if isinstance(f, Accepted | Failed | Returned | Unknown)]
    first_words = dict.fromkeys(told)
    assert set(first_words) == sent
    # Only an Unknown may be followed by another word: the late answer.
    for delivery in first_words:
        words = [f for f in facts if getattr(f, "delivery", 0) == delivery]
        assert len(words) == 1 or [type(f) for f in words] == [Unknown, Accepted]


def test_part_encodes_itself() -> None:
    w = window()
    out, _ = w.submit(runs(1, LONG), 0.0)
    part = w.pending[2]
    assert isinstance(part, Part)
    assert part.encode(2) == out[1]
