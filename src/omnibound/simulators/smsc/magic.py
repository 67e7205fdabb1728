"""The numbers to which something happens: by the last three digits of a destination."""

from typing import Final

from omnibound.simulators.smsc.fate import DELIVERED, EXPIRED, Fate, Report
from omnibound.wire.smpp import constants as c


def _undelivered(error: int) -> Report:
    return Report(word="UNDELIV", state=5, error=error)


_LATE: Final = Report(word="DELIVRD", state=2, after=10)
_SECOND: Final = Report(word="DELIVRD", state=2, after=2)

MAGIC: Final[dict[str, Fate]] = {
    "900": Fate(meaning="delivered late; expired, if its validity ends before", reports=(_LATE,)),
    "901": Fate(meaning="refused: invalid destination", status=c.RINVDSTADR),
    "902": Fate(meaning="absent subscriber", reports=(_undelivered(27),)),
    "903": Fate(meaning="expired", reports=(EXPIRED,)),
    "904": Fate(meaning="unknown subscriber", reports=(_undelivered(1),)),
    "905": Fate(meaning="its receipt comes twice", reports=(DELIVERED, DELIVERED)),
    "906": Fate(meaning="no receipt at all"),
    "907": Fate(meaning="the carrier does not know", reports=(Report(word="UNKNOWN", state=7),)),
    "908": Fate(meaning="throttled the first time", status=c.RTHROTTLED, once=True, reports=(DELIVERED,)),
    "909": Fate(meaning="its receipt comes before the response", receipt_first=True, reports=(DELIVERED,)),
    "910": Fate(meaning="taken, but the response is lost", answered=False, reports=(DELIVERED,)),
    "911": Fate(meaning="the link drops, and the message is lost", answered=False, drops_link=True, taken=False),
    "912": Fate(
        meaning="receipts that contradict each other",
        reports=(DELIVERED, Report(word="UNDELIV", state=5, error=27, after=2)),
    ),
    "913": Fate(meaning="rejected by the operator", reports=(Report(word="REJECTD", state=8, error=13),)),
    "914": Fate(meaning="first on its way, then delivered", reports=(Report(word="ENROUTE", state=1), _SECOND)),
    "915": Fate(meaning="the phone's memory is full", reports=(_undelivered(32),)),
    "916": Fate(meaning="a word that no specification has", reports=(Report(word="PERHAPS", state=42),)),
    "917": Fate(
        meaning="taken, but the link drops before the response; the receipt follows on another bind",
        answered=False,
        drops_link=True,
        reports=(DELIVERED,),
    ),
    "918": Fate(meaning="refused: system error", status=c.RSYSERR),
    "919": Fate(meaning="queue full the first time", status=c.RMSGQFUL, once=True, reports=(DELIVERED,)),
}
"""Last three digits -> fate. Every other message is delivered after the delay."""


def magic_table() -> str:
    """The table of docs/reference/simulators.md, in Markdown."""
    rows = [f"| `…{digits}` | {fate.meaning} | {_answer(fate)} | {_receipts(fate)} |" for digits, fate in MAGIC.items()]
    head = ["| destination | what happens | answer to submit_sm | receipts |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) + "\n"


def _answer(fate: Fate) -> str:
    if fate.drops_link:
        return "none, the link is closed"
    if not fate.answered:
        return "none"
    if not fate.status:
        return "ok"
    status = f"`0x{fate.status:02X}` {c.status_name(fate.status)}"
    return f"{status} once for each number, then ok" if fate.once else status


def _receipts(fate: Fate) -> str:
    told = [f"`{report.word} err:{report.error:03d}` {_when(report, fate)}" for report in fate.reports]
    return ", ".join(told) or "none"


def _when(report: Report, fate: Fate) -> str:
    if fate.receipt_first:
        return "at once"
    return "after the delay" if report.after == 1 else f"after {report.after:g} x the delay"
