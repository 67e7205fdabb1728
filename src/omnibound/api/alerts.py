"""What has fired, what is over, and what alerts are signed with."""

from base64 import b64encode
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from omnibound.api.base import Ask, to_date
from omnibound.domain.alerts import Alert, Kind


class AlertOut(Struct, frozen=True, kw_only=True):
    """Of one subject of a rule. `value` is the rule's number of it; `cleared_at` when it was well again."""

    rule: str
    kind: Annotated[str, Meta(extra_json_schema={"enum": list(Kind)})]
    subject: str
    value: float
    threshold: float
    words: str
    since: datetime | None
    fired_at: datetime | None
    cleared_at: datetime | None


class AlertsOut(Struct, frozen=True, kw_only=True):
    """The oldest first. `undelivered`: how many could not be told yet; `secret`: what they are signed with."""

    firing: list[AlertOut]
    past: list[AlertOut]
    undelivered: int
    secret: str


async def alerts(ask: Ask[None, None]) -> AlertsOut:
    """GET /api/v1/alerts."""
    now = ask.parts.alerts()
    return AlertsOut(
        firing=list(map(_out, now.firing)),
        past=list(map(_out, now.past)),
        undelivered=now.undelivered,
        secret=f"whsec_{b64encode(await ask.services.pushes.secret(ask.account)).decode()}",
    )


def _out(alert: Alert) -> AlertOut:
    return AlertOut(
        rule=alert.rule, kind=alert.kind, subject=alert.subject, value=alert.value, threshold=alert.threshold,
        words=alert.words, since=to_date(alert.since), fired_at=to_date(alert.fired_at),
        cleared_at=to_date(alert.cleared_at),
    )  # fmt: skip
