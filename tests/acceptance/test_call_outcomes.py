"""Each row of the table that a network can play, from a SIPp that plays it, in OMNI's and in Conpeek's words."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.acceptance.client import Client, code
from tests.acceptance.peers import Callee, sipp
from tests.acceptance.processes import until
from tests.acceptance.stage import Stage
from tests.acceptance.telephones import VOICE, staged, voice_table

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.time_limit(300)]

CASES = Path(__file__).parent.parent / "cases"
ROWS = json.loads((CASES / "voice" / "outcomes.json").read_text())["rows"]

VALIDITY_S = {"numbers": 90, "trunks": 12}
"""Longer than it rings; and short for what is tried again until then."""
EXPIRED = 15
OLDER = {96: 9, 97: 9, 99: 9}
TEXT = "Hello"


def way(end: dict[str, Any]) -> int | None:
    """How SIPp plays it (by_number.xml); None for what no network does: detection, keys, a fault of ours."""
    if {"heard", "opted_out", "joined", "unserved", "no_content", "barred_trunk"} & set(end) or end.get("by") == "LOST":
        return None
    if end.get("by") == "CANCEL":
        return 5 if end["sip"] == 200 else 4
    if end.get("sip") == 200:
        return 2 if end["by"] == "US" else 3
    if not end:
        return 6
    return 1 if end.get("rang") else 0


def number(index: int, end: dict[str, Any]) -> str:
    return f"486{way(end)}{end.get('sip', 0):03}{end.get('q850', 0):03}{index:02}"


PLAYED = {number(index, row["end"]): row for index, row in enumerate(ROWS) if way(row["end"]) is not None}
"""Number -> row."""
# Neighbours of the table are kept apart: some calls in a row that the trunk refuses would speak against the trunk.
APART = sorted(PLAYED, key=lambda number: number[-1])
WAVES = {
    "numbers": [number for number in APART if PLAYED[number]["omni"]["status"] != EXPIRED],
    "trunks": [number for number in APART if PLAYED[number]["omni"]["status"] == EXPIRED],
}
BARRED = {number for number, row in PLAYED.items() if row["reason"] == "BARRED"}


REFUSAL = """\
  <label id="{status}"/>
  <send retrans="500" next="11"><![CDATA[
      SIP/2.0 {status} Refused
      [last_Via:]
      [last_From:]
      [last_To:];tag=far[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:far@[local_ip]:[local_port];transport=[transport]>
      [$reason]
      Content-Length: [len]

  ]]></send>
"""
LOOK = '<ereg regexp="sip:486.{status}" search_in="hdr" header="To:" assign_to="is_{status}"/>'
BRANCH = '<nop next="{status}" test="is_{status}"/>'


def refusals() -> dict[str, str]:
    """What by_number.xml wants for each status that refuses."""
    statuses = sorted({row["end"]["sip"] for row in PLAYED.values() if row["end"].get("sip", 0) >= 300})
    parts = {"looks": LOOK, "branches": BRANCH, "refusals": REFUSAL}
    return {name: "\n".join(part.format(status=status) for status in statuses) for name, part in parts.items()}


Told = tuple[str, str | None, str | None, int]
"""state, call_state_reason, close_reason, contact_try."""


class Seen(NamedTuple):
    """What the accounts were told, by number."""

    omni: dict[str, dict[str, tuple[int, int]]]
    """By the family of error codes: status and error ids."""
    conpeek: dict[str, Told]
    timelines: dict[str, dict[str, list[dict[str, Any]]]]


@pytest.fixture(scope="module")
def engine() -> str:
    """Calls know nothing of the database; one will do."""
    return "sqlite"


@pytest.fixture(scope="module")
async def seen(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Seen]:
    folder = tmp_path_factory.mktemp("outcomes")
    async with sipp(folder, "by_number", **refusals()) as callee, staged(folder, "") as stage:
        yield await _seen(stage, callee)


async def _seen(stage: Stage, callee: Callee) -> Seen:
    """Two accounts of OMNI and a campaign call all rows, those first that say nothing against the trunk."""
    tables = {**voice_table(), "omni": {"throttles": False, "min_validity_s": 1}}
    server, old = await stage.serve(callee.trunk(setup_s=5), tables=tables, flow=VOICE)
    new = await server.account("today", "--voice-codes", "100xx")
    await new.scenario(VOICE)
    clients = {"50xx": old, "100xx": new}
    ids: dict[str, dict[str, str]] = {"50xx": {}, "100xx": {}}
    for wave, numbers in WAVES.items():
        for place, (family, client) in enumerate(clients.items()):
            # Not all at the same instant: what is tried to the last is tried again just before its end.
            ids[family].update(await _sent(client, numbers, VALIDITY_S[wave] + 2 * place))
        await _campaign(old, wave, numbers, VALIDITY_S[wave] + 4)
        if wave == "numbers":
            await _barred(clients, ids)
    omni = {family: await _reported(client, ids[family]) for family, client in clients.items()}
    conpeek = {number: told for wave in WAVES for number, told in (await _told(old, wave)).items()}
    timelines = {
        family: {number: (await client.story(id_))["timeline"] for id_, number in ids[family].items()}
        for family, client in clients.items()
    }
    return Seen(omni, conpeek, timelines)


async def _barred(clients: dict[str, Client], ids: dict[str, dict[str, str]]) -> None:
    """Wait until all calls that were answered 403 are over: while a trunk carries nothing, that is the trunk's word."""

    async def look() -> bool:
        told = await _requests(clients["50xx"], "numbers")
        over = [each["state"] == "CLOSED" for each in told if each["contact_number"] in BARRED]
        for family, client in clients.items():
            barred = [id_ for id_, number in ids[family].items() if number in BARRED]
            over += [bool((await client.story(id_))["timeline"]) for id_ in barred]
        return all(over)

    await until(look, "the calls that are barred are over", 60)


async def _sent(client: Client, numbers: list[str], validity_s: int) -> dict[str, str]:
    """All called with one request; numbers by messageId."""
    voice = {"text": TEXT, "validityPeriod": validity_s, "validityPeriodTimeUnit": "SECONDS"}
    return {row["messageId"]: row["to"]["phoneNumber"] for row in await client.send(*numbers, voice=voice)}


async def _reported(client: Client, ids: dict[str, str]) -> dict[str, tuple[int, int]]:
    reports = await client.reports(ids, seconds=120)
    return {ids[id_]: code(reports[id_][0])[1:] for id_ in ids}


async def _campaign(client: Client, id_: str, numbers: list[str], lasts_s: int) -> None:
    """Started, with a call a number, each tried once."""
    body = {
        "name": id_, "id": id_, "speech": {"text": TEXT}, "attempts": 1, "pause_s": 0, "lasts_days": lasts_s / 86_400,
    }  # fmt: skip
    assert (await client.ask("POST", "/api/v1/campaigns", body)).status < 300
    assert (await client.ask("POST", f"/api/v1/campaigns/{id_}/start")).status < 300
    asked = {"data": [{"contact_number": number, "text": TEXT} for number in numbers], "type": "tts"}
    answer = await client.ask("POST", f"/voice_sms_campaign/{id_}/request_list", asked)
    assert answer.status == 200, answer


async def _told(client: Client, campaign: str) -> dict[str, Told]:
    """The requests of a campaign, when none is open any more."""

    async def look() -> list[dict[str, Any]]:
        told = await _requests(client, campaign)
        return told if all(each["state"] == "CLOSED" for each in told) else []

    told = await until(look, "all requests are closed", 120)
    words = ("state", "call_state_reason", "close_reason", "contact_try")
    return {each["contact_number"]: (each[words[0]], each[words[1]], each[words[2]], each[words[3]]) for each in told}


async def _requests(client: Client, campaign: str) -> list[dict[str, Any]]:
    return (await client.get(f"/voice_sms_campaign/{campaign}/request"))["data"]


def words(seen: Seen, number: str, family: str = "50xx") -> str:
    """A row with what happened, for a test that has failed."""
    said = [(event["said"], event["reason"], event["detail"]) for event in seen.timelines[family][number]]
    return f"{PLAYED[number]['what']}: {said}"


def in_omni(seen: Seen, number: str, family: str) -> tuple[int, int]:
    """Status and error as the table has them."""
    told: dict[str, int] = PLAYED[number]["omni"]
    # What came with today's family reads UNDELIVERABLE_NOT_DELIVERED in the older one.
    status = OLDER.get(told["status"], told["status"]) if family == "50xx" else told["status"]
    return status, told[family]


@pytest.mark.parametrize("family", ["50xx", "100xx"])
async def test_omni_says_what_the_table_says(seen: Seen, family: str) -> None:
    told = seen.omni[family]
    wanted = {number: in_omni(seen, number, family) for number in PLAYED}
    assert {words(seen, number, family): told[number] for number in PLAYED if told[number] != wanted[number]} == {}


async def test_conpeek_says_what_the_table_says(seen: Seen) -> None:
    # What is the trunk's doing uses up nothing, and ends with the campaign's patience.
    wanted = {
        number: ("CLOSED", *row["conpeek"], 0 if row["conpeek"][1] == "EXPIRED" else 1)
        for number, row in PLAYED.items()
    }  # fmt: skip
    told = seen.conpeek
    assert {words(seen, number): told[number] for number in PLAYED if told[number] != wanted[number]} == {}
