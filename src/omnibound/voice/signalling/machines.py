"""The four transaction machines as tables (RFC 3261, 17, with RFC 6026's `accepted`): (state, event) -> what follows.

Events are `provisional`, `success` and `failure` (responses that come or are given), `request` (it came again), `ack`,
`broken` (the transport failed), `cancelled`, and timers by RFC 3261's letters; R resends a 2xx (13.3.1.4), and C
waits for the end of what was cancelled (9.1).
"""

from typing import Final, NamedTuple

import msgspec


class Step(NamedTuple):
    """The next state, and what is done: `send`, `ack`, `tell`, `give_up`, `stop` all timers, `+A` start timer A."""

    state: str
    actions: tuple[str, ...] = ()


Table = dict[tuple[str, str], Step]

END: Final = "terminated"

CLIENT_INVITE: Final[Table] = {
    ("", "begin"): Step("calling", ("send", "+A", "+B")),
    ("", "resume"): Step("proceeding"),
    ("calling", "A"): Step("calling", ("send", "+A")),
    ("calling", "B"): Step(END, ("give_up",)),
    ("calling", "broken"): Step(END, ("give_up",)),
    ("calling", "provisional"): Step("proceeding", ("stop", "tell")),
    ("calling", "success"): Step("accepted", ("stop", "+M", "tell")),
    ("calling", "failure"): Step("completed", ("stop", "ack", "+D", "tell")),
    ("proceeding", "provisional"): Step("proceeding", ("tell",)),
    ("proceeding", "success"): Step("accepted", ("stop", "+M", "tell")),
    ("proceeding", "failure"): Step("completed", ("stop", "ack", "+D", "tell")),
    ("proceeding", "cancelled"): Step("proceeding", ("+C",)),
    ("proceeding", "C"): Step(END, ("give_up",)),
    ("completed", "failure"): Step("completed", ("ack",)),
    ("completed", "D"): Step(END),
    ("accepted", "success"): Step("accepted", ("tell",)),
    ("accepted", "M"): Step(END),
}

CLIENT: Final[Table] = {
    ("", "begin"): Step("trying", ("send", "+E", "+F")),
    ("trying", "E"): Step("trying", ("send", "+E")),
    ("trying", "F"): Step(END, ("give_up",)),
    ("trying", "broken"): Step(END, ("give_up",)),
    ("trying", "provisional"): Step("proceeding", ("tell",)),
    ("trying", "success"): Step("completed", ("stop", "+K", "tell")),
    ("trying", "failure"): Step("completed", ("stop", "+K", "tell")),
    ("proceeding", "E"): Step("proceeding", ("send", "+E")),
    ("proceeding", "F"): Step(END, ("give_up",)),
    ("proceeding", "broken"): Step(END, ("give_up",)),
    ("proceeding", "provisional"): Step("proceeding", ("tell",)),
    ("proceeding", "success"): Step("completed", ("stop", "+K", "tell")),
    ("proceeding", "failure"): Step("completed", ("stop", "+K", "tell")),
    ("completed", "K"): Step(END),
}

SERVER_INVITE: Final[Table] = {
    ("", "begin"): Step("proceeding"),
    ("proceeding", "request"): Step("proceeding", ("send",)),
    ("proceeding", "provisional"): Step("proceeding", ("send",)),
    ("proceeding", "success"): Step("accepted", ("send", "+R", "+L")),
    ("proceeding", "failure"): Step("completed", ("send", "+G", "+H")),
    ("accepted", "R"): Step("accepted", ("send", "+R")),
    ("accepted", "request"): Step("accepted", ("send",)),
    ("accepted", "ack"): Step("confirmed", ("stop", "+I")),
    ("accepted", "L"): Step(END, ("give_up",)),
    ("completed", "request"): Step("completed", ("send",)),
    ("completed", "G"): Step("completed", ("send", "+G")),
    ("completed", "ack"): Step("confirmed", ("stop", "+I")),
    ("completed", "H"): Step(END),
    ("confirmed", "I"): Step(END),
}

SERVER: Final[Table] = {
    ("", "begin"): Step("trying"),
    ("trying", "provisional"): Step("proceeding", ("send",)),
    ("trying", "success"): Step("completed", ("send", "+J")),
    ("trying", "failure"): Step("completed", ("send", "+J")),
    ("proceeding", "request"): Step("proceeding", ("send",)),
    ("proceeding", "provisional"): Step("proceeding", ("send",)),
    ("proceeding", "success"): Step("completed", ("send", "+J")),
    ("proceeding", "failure"): Step("completed", ("send", "+J")),
    ("completed", "request"): Step("completed", ("send",)),
    ("completed", "J"): Step(END),
}


class Times(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """RFC 3261's three times, in seconds; all timers follow from them (its table 4)."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0

    def seconds(self, timer: str, rung: int, reliable: bool) -> float | None:
        """How long a timer runs that has rung so often; None: a reliable transport needs it not at all."""
        if timer in "AEG" and reliable:
            return None
        if timer in "DIJK" and reliable:
            return 0.0
        if timer == "A":
            return self.t1 * 2**rung
        if timer in "EGR":
            return min(self.t1 * 2 ** min(rung, 10), self.t2)
        return self.t4 if timer in "IK" else 64 * self.t1


def kind_of(status: int) -> str:
    """The event that a response is."""
    return "provisional" if status < 200 else "success" if status < 300 else "failure"
