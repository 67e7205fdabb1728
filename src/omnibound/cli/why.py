"""`omnibound campaign why`: why somebody of a campaign is not being called."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

import typer

from omnibound.cli.client import DEFAULT_URL, Key, Url, ask


def why(
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="The campaign's id.")],
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="Your own id of the person, or ours.")],
    api_key: Key,
    url: Url = DEFAULT_URL,
) -> None:
    """Why somebody is not being called: one answer, and until when it holds."""
    path = f"/api/v1/campaigns/{quote(campaign, safe='')}/members/{quote(customer, safe='')}/why"
    typer.echo(_line(asyncio.run(ask(url, api_key, "GET", path))))


def _line(told: dict[str, Any]) -> str:
    """`BLOCKED since 2026-11-21 09:00:00 (opted_out)`, in UTC."""
    times = [f"{name} {_time(told[name])}" for name in ("since", "until") if told[name]]
    detail = [f"({told['detail']})"] if told["detail"] else []
    return " ".join([told["cause"], *times, *detail])


def _time(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
