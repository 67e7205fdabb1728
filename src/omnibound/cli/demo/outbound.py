"""A small campaign: customers come by OBI, a dialer calls them, and OBI tells how it went."""

import asyncio
from typing import Any

import typer

from omnibound.cli.demo.asking import Client
from omnibound.cli.demo.parts import CALLER

CAMPAIGN = "8A7C98EAF1164F2FAA93B98EECB95D76"
"""The id that stands in Sinch's examples."""
OBI = f"/RI/obi/campaigns/{CAMPAIGN}"
TEXT = "Hello, we have new tennis rackets."
PATIENCE_S = 60

SHORT = {
    "id": "demo", "name": "Nobody is called twice",
    "limits": {"busy": 0, "not_reached": 0, "machine": 0, "redial": 0},
}  # fmt: skip

CUSTOMERS = (
    ("Kathy", "48600100201"),
    ("Julie", "48600100902"),
    ("Bob", "48600100901;48600100202"),
    ("Keith", "48600100904"),
    ("Kate", "48600100906"),
)
"""Some are busy, one has a number that is not in use: see `omnibound simulate magic`."""


async def walk_outbound(client: Client) -> None:
    """Make it, call all, and print what became of each."""
    if not await _made(client):
        return
    typer.echo(f"8. A dialer calls the {len(CUSTOMERS)} customers of a campaign, who came by OBI:")
    await client.ask("POST", f"{OBI}/customers/list", [_customer(*each) for each in CUSTOMERS])
    await client.say("PUT", f"{OBI}/status", "Active")
    campaign = await _ended(client)
    for customer in await client.ask("GET", f"{OBI}/customers"):
        typer.echo(f"   {_line(customer)}")
    counts = ", ".join(f"{name} {campaign[name]}" for name in ("handled", "maxCalls", "notHandled"))
    typer.echo(f"   {campaign['name']}: {campaign['status']}, {counts}")


async def _made(client: Client) -> bool:
    """Whether it was not there yet."""
    known = (await client.ask("GET", "/api/v1/campaigns"))["campaigns"]
    if any(each["id"] == CAMPAIGN for each in known):
        return False
    await client.ask("POST", "/api/v1/result-sets", SHORT)
    body = {
        "id": CAMPAIGN, "name": "Test Campaign", "dialer": "default", "results": SHORT["id"], "caller": CALLER,
        "speech": {"text": TEXT},
    }  # fmt: skip
    await client.ask("POST", "/api/v1/campaigns", body)
    return True


def _customer(name: str, numbers: str) -> dict[str, Any]:
    return {"numbers": numbers, "attributes": {"attribute": [{"name": "First Name", "value": name}]}}


async def _ended(client: Client) -> dict[str, Any]:
    """The campaign when all are called, or as far as it is by then."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE_S
    while (campaign := await client.ask("GET", OBI))["status"] != "Handled" and loop.time() < until:  # noqa: ASYNC110 - a client polls
        await asyncio.sleep(0.2)
    return campaign


def _line(customer: dict[str, Any]) -> str:
    attributes = {each["name"]: each["value"] for each in customer["attributes"]["attribute"]}
    told = [customer.get(name) for name in ("result", "callResult", "classifier")]
    words = " ".join(str(word) for word in told if word)
    calls = f"calls {customer['callCount']}, number {customer['lastBNumber']}"
    return f"{attributes['First Name']:6} {customer['numbers']:24} {words} ({calls})"
