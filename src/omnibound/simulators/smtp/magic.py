"""The addresses to which something happens: by what stands before the first `+` or the @."""

import re
from typing import Final, NamedTuple


class Magic(NamedTuple):
    """What becomes of mail to such an address."""

    pattern: str
    meaning: str
    answers: str


REFUSE, CONTENT, BOUNCE, DELAY = "refuse", "content", "bounce", "delay"
COMPLAIN, OUT_OF_OFFICE = "complain", "away"
GREYLIST, BUSY, SLOW, HANG, DROP, DROP_LATE, SENDER = "greylist", "busy", "slow", "hang", "drop", "vanish", "sender"

MAGIC: Final[dict[str, Magic]] = {
    REFUSE: Magic("refuse+5.1.1@", "refused with this code", "`550 5.1.1` (or `450` for 4.x.x) to RCPT"),
    SENDER: Magic("sender+5.1.8@", "the sender is refused: of mail *from* such an address", "`550 5.1.8` to MAIL"),
    CONTENT: Magic("content+5.7.1@", "refused with this code when its content is known", "`554 5.7.1` to the content"),
    BOUNCE: Magic("bounce+5.1.1@", "taken; then a notification says that it failed so", "`250`"),
    DELAY: Magic("delay+4.4.1@", "taken; then a notification says that it is late", "`250`"),
    COMPLAIN: Magic("complain@", "taken; then a complaint comes (`complain+opt-out@`: of that type)", "`250`"),
    OUT_OF_OFFICE: Magic("away@", "taken; then an automatic reply comes", "`250`"),
    GREYLIST: Magic("greylist@", "not the first time; the second time it is taken", "`450 4.7.1`, then `250`"),
    BUSY: Magic("busy@", "the relay wants no more for now, the first time", "`421 4.3.2`, then `250`"),
    SLOW: Magic("slow@", "taken after `slow` seconds", "`250`, late"),
    HANG: Magic("hang@", "the content is never answered", "none"),
    DROP: Magic("drop@", "the link drops at RCPT", "none, the link is closed"),
    DROP_LATE: Magic("vanish@", "taken, but the link drops before the answer", "none, the link is closed"),
}
"""First word of an address -> what happens. Every other one is taken."""

_LOCAL: Final = re.compile(r"([a-z]+)(?:\+([0-9A-Za-z.-]+?))?(?:\+[^@]*)?@.*", re.DOTALL)


class Wish(NamedTuple):
    """What an address asks for, and with which word."""

    what: str
    word: str


def wish_of(address: str) -> Wish:
    """What an address asks for; nothing ("", "") for most."""
    found = _LOCAL.fullmatch(address.lower())
    return Wish(found[1], found[2] or "") if found and found[1] in MAGIC else Wish("", "")


def refusal(word: str, code: int = 550) -> str:
    """The answer with an enhanced code; 5.0.0 where the word is none."""
    enhanced = word if re.fullmatch(r"[45]\.\d{1,3}\.\d{1,3}", word) else "5.0.0"
    return f"{code if enhanced.startswith('5') else 450} {enhanced} as you wish"


def magic_table() -> str:
    """The table of docs/reference/simulators.md, in Markdown."""
    rows = [f"| `{magic.pattern}` | {magic.meaning} | {magic.answers} |" for magic in MAGIC.values()]
    return "\n".join(["| address | what happens | answers |", "|---|---|---|", *rows]) + "\n"
