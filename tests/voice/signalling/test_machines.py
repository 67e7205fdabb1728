"""The tables of the transaction machines, walked without clock or network."""

import pytest

from omnibound.voice.signalling.machines import CLIENT, CLIENT_INVITE, END, SERVER, SERVER_INVITE, Table, Times, kind_of

TABLES = {"invite client": CLIENT_INVITE, "client": CLIENT, "invite server": SERVER_INVITE, "server": SERVER}
KNOWN = {"send", "ack", "tell", "give_up", "stop"}


def walk(table: Table, events: str) -> tuple[str, list[str]]:
    state, done = "", list[str]()
    for event in events.split():
        step = table.get((state, event))
        if step:
            state, actions = step
            done += actions
    return state, done


@pytest.mark.parametrize(
    ("table", "events", "state", "done"),
    [
        ("invite client", "begin A A B", END, "send +A +B send +A send +A give_up"),
        ("invite client", "begin provisional A success success M", END, "send +A +B stop tell stop +M tell tell"),
        ("invite client", "begin failure failure provisional D", END, "send +A +B stop ack +D tell ack"),
        (
            "invite client",
            "begin provisional cancelled failure",
            "completed",
            "send +A +B stop tell +C stop ack +D tell",
        ),
        ("invite client", "begin provisional cancelled C", END, "send +A +B stop tell +C give_up"),
        ("invite client", "begin provisional broken", "proceeding", "send +A +B stop tell"),
        ("invite client", "begin broken success", END, "send +A +B give_up"),
        ("invite client", "resume success", "accepted", "stop +M tell"),
        ("client", "begin E provisional E success success K", END, "send +E +F send +E tell send +E stop +K tell"),
        ("client", "begin E F", END, "send +E +F send +E give_up"),
        (
            "invite server",
            "begin provisional request failure G request ack G I",
            END,
            "send send send +G +H send +G send stop +I",
        ),
        ("invite server", "begin success R ack R", "confirmed", "send +R +L send +R stop +I"),
        ("invite server", "begin success L", END, "send +R +L give_up"),
        ("invite server", "begin failure H", END, "send +G +H"),
        ("server", "begin success request J request", END, "send +J send"),
    ],
)
def test_walks(table: str, events: str, state: str, done: str) -> None:
    assert walk(TABLES[table], events) == (state, done.split())


@pytest.mark.parametrize("name", TABLES)
def test_every_state_has_a_way_out_and_every_action_is_known(name: str) -> None:
    table = TABLES[name]
    states = {step.state for step in table.values()} - {END}
    assert states == {state for state, _ in table} - {""}
    for state in states:
        assert any(source == state and step.state != state for (source, _), step in table.items()), state
    actions = {action for step in table.values() for action in step.actions}
    timers = {action[1] for action in actions if action[0] == "+"}
    assert {action for action in actions if action[0] != "+"} <= KNOWN
    assert timers == {event for _, event in table if len(event) == 1}


@pytest.mark.parametrize(
    ("timer", "rung", "udp", "tcp"),
    [
        ("A", 0, 0.5, None),
        ("A", 6, 32, None),
        ("B", 0, 32, 32),
        ("C", 0, 32, 32),
        ("D", 0, 32, 0),
        ("E", 0, 0.5, None),
        ("E", 5, 4, None),
        ("F", 0, 32, 32),
        ("G", 9, 4, None),
        ("H", 0, 32, 32),
        ("I", 0, 5, 0),
        ("J", 0, 32, 0),
        ("K", 0, 5, 0),
        ("L", 0, 32, 32),
        ("M", 0, 32, 32),
        ("R", 0, 0.5, 0.5),
        ("R", 99, 4, 4),
    ],
)
def test_times(timer: str, rung: int, udp: float, tcp: float | None) -> None:
    times = Times()
    assert times.seconds(timer, rung, reliable=False) == udp
    assert times.seconds(timer, rung, reliable=True) == tcp


@pytest.mark.parametrize(
    ("status", "kind"),
    [(100, "provisional"), (199, "provisional"), (200, "success"), (302, "failure"), (699, "failure")],
)
def test_kind_of_a_response(status: int, kind: str) -> None:
    assert kind_of(status) == kind
