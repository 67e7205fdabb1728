"""Fold what one commit writes: a row that comes and goes in it is not written, one that moves twice moves once."""

from collections.abc import Sequence

from omnibound.domain.changes import Changes, InFlight, gather
from omnibound.domain.live import Live
from omnibound.ports.store import Stale


def fold(works: Sequence[Changes]) -> Changes:
    """One `Changes` that leaves the tables as these would one after another, and writes each changing row once.

    Where a carrier says soon what became of a message, acceptance and end of most are in one commit. Raises Stale when
    one of them goes on from another version of a live row than the one before has left.
    """
    whole = gather(works)
    if len(works) > 1:
        whole.moved, whole.ended = _moves(whole)
        whole.inflight, whole.landed = _flights(works)
        whole.amended = list({(outcome.delivery, outcome.attempt): outcome for outcome in whole.amended}.values())
    return whole


def _moves(whole: Changes) -> tuple[list[tuple[Live, int, int]], list[tuple[int, int]]]:
    """Of a live row's moves the last, or its end, from the version at which the first began."""
    moved: dict[int, tuple[Live, int, int]] = {}
    for row in whole.moved:
        live, owner, was = row
        before = moved.get(live.id)
        moved[live.id] = row if before is None else (live, owner, _begun(before, was))
    ended: list[tuple[int, int]] = []
    for end in whole.ended:
        before = moved.pop(end[0], None)
        ended.append(end if before is None else (end[0], _begun(before, end[1])))
    return list(moved.values()), ended


def _begun(before: tuple[Live, int, int], was: int) -> int:
    live, _, begun = before
    if live.version != was:
        raise Stale("a live row was changed in the same commit")
    return begun


def _flights(works: Sequence[Changes]) -> tuple[list[InFlight], list[tuple[str, str]]]:
    """A carrier's id that is freed in the same commit is not kept; one that is freed and used again is replaced."""
    flights: dict[tuple[str, str], InFlight] = {}
    landed: dict[tuple[str, str], None] = {}
    for work in works:
        for key in work.landed:
            if flights.pop(key, None) is None:
                landed[key] = None
        for flight in work.inflight:
            flights[flight.carrier, flight.provider_id] = flight
    return list(flights.values()), [key for key in landed if key not in flights]
