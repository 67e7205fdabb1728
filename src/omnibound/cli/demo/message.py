"""The vendor's own example: a scenario PUSH, then SMS; the push fails, the SMS arrives, the report is read."""

import typer

from omnibound.cli.demo.asking import Client, line_of_report
from omnibound.simulators.smsc import Smsc

APPLICATION = "233623e3c860b49ec69a464834343481-8bj4el4a-256d-23fd-56ad-b5bc3d568b53"
PHONE = "41793026727"

SCENARIO = {
    "name": "My PUSH-SMS scenario",
    "flow": [{"from": APPLICATION, "channel": "PUSH"}, {"from": "InfoSMS", "channel": "SMS"}],
    "default": True,
}
MESSAGE = {
    "destinations": [{"to": {"phoneNumber": PHONE}}],
    "push": {"text": "This PUSH message will pop up on your mobile device."},
    "sms": {"text": "This is the SMS failover message"},
}


async def walk_message(client: Client, smsc: Smsc) -> None:
    """Send it, and print each step."""
    typer.echo("1. A device is registered whose push token the provider no longer knows.")
    device = {"application": APPLICATION, "phone": PHONE, "token": "unregistered-demo-phone"}
    await client.ask("POST", "/api/v1/devices", device)
    typer.echo("2. The client creates its scenario: PUSH, then SMS.")
    scenario = await client.ask("POST", "/omni/1/scenarios", SCENARIO)
    typer.echo(f"   key {scenario['key']}")
    typer.echo(f"3. It sends a message to {PHONE}.")
    answer = await client.ask("POST", "/omni/1/advanced", {"scenarioKey": scenario["key"], **MESSAGE})
    placed = answer["messages"][0]
    typer.echo(f"   {placed['status']['name']}, messageId {placed['messageId']}")
    report = await client.report(placed["messageId"])
    typer.echo("4. What happened:")
    typer.echo(await client.story(placed["messageId"]))
    for kept in smsc.messages(1):
        typer.echo(f"   the SMSC took «{kept.text}» from {kept.source} to {kept.destination}")
    typer.echo("5. The report that the client reads:")
    typer.echo(line_of_report(report))
