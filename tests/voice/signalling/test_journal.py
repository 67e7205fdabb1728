"""Calls that a dead process leaves: written down, and hung up by its successor."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from omnibound.voice.signalling import Dialog, End, Ended, FileJournal, Left, journal, read_left
from omnibound.wire import sip
from tests.voice.signalling.far_end import SDP, Talk, talking

pytestmark = pytest.mark.anyio

INVITE = sip.Request(
    method="INVITE", uri="sip:1@x", headers={"via": ["SIP/2.0/UDP h;branch=z9hG4bK1"]}, body=b"\xff\x00"
)
DIALOG = Dialog(call_id="i", local="<sip:a@b>;tag=1", remote="<sip:c@d>;tag=2", remote_tag="2", target="sip:c@e")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dialogs.jsonl"


Journals = Callable[[], FileJournal]


@pytest.fixture
def journals(path: Path) -> Iterator[Journals]:
    """Opens the journal, each time as another process would."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(FileJournal(path)))


def test_what_did_not_end_is_left(path: Path, journals: Journals) -> None:
    first = journals()
    for name in ("rings", "talks", "ended"):
        first.begin(name, "t", INVITE)
    first.answered("talks", DIALOG)
    first.end("ended")
    first.end("never known")
    left = [Left(call="rings", trunk="t", invite=INVITE), Left(call="talks", trunk="t", invite=INVITE, dialog=DIALOG)]
    second = journals()
    assert second.left == left
    # Until it has been hung up, it is left to the next one as well.
    assert read_left(path) == left
    second.end("rings")
    second.end("talks")
    assert read_left(path) == []


def test_torn_last_line_is_forgotten(path: Path, journals: Journals) -> None:
    first = journals()
    first.begin("a", "t", INVITE)
    first.begin("b", "t", INVITE)
    first.close()
    path.write_bytes(path.read_bytes()[:-20])
    second = journals()
    assert [one.call for one in second.left] == ["a"]
    second.begin("c", "t", INVITE)
    assert [one.call for one in read_left(path)] == ["a", "c"]


def test_invite_sent_anew_counts(path: Path, journals: Journals) -> None:
    first = journals()
    first.begin("a", "t", INVITE)
    again = sip.Request(method="INVITE", uri="sip:2@x", headers=INVITE.headers)
    first.begin("a", "t", again)
    assert read_left(path) == [Left(call="a", trunk="t", invite=again)]


def test_file_does_not_grow(path: Path, journals: Journals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "REWRITE_AFTER", 20)
    first = journals()
    first.begin("stays", "t", INVITE)
    first.answered("stays", DIALOG)
    for number in range(100):
        first.begin(str(number), "t", INVITE)
        first.end(str(number))
    assert len(path.read_bytes().splitlines()) < 30
    assert read_left(path) == [Left(call="stays", trunk="t", invite=INVITE, dialog=DIALOG)]


def test_full_disk_loses_nothing_that_is_written_later(
    path: Path, journals: Journals, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = journals()
    with Path("/dev/full").open("ab", buffering=0) as full:
        monkeypatch.setattr(first._file, "_file", full)  # pyright: ignore[reportPrivateUsage] - the disk fills up
        first.begin("a", "t", INVITE)
        with suppress(OSError):
            full.close()
    assert "cannot be written" in caplog.text
    first.begin("b", "t", INVITE)
    assert [one.call for one in read_left(path)] == ["a", "b"]


# -- with a far end ----------------------------------------------------------------------------------------------


async def crash(talk: Talk) -> None:
    """As a process that is killed: nothing is said to anybody."""
    calls = talk.agent._calls  # pyright: ignore[reportPrivateUsage]
    calls.stop()
    talk.agent._transactions.stop()  # pyright: ignore[reportPrivateUsage]


async def test_answered_call_is_hung_up_by_the_successor(path: Path, journals: Journals) -> None:
    async with talking(more={"journal": journals()}) as dead:
        invite = await dead.answered()
        await crash(dead)
        written = journals()
        async with talking(more={"journal": written}, port=dead.far.port) as heir:
            heir.agent.hang_up_left(written.left)
            bye = await dead.far.hear("BYE")
            assert (bye.call_id, bye.sender.tag, bye.recipient.tag) == (invite.call_id, invite.sender.tag, "far")
            assert bye.cseq[0] > 1000
            assert await heir.event() == Ended(why=End.LOST, who="us", answered=True)
            dead.far.source = ("127.0.0.1", heir.agent.port)
            dead.far.answer(bye, 200)
            await dead.far.nothing()
            assert read_left(path) == []


async def test_ringing_call_is_cancelled_by_the_successor(path: Path, journals: Journals) -> None:
    async with talking(more={"journal": journals()}) as dead:
        dead.dial()
        invite = await dead.far.hear("INVITE")
        dead.far.answer(invite, 180)
        await dead.event()
        await crash(dead)
        written = journals()
        async with talking(more={"journal": written}, port=dead.far.port) as heir:
            heir.agent.hang_up_left(written.left)
            cancel = await dead.far.hear("CANCEL")
            assert (cancel.via.branch, cancel.call_id) == (invite.via.branch, invite.call_id)
            assert await heir.event() == Ended(why=End.LOST, who="us")
            dead.far.source = ("127.0.0.1", heir.agent.port)
            dead.far.answer(cancel, 200)
            dead.far.answer(invite, 487)
            await dead.far.hear("ACK")
            await dead.far.nothing()
            assert read_left(path) == []


async def test_answer_that_crosses_the_successors_cancel_is_hung_up(path: Path, journals: Journals) -> None:
    async with talking(more={"journal": journals()}) as dead:
        dead.dial()
        invite = await dead.far.hear("INVITE")
        await crash(dead)
        written = journals()
        async with talking(more={"journal": written}, port=dead.far.port) as heir:
            heir.agent.hang_up_left(written.left)
            await dead.far.hear("CANCEL")
            dead.far.source = ("127.0.0.1", heir.agent.port)
            dead.far.answer(invite, 200, body=SDP)
            await dead.far.hear("ACK")
            dead.far.answer(await dead.far.hear("BYE"), 200)
            await dead.far.nothing()
            assert read_left(path) == []


async def test_every_end_is_written(path: Path, journals: Journals) -> None:
    async with talking(more={"journal": journals()}) as talk:
        talk.dial("busy")
        talk.far.answer(await talk.far.hear("INVITE"), 486)
        await talk.far.hear("ACK")
        await talk.event()
        assert read_left(path) == []


async def test_trunk_that_is_no_more(caplog: pytest.LogCaptureFixture) -> None:
    left = [Left(call="a", trunk="gone", invite=INVITE, dialog=DIALOG)]
    async with talking() as talk:
        talk.agent.hang_up_left(left)
        assert await talk.event() == Ended(why=End.LOST, who="us", answered=True)
        await talk.far.nothing()
    assert "there is no such trunk now" in caplog.text
