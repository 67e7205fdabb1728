"""What an engine takes on: by costs that are measured, with a clock and a processor turned by hand."""

from omnibound.voice.media.load import LEAST, MOST, Load


class Machine:
    """Time, and what the process has used of it."""

    def __init__(self) -> None:
        self.now = 50.0
        self.used = 7.0
        self.load = Load(lambda: self.now, lambda: self.used)

    def second(
        self, *, changes: int = 0, sound_s: float = 0, other_s: float = 0, talking: int = 0, late: bool = False
    ) -> None:
        """One in which so many calls began or ended; how long the processor worked for sound and for all else."""
        for number in range(changes):
            if number % 2:
                self.load.closed(talked=True)
            else:
                self.load.opened()
        self.load.served(sound_s)
        self.now += 1
        self.used += sound_s + other_s
        self.load.measure(talking, late)


def learnt(seconds: int = 20) -> Machine:
    """A machine on which the sound of a call takes 0.05 % of a core, and setting one up 2.5 ms."""
    machine = Machine()
    for _ in range(seconds):
        machine.second(changes=200, sound_s=0.2, other_s=0.25, talking=400)
    return machine


def test_costs_are_learnt() -> None:
    load = learnt().load
    assert (round(load.sound, 6), round(load.set_up_s, 6), load.limit) == (0.0005, 0.0025, MOST)


def test_too_few_calls_teach_nothing() -> None:
    machine = Machine()
    before = (machine.load.sound, machine.load.set_up_s)
    machine.second(changes=10, sound_s=0.9, other_s=0.9, talking=3)
    assert (machine.load.sound, machine.load.set_up_s) == before


def test_room_ends_where_those_who_talk_and_those_who_ring_fill_the_core() -> None:
    load = learnt().load
    most = round(MOST / 0.0005)
    assert load.room(most, most) == 0
    assert load.room(most + 100, 400) == 0
    assert load.room(most - 5, 400) == 0, "what is left pays for less than one set-up"


def test_set_ups_are_dealt_out_at_the_rate_that_the_rest_of_the_core_pays_for() -> None:
    machine = learnt()
    load, began = machine.load, 0
    machine.now += 10
    for _ in range(1_000):
        machine.now += 0.01
        room = load.room(400, 400)
        for _ in range(room):
            load.opened()
        began += room
    rate = (MOST - 400 * 0.0005) / 0.0025
    assert abs(began - 10 * rate) <= rate * 0.1 + 1, "ten seconds, and the burst before them"


def test_who_is_not_answered_costs_no_sound() -> None:
    machine = learnt()
    rings = round(MOST / 0.0005)
    assert machine.load.room(rings, 0) == 0
    for _ in range(1_000):
        machine.load.closed(talked=False)
    machine.now += 1
    assert machine.load.room(rings, 0) > 0


def test_less_is_promised_while_slots_are_late_and_more_again_later() -> None:
    machine = Machine()
    limits: list[float] = []
    for late in [True] * 15 + [False] * 40:
        machine.second(late=late)
        limits.append(round(machine.load.limit, 3))
    assert limits[:3] == [0.765, 0.689, 0.62]
    assert limits[14] == LEAST
    assert limits[15:18] == [0.32, 0.34, 0.36]
    assert limits[-1] == MOST
