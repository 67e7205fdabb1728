"""The numbers to which something happens: by the last three digits of the number that is called."""

from typing import Final

import msgspec


class Fate(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What becomes of a call. `meaning` is for the documentation; times are in seconds."""

    meaning: str
    trying: bool = True
    """Whether 100 is answered at once."""
    rings: tuple[int, ...] = (180,)
    """Provisional responses, in this order."""
    early: bool = False
    """A description in the last of them: sound before the answer."""
    reliable: bool = False
    """They want a PRACK (RFC 3262), and the answer waits for it."""
    status: int = 200
    """The final response; 0: none, until it is cancelled."""
    cause: int = 0
    """Q.850's cause beside it."""
    retry_after: int = 0
    ring: float = 1
    """How long it rings, times the setting."""
    phones: int = 1
    """How many phones ring and answer (forking)."""
    crosses: bool = False
    """Answers when it is cancelled."""
    hang_up_after: float = 0
    """From the answer until the callee hangs up; 0: never."""
    bye_first: bool = False
    """Hangs up before its answer is acknowledged."""
    hold_after: float = 0
    """From the answer until it puts the caller on hold, and as long again until it takes it back."""
    keys: tuple[tuple[float, str], ...] = ()
    """What it presses: each so long after the answer."""
    deaf_to_bye: bool = False
    interval: int = 0
    """Session-Expires in its answer, to be refreshed by the caller."""


MAGIC: Final[dict[str, Fate]] = {
    "900": Fate(meaning="answered late", ring=20),
    "901": Fate(meaning="no such number", rings=(), status=404, cause=1),
    "902": Fate(meaning="busy", rings=(), status=486, cause=17),
    "903": Fate(meaning="nobody answers", status=0),
    "904": Fate(meaning="declined", status=603, cause=21),
    "905": Fate(meaning="switched off", rings=(), status=480, cause=20),
    "906": Fate(meaning="answered, and hung up by the callee", hang_up_after=0.5),
    "907": Fate(meaning="the network is overloaded", rings=(), status=503, cause=34, retry_after=5),
    "908": Fate(meaning="an announcement before the answer", rings=(183,), early=True),
    "909": Fate(meaning="answered without ringing", rings=()),
    "910": Fate(meaning="no reply at all", trying=False, rings=(), status=0),
    "911": Fate(meaning="taken, but nothing rings", rings=(), status=0),
    "912": Fate(meaning="answered, but BYE is never answered", deaf_to_bye=True),
    "913": Fate(meaning="disconnected number", rings=(), status=410, cause=22),
    "914": Fate(meaning="calls from us are marked as unwanted", status=607),
    "915": Fate(meaning="puts the caller on hold and back", hold_after=0.5),
    "916": Fate(meaning="answered at the moment in which it is cancelled", status=0, crosses=True),
    "917": Fate(meaning="two phones answer", phones=2),
    "918": Fate(meaning="reliable ringing", rings=(183,), early=True, reliable=True),
    "919": Fate(meaning="no codec in common", rings=(), status=488),
    "920": Fate(meaning="hung up before the answer is acknowledged", bye_first=True),
    "921": Fate(meaning="forwarded elsewhere", rings=(), status=302),
    "922": Fate(meaning="barred", rings=(), status=403, cause=57),
    "923": Fate(meaning="a session that has to be refreshed", interval=90),
    "924": Fate(meaning="presses 1, and 9 two seconds later", keys=((1.5, "1"), (3.5, "9"))),
}
"""Last three digits -> fate. Every other call rings and is answered."""

ANSWERED: Final = Fate(meaning="rings and is answered")


def magic_table() -> str:
    """The table of docs/reference/simulators.md, in Markdown."""
    rows = [f"| `…{digits}` | {fate.meaning} | {_answers(fate)} |" for digits, fate in MAGIC.items()]
    return "\n".join(["| number | what happens | answers |", "|---|---|---|", *rows]) + "\n"


def _answers(fate: Fate) -> str:
    first = ["100"] if fate.trying else []
    cause = f" (Q.850 {fate.cause})" if fate.cause else ""
    last = (
        [f"{fate.status}{cause}"] if fate.status else ["487 when cancelled"] if fate.trying and not fate.crosses else []
    )
    last = ["200 when cancelled"] if fate.crosses else last
    return ", ".join([*first, *map(str, fate.rings), *last]) or "none"
