"""What calls do when it is known who has answered: tables of what happens, and the effects that follow."""

import pytest

from omnibound.domain.action import Deed
from omnibound.domain.call_outcome import Heard
from omnibound.domain.campaign import Machine
from omnibound.voice.media import LONGEST_VERDICT_S, Verdict
from omnibound.voice.process import script
from omnibound.voice.process.script import KEY_WAIT_S, TONE_WAIT_S, Effect, HangUp, Hush, Say, State, Wait
from omnibound.wire.telephone import Choice, Dial

MORE = Choice(on="1", do=Deed.PLAY, clip="/more")
HANG_UP, LEAVE = Machine.HANG_UP, Machine.LEAVE
UNDECIDED = Wait(LONGEST_VERDICT_S)
TONE = [Hush(), Wait(TONE_WAIT_S)]
VERDICTS = {
    "P": Verdict.PERSON, "M": Verdict.MACHINE, "F": Verdict.FAX, "D": Verdict.MODEM, "U": Verdict.UNSURE,
    "B": Verdict.BEEP,
}  # fmt: skip


def run(machine: Machine, happenings: str, *choices: Choice) -> tuple[State, list[list[Effect]]]:
    """`.` a clip is over, `_` a wait is over, a digit is a key, a letter a verdict."""
    dial = Dial(call="7-1", trunk="t", number="48600100200", clip="/one", choices=choices, machine=machine)
    state, told = script.began(dial)[0], list[list[Effect]]()
    for each in happenings:
        if each in VERDICTS:
            state, effects = script.recognised(dial, state, VERDICTS[each])
        elif each == ".":
            state, effects = script.played(dial, state)
        elif each == "_":
            state, effects = script.waited(dial, state)
        else:
            state, effects = script.pressed(dial, state, each)
        told.append(effects)
    return state, told


ROWS: dict[str, tuple[Machine, str, list[list[Effect]], Heard, bool]] = {
    "a person hears all": (HANG_UP, "P.", [[], [HangUp()]], Heard.PERSON, False),
    "nobody is sure": (HANG_UP, "U.", [[], [HangUp()]], Heard.PERSON, False),
    "said before it is known": (HANG_UP, ".P", [[UNDECIDED], [HangUp()]], Heard.PERSON, False),
    "said, and never known": (HANG_UP, "._", [[UNDECIDED], [HangUp()]], Heard.NOT_ASKED, False),
    "a machine is hung up on": (HANG_UP, "M", [[HangUp()]], Heard.MACHINE, False),
    "and its tone says no more": (HANG_UP, "MB", [[HangUp()], []], Heard.MACHINE, False),
    "a fax": (LEAVE, "F", [[HangUp()]], Heard.FAX, False),
    "a modem": (HANG_UP, "D", [[HangUp()]], Heard.MODEM, False),
    "a fax that talked first": (LEAVE, "PF", [[], [HangUp()]], Heard.FAX, False),
    "a machine is told after its tone": (LEAVE, "MB.", [TONE, [Say("/one")], [HangUp()]], Heard.MACHINE, True),
    "and hangs up before the end": (LEAVE, "MB", [TONE, [Say("/one")]], Heard.MACHINE, False),
    "a machine without a tone": (LEAVE, "M_", [TONE, [HangUp()]], Heard.MACHINE, False),
    "known after all is said": (LEAVE, ".MB.", [[UNDECIDED], TONE, [Say("/one")], [HangUp()]], Heard.MACHINE, True),
    "a person's tone is nothing": (LEAVE, "PB.", [[], [], [HangUp()]], Heard.PERSON, False),
}


@pytest.mark.parametrize("what", ROWS)
def test_verdicts(what: str) -> None:
    machine, happenings, effects, heard, left = ROWS[what]
    state, told = run(machine, happenings)
    assert (told, state.heard, state.left) == (effects, heard, left)


def test_machines_press_no_keys() -> None:
    _, told = run(LEAVE, "M1B", MORE)
    assert told == [TONE, [], [Say("/one")]]


def test_a_person_may_press_keys_before_it_is_known() -> None:
    _, told = run(LEAVE, "1P._", MORE)
    assert told == [[Say("/more")], [], [Wait(KEY_WAIT_S)], [HangUp()]]
