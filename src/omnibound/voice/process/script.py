"""What a call does by itself once it is answered: what is played, what keys lead to, when it is hung up. Pure.

`began`, `pressed`, `played`, `waited` and `recognised` are what happens; each answers with the state that follows and
with effects, which are data: whoever has the telephone does them, in their order.

What is playing is cut off by a key that has a choice. When it is over and any key has a choice, one is waited for; then
the choice of the end is made, once a call; then it is hung up. After a key's choice without a clip the wait begins.

Where machines are listened for, nobody is hung up on before it is known who has answered, and what a machine is left
begins after its tone.
"""

from typing import Final, NamedTuple

from omnibound.domain.action import END, Deed
from omnibound.domain.call_outcome import Heard
from omnibound.domain.campaign import Machine
from omnibound.voice.media import LONGEST_VERDICT_S, Verdict
from omnibound.wire.telephone import Choice, Dial

KEY_WAIT_S: Final = 5.0
"""How long a key is waited for when all is said."""
TONE_WAIT_S: Final = 30.0
"""How long the tone of a machine is waited for."""
MOST_TURNS: Final = 20
"""Choices of one call; with the next one it is hung up, so that nobody keeps a line by pressing keys."""

_TOLD: Final = frozenset((Deed.HTTP, Deed.OPT_OUT))
"""What the server has to know of."""
_LAST: Final = frozenset((Deed.OPT_OUT, Deed.HANG_UP))
"""What nothing follows but the end of the call."""


class State(NamedTuple):
    """Where a call is. `turn` choices were made; `leaving`: nothing is chosen any more; `waits`: for a key."""

    turn: int = 0
    waits: bool = False
    leaving: bool = False
    at_end: bool = False
    """Whether the choice of the end is made."""
    opted_out: bool = False
    heard: Heard = Heard.NOT_ASKED
    """Who has answered, as far as it is known."""
    undecided: bool = False
    """All is said, but nobody knows to whom."""
    listens: bool = False
    """For the tone of a machine."""
    leaves: bool = False
    """Speaks to a machine that records."""
    left: bool = False
    """It has heard all."""


class Say(NamedTuple):
    """Play this clip, instead of what is playing."""

    clip: str
    repeat: int = 1


class Hush(NamedTuple):
    """Play nothing any more."""


class Wait(NamedTuple):
    """Say `waited` after so long, unless another effect comes before."""

    seconds: float


class Tell(NamedTuple):
    """The server has to know of this choice."""

    choice: Choice
    turn: int


class HangUp(NamedTuple):
    """End the call, as soon as the far end has heard what was sent."""


Effect = Say | Hush | Wait | Tell | HangUp
Next = tuple[State, list[Effect]]


def began(dial: Dial) -> Next:
    """It is answered."""
    return State(), [Say(dial.clip, dial.repeat)]


def pressed(dial: Dial, state: State, key: str) -> Next:
    """They pressed a key; one without a choice changes nothing."""
    choice = _choice(dial, key)
    if choice is None or state.leaving or state.heard is Heard.MACHINE:
        return state, []
    return _make(dial, state._replace(waits=False), choice)


def played(dial: Dial, state: State) -> Next:
    """What was played is over."""
    if state.leaves:
        return _hang_up(state._replace(left=True))
    return _hang_up(state) if state.leaving else _rest(dial, state)


def waited(dial: Dial, state: State) -> Next:
    """Nobody pressed a key in time, or nothing was heard of a machine."""
    if state.undecided or state.listens:
        return _hang_up(state)
    if not state.waits:
        return state, []
    return _end(dial, state._replace(waits=False))


def recognised(dial: Dial, state: State, verdict: Verdict) -> Next:
    """It is known who has answered, or a machine has begun to record."""
    if state.leaving:
        return state, []
    if verdict is Verdict.BEEP:
        return _leave(dial, state)
    heard = _HEARD.get(verdict, Heard.PERSON)
    undecided, state = state.undecided, state._replace(heard=heard, undecided=False)
    if heard is Heard.PERSON:
        return _hang_up(state) if undecided else (state, [])
    if heard is Heard.MACHINE and dial.machine is Machine.LEAVE:
        return state._replace(listens=True, waits=False), [Hush(), Wait(TONE_WAIT_S)]
    return _hang_up(state)


_HEARD: Final = {
    Verdict.MACHINE: Heard.MACHINE, Verdict.FAX: Heard.FAX, Verdict.MODEM: Heard.MODEM,
}  # fmt: skip
"""Who nobody is sure of is served as a person is."""


def _leave(dial: Dial, state: State) -> Next:
    if not state.listens:
        return state, []
    return state._replace(listens=False, leaves=True), [Say(dial.clip)]


def _make(dial: Dial, state: State, choice: Choice) -> Next:
    if state.turn == MOST_TURNS:
        return _hang_up(state)
    last = choice.do in _LAST
    state = state._replace(
        turn=state.turn + 1, leaving=last, opted_out=state.opted_out or choice.do is Deed.OPT_OUT
    )  # fmt: skip
    told: list[Effect] = [Tell(choice, state.turn)] if choice.do in _TOLD else []
    following, effects = _after(dial, state, choice)
    return following, told + effects


def _after(dial: Dial, state: State, choice: Choice) -> Next:
    if choice.do is Deed.REPEAT:
        return state, [Say(dial.clip, dial.repeat)]
    if choice.clip:
        return state, [Say(choice.clip)]
    if state.leaving or choice.on == END:
        return _hang_up(state)
    following, effects = _rest(dial, state)
    return following, [Hush(), *effects]


def _rest(dial: Dial, state: State) -> Next:
    """Nothing is to be said: a key is waited for, if one leads anywhere."""
    if any(choice.on != END for choice in dial.choices):
        return state._replace(waits=True), [Wait(KEY_WAIT_S)]
    return _end(dial, state)


def _end(dial: Dial, state: State) -> Next:
    choice = _choice(dial, END)
    if choice is None or state.at_end:
        return _finish(dial, state)
    return _make(dial, state._replace(at_end=True), choice)


def _finish(dial: Dial, state: State) -> Next:
    """Nothing is left to be done, but perhaps to hear who it is."""
    if dial.machine is Machine.NOTHING or state.heard is not Heard.NOT_ASKED:
        return _hang_up(state)
    return state._replace(undecided=True), [Wait(LONGEST_VERDICT_S)]


def _hang_up(state: State) -> Next:
    return state._replace(leaving=True), [HangUp()]


def _choice(dial: Dial, on: str) -> Choice | None:
    return next((choice for choice in dial.choices if choice.on == on), None)
