"""`docs/howto/run-a-campaign.md`, typed from its first line to its last: over the simulated network that it names."""

import asyncio
import csv
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import CliRunner

from omnibound.cli.main import app
from tests.acceptance.carriers import toml_table
from tests.acceptance.client import Client
from tests.acceptance.processes import Process, free_port, until
from tests.acceptance.stage import Stage
from tests.acceptance.telephones import staged, voice_table
from tests.docs.pages import ROOT, blocks, inline

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(240)]

PAGE = ROOT / "docs/howto/run-a-campaign.md"
EVA = "0123456789ABCDEF0123456789ABCDE0"
OTHERWISE = {
    # At whatever hour, and in whatever year, this is tested.
    "2026-": "2999-", "Mon-Fri 09:00-18:00": "00:00-24:00", "Mon-Fri 12:00-13:00": "2999-01-01 12:00-13:00",
    # Who is busy is called again after ten minutes.
    " --follow": "",
}  # fmt: skip
"""What the page says, and what is typed here."""


class Desk(NamedTuple):
    """A server, its client, and the folder in which the commands are typed."""

    url: str
    client: Client
    folder: Path

    async def typed(self, line: str) -> str:
        """What a command prints. Not in a process each: this page alone would take minutes to start them."""
        words = [*(self.word(word) for word in shlex.split(line)[1:]), "--url", self.url]
        ran = await asyncio.to_thread(CliRunner().invoke, app, words)
        assert ran.exit_code == 0, f"{line}: {ran.output}"
        return ran.stdout

    def word(self, word: str) -> str:
        if word.endswith((".csv", ".txt")):
            return str(self.folder / word)
        return str(self.client.key) if word == "KEY" else word

    async def member(self, campaign: str, external: str) -> dict[str, Any]:
        return await self.client.get(f"/api/v1/campaigns/{campaign}/members/{external}")

    async def talks(self) -> bool:
        agent = await self.client.get(f"/api/v1/agents/{EVA}")
        return agent["state"] == "talking" and agent["member"] == (await self.member("sales", "c-1"))["id"]

    async def is_over(self) -> bool:
        return bool((await self.client.get("/api/v1/campaigns/sales/abandonment"))["day"]["answered"])


@pytest.fixture(scope="module")
def engine() -> str:
    """Commands know nothing of the database; one will do."""
    return "sqlite"


@pytest.fixture
async def network(tmp_path: Path) -> AsyncIterator[int]:
    """The port of `omnibound simulate sip`: its phones are those of people, and Eva's."""
    port = free_port()
    process = Process("sip", tmp_path, ("simulate", "sip", "--port", str(port)))
    await process.start()
    await process.said(str(port))
    yield port
    await process.kill()


@pytest.fixture
async def desk(tmp_path: Path, network: int) -> AsyncIterator[Desk]:
    office = {
        "name": "office", "kind": "sip", "host": "127.0.0.1", "port": network, "lines": 30, "rate": 30,
        "caller_id": "41445551234", "options_s": 0.2,
    }  # fmt: skip
    async with staged(tmp_path, "") as stage:
        yield await _seated(stage, tmp_path, toml_table("connectors", office))


async def _seated(stage: Stage, folder: Path, connector: str) -> Desk:
    server, client = await stage.serve(connector, tables=voice_table())
    (people,) = [block.text for block in blocks(PAGE, "") if block.text.startswith("External ID")]
    (questions,) = [text for text in inline(PAGE) if text.startswith("Are you content?")]
    files = {"people.csv": people, "questions.txt": questions, "do-not-call.csv": "phone\n+41790000099\n"}
    for name, text in files.items():
        (folder / name).write_text(text)
    return Desk(server.url, client, folder)


def lines() -> list[str]:
    """The command lines of the page, in their order."""
    text = "".join(block.text for block in blocks(PAGE, "sh")).replace("\\\n", " ")
    for said, typed in OTHERWISE.items():
        assert said in text, "the page does not say this any more"
        text = text.replace(said, typed)
    return text.splitlines()


async def test_the_page_from_its_first_line_to_its_last(desk: Desk) -> None:
    first: dict[str, Callable[[], Awaitable[bool]]] = {
        "omnibound agent list": desk.talks, "omnibound campaign abandoned": desk.is_over,
    }  # fmt: skip
    told: dict[str, str] = {}
    for line in lines():
        for begin, look in first.items():
            if line.startswith(begin):
                await until(look, f"before {begin}")
        told[line.partition(" --")[0]] = await desk.typed(line)
    with (desk.folder / "rejected.csv").open() as opened:
        assert list(csv.DictReader(opened)) == [], "all lines of the page's table are taken"
    with (desk.folder / "people-now.csv").open(encoding="utf-8-sig") as opened:
        progress = {row["external"]: row["progress"] for row in csv.DictReader(opened)}
    assert (list(progress), progress["c-4"]) == (["c-1", "c-2", "c-3", "c-4"], "filtered")
    await _check_agent(desk, told)


async def _check_agent(desk: Desk, told: dict[str, str]) -> None:
    c_1 = await desk.member("sales", "c-1")
    assert told["omnibound agent list"].split("\t")[1:3] == ["Eva", "talking"]
    assert told["omnibound agent list"].endswith(f"\t{c_1['id']}\n")
    assert told['omnibound agent result sales c-1 "Call later"'].startswith(f"{c_1['id']}: not_handled, again at ")
    assert told["omnibound agent change-result sales c-1 Sold"] == f"{c_1['id']}: handled\n"
    assert (c_1["progress"], c_1["reason"]) == ("handled", "success")
    assert '"answered": 1' in told["omnibound campaign abandoned sales"]

    async def off() -> bool:
        # The next one who answered is hers: she is signed off after that call.
        return (await desk.client.ask("POST", f"/api/v1/agents/{EVA}/hang-up")).body["state"] == "off"

    await until(off, "Eva is signed off")
