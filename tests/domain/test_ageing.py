"""How an attempt ages: the table is total, and each cell says what it should."""

import pytest

from omnibound.domain.ageing import AGES, line
from omnibound.domain.live import Event, Note, Said, Word
from omnibound.domain.status import Reason, Status

P, S, D, SEEN = Status.PENDING, Status.SENT, Status.DELIVERED, Status.SEEN
E, F, C = Status.EXPIRED, Status.FAILED, Status.CANCELLED

# A row a thing said, a column a status: what the status becomes, and the first letters of what is odd.
COLUMNS = (P, S, D, SEEN, E, F, C)
TABLE = """
            P           S           D           SEEN        E           F           C
ACCEPTED    S           S/DOUB      D/LATE      SEEN/LATE   E/LATE      F/LATE      C/LATE
FAILED      F           F           D/CONT      SEEN/CONT   E/LATE      F/DOUB      C/LATE
RETURNED    P/RETU      S/CONT      D/CONT      SEEN/CONT   E/LATE      F/LATE      C/LATE
UNKNOWN     S/AMBI      S/DOUB      D/CONT      SEEN/CONT   E/LATE      F/LATE      C/LATE
ENROUTE     P/EARL      S           D/LATE      SEEN/LATE   E/LATE      F/LATE      C/LATE
DELIVERED   D/EARL      D           D/DOUB      SEEN/LATE   D/LATE      D/LATE      D/LATE
SEEN        SEEN/EARL   SEEN        SEEN        SEEN/DOUB   SEEN/LATE   SEEN/LATE   SEEN/LATE
UNDELIVERED F/EARL      F           D/CONT      SEEN/CONT   E/LATE      F/DOUB      C/LATE
EXPIRED     E/EARL      E           D/CONT      SEEN/CONT   E/DOUB      F/LATE      C/LATE
DUE         E           E           D           SEEN        E/LATE      F/LATE      C/LATE
RESULT      C           C           D/CONT      SEEN/CONT   E/LATE      F/LATE      C/LATE
SKIPPED     F           S/CONT      D/CONT      SEEN/CONT   E/LATE      F/LATE      C/LATE
LAST        P           S           D           SEEN/CONT   E/LATE      F/LATE      C/LATE
"""


LETTERS = {P: "P", S: "S", D: "D", SEEN: "SEEN", E: "E", F: "F", C: "C"}


def told(status: Status, note: Note) -> str:
    return LETTERS[status] if note is Note.NONE else f"{LETTERS[status]}/{note.name[:4]}"


def test_the_table_is_as_drawn() -> None:
    drawn = [row.split() for row in TABLE.strip().splitlines()[1:]]
    assert [[said.name, *(told(*AGES[status, said]) for status in COLUMNS)] for said in Said] == sorted(
        drawn, key=lambda row: Said[row[0]]
    )


def test_the_table_is_total() -> None:
    assert set(AGES) == {(status, said) for status in Status for said in Said}


@pytest.mark.parametrize(
    ("status", "said", "aged"),
    [
        pytest.param(P, Said.RETURNED, (P, Note.RETURNED), id="returned to us: as if nothing had been"),
        pytest.param(P, Said.UNKNOWN, (S, Note.AMBIGUOUS), id="the link died: it may be on its way"),
        pytest.param(P, Said.DELIVERED, (D, Note.EARLY), id="the receipt overtakes the acceptance"),
        pytest.param(D, Said.SEEN, (SEEN, Note.NONE), id="delivered, then opened"),
        pytest.param(SEEN, Said.DELIVERED, (SEEN, Note.LATE), id="opened, and only then told as delivered"),
        pytest.param(D, Said.UNDELIVERED, (D, Note.CONTRADICTION), id="a bounce does not undo an arrival"),
        pytest.param(E, Said.DELIVERED, (D, Note.LATE), id="given up, arrives nevertheless"),
        pytest.param(C, Said.DELIVERED, (D, Note.LATE), id="cancelled too late"),
    ],
)
def test_a_cell(status: Status, said: Said, aged: tuple[Status, Note]) -> None:
    assert AGES[status, said] == aged


@pytest.mark.parametrize("said", list(Said))
@pytest.mark.parametrize("status", [D, SEEN])
def test_what_has_arrived_stays_arrived(status: Status, said: Said) -> None:
    assert AGES[status, said][0].arrived


@pytest.mark.parametrize("said", list(Said))
@pytest.mark.parametrize("status", [E, F, C])
def test_what_is_over_is_only_undone_by_arriving(status: Status, said: Said) -> None:
    aged, note = AGES[status, said]
    assert aged is status or aged.arrived
    assert note in (Note.LATE, Note.DOUBLED)


def test_the_line_that_a_word_leaves() -> None:
    word = Word(Said.UNDELIVERED, 3, 99, Reason.ABSENT_SUBSCRIBER, "gsm:27", "carrier-a", 2, retry=True, after=5)
    assert line(11, 1, word, F, Note.EARLY) == Event(
        delivery=11, attempt=3, step=1, at=99, said=Said.UNDELIVERED, status=F, reason=Reason.ABSENT_SUBSCRIBER,
        detail="gsm:27", connector="carrier-a", part=2, note=Note.EARLY,
    )  # fmt: skip
