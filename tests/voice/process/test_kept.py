"""Events that nobody has acknowledged: of a dead process its ends and its choices are left until they are."""

from pathlib import Path

import pytest

from omnibound.domain.action import Deed
from omnibound.voice.process.kept import REWRITE_AFTER, Kept
from omnibound.wire.telephone import Chosen, Ended, Event, Ringing
from tests.disks import fill, small_disk


def ended(number: int) -> Ended:
    return Ended(number=number, call=f"{number}-1", trunk="t", at=5, why="hung_up", who="callee", sip=200)


def chosen(number: int) -> Chosen:
    return Chosen(number=number, call=f"{number}-1", trunk="t", at=5, on="9", do=Deed.OPT_OUT, turn=1, digits="9")


def left_in(path: Path) -> list[Event]:
    kept = Kept(path)
    kept.close()
    return kept.events


RINGING = Ringing(number=1, call="3-1", trunk="t", at=4, sip=180)


def test_kept_until_acknowledged(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "ends")
    for event in (RINGING, ended(2), ended(3)):
        kept.add(event)
    kept.drop([2, 99])
    kept.close()
    assert kept.events == [RINGING, ended(3)]
    assert (kept.has_end("2-1"), kept.has_end("3-1"), len(kept)) == (False, True, 2)


def test_successor_knows_the_ends(tmp_path: Path) -> None:
    path = tmp_path / "ends"
    kept = Kept(path)
    for event in (RINGING, ended(2), ended(3), chosen(4), chosen(5)):
        kept.add(event)
    kept.drop([2, 5])
    kept.close()
    with path.open("a") as file:
        file.write('{"event": {"number": 6, "ca')
    assert left_in(path) == [ended(3), chosen(4)]
    # A choice is no end: the call of the one may go on.
    kept = Kept(path)
    kept.close()
    assert (kept.has_end("3-1"), kept.has_end("4-1")) == (True, False)


def test_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "ends"
    kept = Kept(path)
    for number in range(2, 2 * REWRITE_AFTER):
        kept.add(ended(number))
        kept.drop([number])
    kept.close()
    assert path.read_text().count("\n") <= REWRITE_AFTER
    assert left_in(path) == []


@pytest.mark.slow
@pytest.mark.parametrize("many", [1, 100, 2 * REWRITE_AFTER], ids=["one", "more than a buffer", "more than a file"])
def test_what_a_full_disk_did_not_take_is_written_later(tmp_path: Path, many: int) -> None:
    with small_disk(tmp_path / "disk", "1m"):
        path = tmp_path / "disk" / "ends"
        kept = Kept(path)
        kept.add(ended(2))
        filler = fill(path.parent)
        for number in range(3, 3 + many):
            kept.add(ended(number))
            kept.drop([number - 1])
        assert kept.events == [ended(2 + many)]
        filler.unlink()
        kept.add(ended(9_999))
        # As a process that is killed: nothing is closed.
        assert left_in(path) == [ended(2 + many), ended(9_999)]
        kept.close()
