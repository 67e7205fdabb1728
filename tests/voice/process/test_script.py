"""What calls do by themselves: tables of what happens, the state that follows, and effects."""

import pytest

from omnibound.domain.action import Deed
from omnibound.voice.process import script
from omnibound.voice.process.script import KEY_WAIT_S, MOST_TURNS, Effect, HangUp, Hush, Say, State, Tell, Wait
from omnibound.wire.telephone import Choice, Dial

PLAY = Choice(on="1", do=Deed.PLAY, clip="/more")
REPEAT = Choice(on="2", do=Deed.REPEAT)
ASK = Choice(on="3", do=Deed.HTTP)
ASK_AND_THANK = Choice(on="4", do=Deed.HTTP, clip="/thanks")
LEAVE = Choice(on="5", do=Deed.HANG_UP)
LEAVE_WITH_WORDS = Choice(on="6", do=Deed.HANG_UP, clip="/bye")
OPT_OUT = Choice(on="9", do=Deed.OPT_OUT)
OPT_OUT_WITH_WORDS = Choice(on="*", do=Deed.OPT_OUT, clip="/sorry")
MENU = (PLAY, REPEAT, ASK, ASK_AND_THANK, LEAVE, LEAVE_WITH_WORDS, OPT_OUT, OPT_OUT_WITH_WORDS)
WAIT = Wait(KEY_WAIT_S)


def dial_of(*choices: Choice, repeat: int = 1) -> Dial:
    return Dial(call="7-1", trunk="t", number="48600100200", clip="/one", repeat=repeat, choices=choices)


def run(dial: Dial, happenings: str) -> tuple[State, list[list[Effect]]]:
    """The call answered, then: `.` a clip is over, `_` nobody pressed in time, anything else is a key."""
    state, effects = script.began(dial)
    told = [effects]
    for each in happenings:
        if each == ".":
            state, effects = script.played(dial, state)
        elif each == "_":
            state, effects = script.waited(dial, state)
        else:
            state, effects = script.pressed(dial, state, each)
        told.append(effects)
    return state, told


def end(do: Deed, clip: str = "") -> Choice:
    return Choice(on="end", do=do, clip=clip)


ROWS: dict[str, tuple[tuple[Choice, ...], str, list[list[Effect]]]] = {
    "nothing to choose": ((), ".", [[HangUp()]]),
    "a key that leads nowhere": (MENU, "7", [[]]),
    "nobody presses": (MENU, "._", [[WAIT], [HangUp()]]),
    "no wait is open": (MENU, "_", [[]]),
    "a key cuts off what plays": (MENU, "1", [[Say("/more")]]),
    "and its clip waits for keys again": (MENU, "1._", [[Say("/more")], [WAIT], [HangUp()]]),
    "a key in the wait": (MENU, ".1_", [[WAIT], [Say("/more")], []]),
    "from the beginning": (MENU, "12", [[Say("/more")], [Say("/one")]]),
    "asked, and nothing to say": (MENU, "3_", [[Tell(ASK, 1), Hush(), WAIT], [HangUp()]]),
    "asked, and thanked": (MENU, "4.", [[Tell(ASK_AND_THANK, 1), Say("/thanks")], [WAIT]]),
    "asked twice": (MENU, "33", [[Tell(ASK, 1), Hush(), WAIT], [Tell(ASK, 2), Hush(), WAIT]]),
    "sent away": (MENU, "51", [[HangUp()], []]),
    "sent away with words": (MENU, "61.", [[Say("/bye")], [], [HangUp()]]),
    "not again": (MENU, "91", [[Tell(OPT_OUT, 1), HangUp()], []]),
    "not again, with words": (MENU, "*3.", [[Tell(OPT_OUT_WITH_WORDS, 1), Say("/sorry")], [], [HangUp()]]),
    "the end plays once": ((end(Deed.PLAY, "/last"),), "..", [[Say("/last")], [HangUp()]]),
    "the end repeats once": ((end(Deed.REPEAT),), "..", [[Say("/one")], [HangUp()]]),
    "the end asks": ((end(Deed.HTTP),), ".", [[Tell(end(Deed.HTTP), 1), HangUp()]]),
    "the end opts out": ((end(Deed.OPT_OUT),), ".", [[Tell(end(Deed.OPT_OUT), 1), HangUp()]]),
    "the end comes after the wait": (
        (PLAY, end(Deed.HTTP)), "._", [[WAIT], [Tell(end(Deed.HTTP), 1), HangUp()]]
    ),
    "the end's clip waits for keys": (
        (PLAY, end(Deed.PLAY, "/last")), "._.1._", [[WAIT], [Say("/last")], [WAIT], [Say("/more")], [WAIT], [HangUp()]]
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ROWS)
def test_call(what: str) -> None:
    choices, happenings, effects = ROWS[what]
    _, told = run(dial_of(*choices), happenings)
    assert told == [[Say("/one")], *effects]


@pytest.mark.parametrize(("key", "opted_out"), [("9", True), ("*", True), ("5", False), ("3", False)])
def test_who_opted_out(key: str, opted_out: bool) -> None:
    state, _ = run(dial_of(*MENU), key)
    assert state.opted_out is opted_out


def test_repeats_are_as_many_as_at_first() -> None:
    dial = dial_of(REPEAT, repeat=3)
    assert run(dial, "2")[1] == [[Say("/one", 3)], [Say("/one", 3)]]


@pytest.mark.parametrize("key", ["1", "2", "3"])
def test_nobody_keeps_a_line_by_pressing_keys(key: str) -> None:
    state, told = run(dial_of(*MENU), key * (MOST_TURNS + 5))
    assert told[MOST_TURNS + 1 :] == [[HangUp()], [], [], [], []]
    assert (state.turn, state.leaving) == (MOST_TURNS, True)


def test_the_end_never_comes_for_ever() -> None:
    for do in Deed:
        _, told = run(dial_of(end(do, "" if do is Deed.REPEAT else "/x")), "." * 3)
        assert HangUp() in told[2]
