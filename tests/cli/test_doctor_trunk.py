"""`omnibound doctor --call`: what is told of a trunk and of a test call, against a simulated network."""

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from omnibound.cli import doctor_trunk
from omnibound.cli.doctor_trunk import Finding, of_address, of_call, of_options, of_registrar, of_sound
from omnibound.cli.doctor_words import CODES, meaning
from omnibound.config import Config
from omnibound.simulators.sip import SipNetwork, SipSettings
from omnibound.voice.media import Totals
from omnibound.voice.signalling import Asked, End, Ended
from omnibound.voice.trial import Tried
from omnibound.wire import sip
from tests.cli.conftest import Ran, Run

NUMBER = "48600100200"


@contextmanager
def network_of(**settings: Any) -> Iterator[SipNetwork]:
    """A telephone network that lives in another thread: the command has a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    async def made() -> SipNetwork:
        network = SipNetwork(SipSettings(ring_s=0.05, **settings))
        await network.start()
        return network

    network = asyncio.run_coroutine_threadsafe(made(), loop).result()
    try:
        yield network
    finally:
        asyncio.run_coroutine_threadsafe(network.stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_trunk, "TALK_S", 2.5)
    monkeypatch.setattr(doctor_trunk, "PATIENCE_S", 0.5)


Doctor = Callable[..., Ran]


@pytest.fixture
def doctor(run: Run, tmp_path: Path, free: int) -> Doctor:
    def look(port: int, *words: str, more: str = "", bind: int = 0, names: tuple[str, ...] = ("t",)) -> Ran:
        trunk = f'kind = "sip"\nhost = "127.0.0.1"\nport = {port}\nlines = 1\nrate = 1\n{more}'
        tables = [f'[[connectors]]\nname = "{name}"\n{trunk}' for name in names]
        voice = f'[voice]\nbind = "127.0.0.1:{bind or free}"\nrtp_ports = [34000, 34999]\n'
        (tmp_path / "c.toml").write_text("\n".join(tables) + voice)
        return run("doctor", "--config", "c.toml", "--data", "d", *words)

    return look


def marks(ran: Ran) -> list[str]:
    return [line[:4].strip() for line in ran.out.splitlines()]


# -- the whole command -------------------------------------------------------------------------------------------


def test_call_that_is_heard_both_ways(doctor: Doctor) -> None:
    with network_of() as network:
        ran = doctor(network.port, "--call", NUMBER)
    lines = ran.out.splitlines()
    assert (ran.status, marks(ran)) == (0, ["ok"] * 5), ran.out
    assert lines[0].startswith(f"ok   connector t: 127.0.0.1:{network.port} answers OPTIONS with 200 OK after ")
    assert lines[1].startswith(f"ok   test call to {NUMBER}: rings after 0.")
    assert "we hung up after 2.5 s" in lines[2]
    assert "PCMU" in lines[3]
    assert "0 lost" in lines[4]
    (call,) = network.tally.calls
    assert (call.number, network.tally.counts.ended) == (NUMBER, 1)


def test_call_that_hears_nothing(doctor: Doctor) -> None:
    with network_of(sound="nothing") as network:
        ran = doctor(network.port, "--call", NUMBER)
    lines = ran.out.splitlines()
    assert (ran.status, marks(ran)) == (1, ["ok"] * 4 + ["FAIL", "look", "look", "look"]), ran.out
    assert lines[4].startswith("FAIL one-way audio: nothing was heard of them at 127.0.0.1:34")
    assert "ports 34000 to 34999" in lines[5]
    assert "public_address" in lines[6]


@pytest.mark.parametrize(
    ("number", "words", "hint"),
    [
        (
            "48600100902",
            "refused (486 Busy Here, Q.850 cause 17)",
            "486: the telephone is busy; the trunk itself works",
        ),
        ("48600100907", "refused (503 Service Unavailable, Q.850 cause 34)", f"503: {CODES[503]}"),
    ],
)
def test_call_that_is_refused_is_explained(doctor: Doctor, number: str, words: str, hint: str) -> None:
    with network_of() as network:
        ran = doctor(network.port, "--call", number)
    assert (ran.status, ran.out.splitlines()[1:]) == (1, [f"FAIL test call to {number}: {words}", f"look {hint}"])


@pytest.mark.parametrize(
    ("number", "words"), [("pizza", "is not a telephone number"), ("881600100200", "are not allowed")]
)
def test_number_that_may_not_be_called(doctor: Doctor, number: str, words: str) -> None:
    with network_of() as network:
        ran = doctor(network.port, "--call", number)
        assert network.tally.counts.invited == 0
    assert ran.status == 1
    assert words in ran.out.splitlines()[-1]


def test_trunk_that_is_not_there(doctor: Doctor, free: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        ran = doctor(silent.getsockname()[1], "--trunk", "t")
    assert (ran.status, marks(ran)) == (1, ["FAIL", "look", "look", "look"])
    assert ran.out.splitlines()[0].endswith("does not answer OPTIONS (it does not answer)")


REGISTERED = 'username = "user"\npassword = "secret"\nregister = true\n'


def test_registration_comes_and_goes(doctor: Doctor) -> None:
    with network_of(username="user", password="secret") as network:
        ran = doctor(network.port, "--trunk", "t", more=REGISTERED)
        assert (ran.status, marks(ran)) == (0, ["ok", "ok"]), ran.out
        assert "has registered us for 3600 s (200 OK after " in ran.out
        assert network.tally.counts.registered == 2


def test_wrong_password_is_told(doctor: Doctor) -> None:
    with network_of(username="user", password="other") as network:
        ran = doctor(network.port, "--trunk", "t", more=REGISTERED)
    assert (ran.status, marks(ran)) == (1, ["ok", "FAIL", "look"]), ran.out
    assert ran.out.splitlines()[-1] == f"look 401: {CODES[401]}"


def test_server_that_runs_is_not_disturbed(doctor: Doctor) -> None:
    """Its ports are left to it, and its registration is asked for only."""
    with network_of(username="user", password="secret") as network, contextlib.ExitStack() as held:
        own = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        own.bind(("127.0.0.1", 0))
        taken = own.getsockname()[1]
        rtp = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        rtp.bind(("127.0.0.1", 34000))
        ran = doctor(network.port, "--call", NUMBER, more=REGISTERED, bind=taken)
        assert (ran.status, marks(ran)) == (0, ["look", *["ok"] * 6]), ran.out
        assert ran.out.startswith(f"look SIP at 127.0.0.1:{taken} is taken (does a server run?): asked from 127.0.0.1:")
        assert " knows us (200 OK after " in ran.out
        assert (network.tally.counts.registered, network.tally.counts.ended) == (1, 1)


def test_json(doctor: Doctor) -> None:
    with network_of() as network:
        ran = doctor(network.port, "--call", NUMBER, "--json")
    told = json.loads(ran.out)
    assert (ran.status, told["well"], [each["state"] for each in told["findings"]]) == (0, True, ["ok"] * 5)
    assert told["call"]["ended"]["why"] == "hung_up"
    assert told["call"]["totals"]["received"] > 50


@pytest.mark.parametrize(
    ("names", "words", "told"),
    [
        (("a", "b"), ("--call", NUMBER), "a, b"),
        (("a",), ("--call", NUMBER, "--trunk", "c"), "a"),
        ((), ("--trunk", "c"), "there is none"),
    ],
)
def test_which_trunk(doctor: Doctor, names: tuple[str, ...], words: tuple[str, ...], told: str) -> None:
    ran = doctor(1, *words, names=names)
    assert (ran.status, ran.err) == (2, f"omnibound: --trunk has to name one connector of the kind sip: {told}\n")


# -- the words ---------------------------------------------------------------------------------------------------

AGREED = sip.Media(address="192.0.2.1", port=7000, codec="PCMA", payload=8, dtmf=101, ptime=30)


def tried(ended: Ended | None = None, **changes: Any) -> Tried:
    usual: dict[str, Any] = {
        "totals": Totals(sent=300, received=290, lost=10, late=1, jitter_ms=4.4), "listened": "203.0.113.7:16384",
        "rang_s": 0.5, "ringing": 180, "answered_s": 1.0, "talked_s": 8.0, "agreed": AGREED,
    }  # fmt: skip
    return Tried(ended=ended or Ended(why=End.HUNG_UP, who="us", answered=True), **{**usual, **changes})


def states(findings: Iterator[Finding]) -> list[tuple[bool | None, str]]:
    return list(findings)


SOUND = "300 packets of 30 ms, PCMA, sent to 192.0.2.1:7000"
FROM_THEM = (True, "sound from them: 290 packets, 10 lost, 1 late, jitter 4 ms")


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        ({}, [(True, f"sound to them: {SOUND}; they report nothing of it (RTCP)"), FROM_THEM]),
        (
            {"their_reports": 2, "their_lost": 3, "round_trip_ms": 25.0},
            [(True, f"sound to them: {SOUND}; 3 lost as they report (RTCP), round trip 25 ms"), FROM_THEM],
        ),
        (
            {"their_reports": 2},
            [
                (True, f"sound to them: {SOUND}; they report nothing of it (RTCP)"),
                (None, "their 2 reports do not speak of our sound: listen whether it arrives"),
                FROM_THEM,
            ],
        ),
        (
            {"their_reports": 2, "their_lost": 299},
            [
                (False, f"one-way audio: they cannot hear us: {SOUND}, 299 lost as they report (RTCP)"),
                (None, "whether a firewall lets UDP to 192.0.2.1:7000 out; codecs of the connector"),
                FROM_THEM,
            ],
        ),
    ],
    ids=["no reports", "reports", "reports of nothing", "nothing arrives"],
)
def test_sound(totals: dict[str, Any], expected: list[Finding]) -> None:
    usual = {"sent": 300, "received": 290, "lost": 10, "late": 1, "jitter_ms": 4.4}
    found = of_sound(tried(totals=Totals(**{**usual, **totals})), Config())
    assert list(found) == expected


def test_short_call_says_nothing_of_its_sound() -> None:
    found = list(of_sound(tried(talked_s=0.5), Config()))
    assert found == [(None, "the call was too short to say anything of its sound")]


def test_who_hung_up() -> None:
    callee = Ended(why=End.HUNG_UP, who="callee", answered=True)
    assert list(of_call(tried(callee), "1"))[-1] == (
        True,
        "test call to 1: answered after 1.0 s; the callee hung up after 8.0 s",
    )


@pytest.mark.parametrize("why", End)
def test_every_end_has_words(why: End) -> None:
    found = list(of_call(tried(Ended(why=why, who="trunk", sip=487)), "1"))
    assert found[0][0] is True
    assert (found[1][0] is True) == (why is End.HUNG_UP)


@pytest.mark.parametrize("status", [*CODES, 301, 418, 599, 699, 200])
def test_every_status_has_words(status: int) -> None:
    assert meaning(status)


def test_silence_of_a_trunk_that_is_never_asked_is_not_wrong() -> None:
    asked = Asked(status=0, phrase="it does not answer", seconds=6)
    assert [well for well, _ in of_options(asked, "t", wanted=False)] == [None] * 4
    assert [well for well, _ in of_options(asked, "t", wanted=True)] == [False, None, None, None]


@pytest.mark.parametrize(("status", "wells"), [(200, [True]), (404, [True, None]), (503, [False, None])])
def test_who_answers_is_there(status: int, wells: list[bool | None]) -> None:
    asked = Asked(status=status, phrase="x", seconds=0.1)
    assert [well for well, _ in of_options(asked, "t", wanted=True)] == wells


def test_registrar() -> None:
    known = Asked(status=200, phrase="OK", seconds=0.01, bindings=("<sip:u@h>;expires=9",))
    assert list(of_registrar(known, "t", asked_only=True)) == [
        (True, "t knows us (200 OK after 10 ms); registered are <sip:u@h>;expires=9")
    ]
    silent = Asked(status=0, phrase="it does not answer", seconds=6)
    assert [well for well, _ in of_registrar(silent, "t", asked_only=False)] == [False, None, None]


@pytest.mark.parametrize(
    ("contact", "seen_as", "trunk", "hints"),
    [
        ("10.0.0.5:5060", "203.0.113.9", "198.51.100.1", 2),
        ("203.0.113.9:5060", "203.0.113.9", "sip.example", 0),
        ("10.0.0.5:5060", "", "8.8.8.8", 1),
        ("10.0.0.5:5060", "", "10.0.0.1", 0),
        ("[2001:db8::1]:5060", "2001:db8::1", "x", 0),
    ],
)
def test_nat(contact: str, seen_as: str, trunk: str, hints: int) -> None:
    found = list(of_address(contact, seen_as, trunk))
    assert [well for well, _ in found] == [None] * hints
