"""Each command says what it does; what it does not understand it refuses with status 2 and a sentence."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from omnibound.cli.main import app
from tests.cli.conftest import Run


def commands(command: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, *path, name)


ALL = dict(commands(typer.main.get_command(app)))
SAYS = {
    (): "One self-hosted server for everything outbound",
    ("demo",): "send a push that fails over to an SMS",
    ("serve",): "Run the server until it is told to stop",
    ("account",): "Who may ask",
    ("account", "add"): "Open an account and print its secrets",
    ("account", "set"): "Change an account",
    ("account", "balance"): "What an account may send, and its money",
    ("price",): "What numbers cost",
    ("price", "import"): "Take a price list from a table",
    ("price", "list"): "All price lists that are kept",
    ("price", "drop"): "Nothing has a price by this list from now on",
    ("route",): "Which route a number would take, and why",
    ("number",): "Whose messages to our numbers are",
    ("number", "add"): "Give a number to an account",
    ("number", "list"): "Our numbers and whose they are",
    ("send",): "Send a message and print what the server says",
    ("report",): "What became of messages",
    ("report", "take"): "Take the reports that wait",
    ("report", "again"): "Give reports again",
    ("report", "show"): "The whole story of one message",
    ("alerts",): "Alerts that have fired and are not cleared",
    ("announcement",): "Recordings that calls play",
    ("announcement", "add"): "Take a recording and convert it for telephones",
    ("announcement", "list"): "The announcements of an account",
    ("agent",): "they take the answered calls of campaigns",
    ("agent", "add"): "Make an agent; the id is printed",
    ("agent", "list"): "Agents, what they do, and with whom",
    ("agent", "hang-up"): "End the call that the agent talks in",
    ("agent", "change-result"): "Change the result of a call",
    ("agent", "on"): "Sign on: the telephone is called",
    ("agent", "off"): "Sign off, after the call",
    ("agent", "ready"): "Take calls, or with --no take none",
    ("agent", "remove"): "Take an agent away who is signed off",
    ("agent", "result"): "Say what came of a call",
    ("campaign",): "Campaigns of calls",
    ("campaign", "add"): "Make a campaign",
    ("campaign", "list"): "The campaigns of the account",
    ("campaign", "show"): "How far a campaign is",
    ("campaign", "call"): "Add the people of a CSV file",
    ("campaign", "import"): "Add the people of a table",
    ("campaign", "export"): "Write all people of a campaign",
    ("campaign", "results"): "Write what came of each request",
    ("campaign", "start"): "Call the people of a campaign",
    ("campaign", "pause"): "Call nobody of a campaign",
    ("campaign", "finish"): "Cancel what is open",
    ("campaign", "why"): "Why somebody is not being called",
    ("campaign", "release"): "Go on with those whose call was lost",
    ("campaign", "set"): "Change a campaign",
    ("campaign", "abandoned"): "How many who answered found nobody there",
    ("campaign", "copy"): "Make a campaign with all that another one has",
    ("campaign", "delete"): "Erase a finished campaign",
    ("campaign", "suppress"): "Never call the numbers of a CSV file",
    ("campaign", "suppressed"): "Write the numbers that are never called",
    ("campaign", "unsuppress"): "A number may be called again",
    ("dialer",): "Dialers: they start the calls",
    ("queue",): "Queues: agents who take",
    ("results",): "Call results: what agents may say",
    ("schedule",): "Schedules: hours that campaigns share",
    ("script",): "Scripts: what agents ask",
    **{
        (kind, verb): says
        for kind in ("dialer", "queue", "results", "schedule", "script")
        for verb, says in (
            ("add", "Make one"),
            ("list", "All of the account"),
            ("show", "One of them, as JSON"),
            ("set", "Change what is given"),
            ("remove", "Take it away"),
        )
    },
    ("calls",): "Calls that are over",
    ("calls", "ladder"): "The SIP messages of a call",
    ("drain",): "Begin no calls any more",
    ("say",): "Speak a text as a telephone would play it",
    ("simulate",): "Carriers that can be run",
    ("simulate", "smsc"): "A simulated SMS centre",
    ("simulate", "http"): "Simulated HTTP providers",
    ("simulate", "sip"): "A simulated telephone network",
    ("simulate", "smtp"): "A simulated mail relay speaking SMTP",
    ("simulate", "magic"): "make the simulated SMS centre behave badly",
    ("reload",): "Let a running server read its configuration file anew",
    ("doctor",): "Check configuration, data folder, database",
    ("migrate",): "Bring the database to the newest shape",
    ("move",): "Move everything from SQLite",
    ("nodes",): "The servers that share a database",
    ("backup",): "Copy the database and the data folder",
    ("restore",): "Put a backup into an empty data folder",
    ("bench",): "Measure this machine",
}


def test_every_command_is_in_the_table() -> None:
    assert set(ALL) == set(SAYS)


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_says_what_it_does(run: Run, path: tuple[str, ...]) -> None:
    ran = run(*path, "--help")
    assert (ran.status, ran.err) == (0, "")
    assert SAYS[path] in ran.out


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_option_says_what_it_is(path: tuple[str, ...]) -> None:
    own = [each for each in ALL[path].params if each.name != "help"]
    assert [each.name for each in own if not (each.help or "").rstrip().endswith(".")] == []


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_what_is_not_understood(run: Run, path: tuple[str, ...]) -> None:
    ran = run(*path, "--no-such-option")
    assert (ran.status, ran.out) == (2, "")
    assert "--no-such-option" in ran.err


GROUPS = [path for path, each in ALL.items() if hasattr(each, "commands") and not each.invoke_without_command]


@pytest.mark.parametrize("path", GROUPS, ids=" ".join)
def test_a_group_alone_shows_its_commands(run: Run, path: tuple[str, ...]) -> None:
    ran = run(*path)
    assert ran.status == 2
    for name in ALL[path].commands:
        assert name in ran.out + ran.err


WRONG: list[tuple[str, str]] = [
    ("fly", "'fly'"),
    ("account add", "'name'"),
    ("send --api-key k", "'to"),
    ("send 41", "'--api-key'"),
    ("report take", "'--api-key'"),
    ("report show --api-key k", "'message_id'"),
    ("report take --api-key k --limit many", "'--limit'"),
    ("serve --port many", "'--port'"),
    ("demo --port 65536", "'--port'"),
    ("demo --port -1", "'--port'"),
    ("simulate smsc --port 65536", "'--port'"),
    ("simulate smsc --control-port 65536", "'--control-port'"),
    ("simulate smsc --rate much", "'--rate'"),
    ("simulate http --port -1", "'--port'"),
    ("bench --scale 0", "'--scale'"),
    ("bench bulk --scale -1", "'--scale'"),
]


@pytest.mark.parametrize(("line", "word"), WRONG)
def test_what_is_wrong_in_a_line_is_named(run: Run, line: str, word: str) -> None:
    """How it is worded is typer's affair."""
    ran = run(*line.split())
    assert (ran.status, ran.out) == (2, "")
    assert word in "\n".join(row.lower() for row in ran.err.splitlines() if row.startswith("│"))


REFUSED: list[tuple[str, str]] = [
    ("bench pigeon bulk", "no benchmark pigeon; there are: bulk, bulk-ids, bulk-xml, postgres, "),
    ("simulate smsc --port 0 --delay -1", "delay has to be 0 or more"),
    ("simulate smsc --port 0 --keep pigeon", "pigeon"),
    ("simulate sip --port 0 --ring-s -1", "ring_s has to be 0 or more"),
    ("simulate http --port 0 --provider pigeon", "no simulated provider pigeon; there are: fcm"),
    ("serve --port 65536", "configuration: Expected `int` <= 65535 - at `$.port`"),
    ("serve --config none.toml", "there is no configuration file none.toml"),
    ("doctor --config .", "the configuration file . cannot be read"),
    ("migrate --database postgresql", "at `$.database`"),
    ("backup --to made.tar --database postgresql", "at `$.database`"),
    ("restore --from made.tar --database postgresql", "at `$.database`"),
    ("say hello --account a --database postgresql", "at `$.database`"),
    ("account add x --config none.toml", "there is no configuration file none.toml"),
]


@pytest.mark.parametrize(("line", "words"), REFUSED)
def test_refused_before_anything_is_done(run: Run, line: str, words: str) -> None:
    ran = run(*line.split())
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("omnibound: ")
    assert ran.err.count("\n") == 1
    assert words in ran.err
