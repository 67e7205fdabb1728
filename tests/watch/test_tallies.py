"""Commits are counted as lists: by connector and reason, with the times of a sample."""

from omnibound.domain.changes import Changes, HandOverList
from omnibound.domain.live import Event, Note, Outcome, Said
from omnibound.domain.status import Reason, Status
from omnibound.watch.tallies import PROBES_AT_MOST, SAMPLE, Tallies

MS = 1_000


def event(
    delivery: int, said: Said, at: int = 0, reason: Reason = Reason.UNKNOWN, *, attempt: int = 0, connector: str = "a"
) -> Event:
    return Event(delivery, attempt, 0, at, said, Status.SENT, reason, "", connector, 0, Note.NONE)


def outcome(
    delivery: int,
    sent_at: int,
    done_at: int,
    status: Status = Status.DELIVERED,
    *,
    final: bool = True,
    connector: str = "a",
) -> Outcome:
    return Outcome(delivery, 1, 0, status, Reason.DELIVERED, "", 0, 0, connector, 1, sent_at, done_at, final=final)


def handed(*deliveries: int, at: int = 0, id_: int = 1) -> Changes:
    return Changes(handovers=[HandOverList(id_, 1, "a", [(each, 0) for each in deliveries], at)])


def tallied(*many: Changes) -> Tallies:
    tallies = Tallies()
    for changes in many:
        tallies.committed(changes, 0.01)
    return tallies


def test_words_by_connector_and_reason() -> None:
    tallies = tallied(
        Changes(
            events=[
                event(1, Said.ACCEPTED, reason=Reason.ACCEPTED),
                event(2, Said.ACCEPTED, reason=Reason.ACCEPTED, connector="b"),
                event(3, Said.FAILED, reason=Reason.REFUSED),
                event(4, Said.FAILED, reason=Reason.REFUSED),
                event(5, Said.FAILED, reason=Reason.PROVIDER_ERROR),
                event(6, Said.UNKNOWN, reason=Reason.AMBIGUOUS),
            ]
        ),
        Changes(events=[event(1, Said.DELIVERED, reason=Reason.DELIVERED)]),
    )
    assert tallies.words == {
        ("a", Said.ACCEPTED, Reason.ACCEPTED): 1,
        ("b", Said.ACCEPTED, Reason.ACCEPTED): 1,
        ("a", Said.FAILED, Reason.REFUSED): 2,
        ("a", Said.FAILED, Reason.PROVIDER_ERROR): 1,
        ("a", Said.UNKNOWN, Reason.AMBIGUOUS): 1,
        ("a", Said.DELIVERED, Reason.DELIVERED): 1,
    }
    assert tallies.said(Said.FAILED, Said.UNKNOWN) == {"a": 4}
    assert tallies.said(Said.ACCEPTED) == {"a": 1, "b": 1}


def test_ends_are_final() -> None:
    ends = [outcome(1, 5, 9), outcome(2, 5, 9, Status.FAILED), outcome(3, 5, 9, final=False)]
    assert tallied(Changes(outcomes=ends)).ends == {
        ("a", Status.DELIVERED, Reason.DELIVERED): 1,
        ("a", Status.FAILED, Reason.DELIVERED): 1,
    }
    assert tallied(Changes(outcomes=ends)).ended(Status.FAILED) == {"a": 1}


def test_numbers_of_rows() -> None:
    tallies = tallied(handed(1, 2), Changes(matched=[1, 2], unmatched=[], landed=[("a", "1")]))
    assert (tallies.matched, tallies.unmatched, tallies.taken, tallies.inbound) == (2, 0, 0, 0)
    assert (tallies.commit_rows.count, tallies.commit_rows.sum) == (2, 1 + 3)
    assert (tallies.commit_s.count, tallies.commit_s.sum) == (2, 0.02)


def test_the_carriers_answer_is_timed_from_the_hand_over() -> None:
    tallies = tallied(handed(1, at=5 * MS), Changes(events=[event(1, Said.ACCEPTED, 9 * MS)]))
    assert (tallies.submit_s["a"].count, tallies.submit_s["a"].sum) == (1, 0.004)


def test_an_answer_is_timed_once() -> None:
    tallies = tallied(handed(1), *[Changes(events=[event(1, Said.ACCEPTED, 9 * MS)])] * 2)
    assert tallies.submit_s["a"].count == 1


def test_answer_and_receipt_in_one_commit() -> None:
    both = Changes(events=[event(1, Said.ACCEPTED, 4 * MS), event(1, Said.DELIVERED, 9 * MS)])
    assert tallied(handed(1), both).submit_s["a"].sum == 0.004


def test_what_another_attempt_was_told_is_no_answer() -> None:
    tallies = tallied(handed(1), Changes(events=[event(1, Said.ACCEPTED, 9, attempt=1)]))
    assert not tallies.submit_s


def test_a_list_is_timed_by_a_sample_that_stands_for_all() -> None:
    numbers = range(1, 1_601)
    answers = Changes(events=[event(each, Said.ACCEPTED, 4 * MS) for each in numbers])
    ends = Changes(outcomes=[outcome(each, 1_000_000, 3_000_000) for each in numbers])
    tallies = tallied(handed(*numbers), answers, ends)
    assert abs(tallies.submit_s["a"].count - 1_600) <= 1_600 / SAMPLE
    assert abs(tallies.receipt_s["a"].count - 1_600) <= 1_600 / SAMPLE
    assert tallies.receipt_s["a"].sum / tallies.receipt_s["a"].count == 2


def test_what_our_clock_ended_was_told_by_nobody() -> None:
    assert not tallied(Changes(outcomes=[outcome(1, 5, 9, Status.EXPIRED), outcome(2, 0, 9)])).receipt_s


def test_what_is_never_answered_does_not_grow_for_ever() -> None:
    tallies = Tallies()
    for number in range(PROBES_AT_MOST + 2):
        tallies.committed(handed(number), 0)
    tallies.committed(Changes(events=[event(1, Said.ACCEPTED, 9)]), 0)
    assert not tallies.submit_s


def test_requests() -> None:
    tallies = Tallies()
    tallies.requested("native", 200, 0.5)
    tallies.requested("native", 200, 0.5)
    tallies.requested("native", 404, 0.5)
    assert tallies.requests == {("native", 200): 2, ("native", 404): 1}
    assert (tallies.request_s["native"].count, tallies.request_s["native"].sum) == (3, 1.5)
