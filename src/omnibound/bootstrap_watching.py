"""Watching put together with what it watches; beside `bootstrap`."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from omnibound.api.base import NOBODY
from omnibound.bootstrap import Running, now_us
from omnibound.config import Config
from omnibound.domain.balance import MONEY
from omnibound.domain.campaign import CHANNEL as CALLS
from omnibound.domain.errors import Invalid, Unavailable
from omnibound.domain.flow import DAY
from omnibound.engine.membership import Membership
from omnibound.engine.sender import Sender
from omnibound.ports import NOT_HELD
from omnibound.reports.guard import Guard
from omnibound.reports.post import Poster
from omnibound.reports.signature import sign
from omnibound.store.errors import StoreError
from omnibound.watch.alarms import Alarms
from omnibound.watch.look import Connector, Line, Look
from omnibound.watch.mail import Mailer
from omnibound.watch.tallies import Tallies
from omnibound.watch.telling import Telling
from omnibound.watch.tracing import Spans
from omnibound.watch.watch import Watch

PUSHES_COUNTED = 100_000
ASKED_S = 2.0
"""How long the database may take to say what only it knows."""
MILLION = 1_000_000


@asynccontextmanager
async def watched(config: Config, parts: Running) -> AsyncGenerator[Watch]:
    """A server that is watched. Raises Invalid where OpenTelemetry is configured and not installed."""
    poster = Poster(Guard(config.security.allow_private), config.alerting.timeout_s)
    watch = build_watch(config, parts, poster)
    parts.store.observe(watch.committed)
    parts.worker.dialer.on_look = watch.tallies.dialer_looked
    watch.spans = build_spans(config)
    watch.start()
    try:
        yield watch
    finally:
        await watch.stop()
        await poster.close()


def build_watch(config: Config, parts: Running, poster: Poster) -> Watch:
    """Not started yet."""

    async def post(url: str, id_: str, body: bytes) -> str:
        signed = sign(await parts.services.pushes.secret(NOBODY), id_, int(time.time()), body)
        return await poster.post(url, {"Content-Type": "application/json", **signed}, body)

    tallies = Tallies()
    rules = [table.rule for table in config.alerts]
    alarms = Alarms(rules, tallies, lambda: bool(parts.alerts))
    telling = Telling(post, Mailer(config.alerting).mail, now_us, parts.membership.me.host)
    return Watch(Eyes(parts).look, tallies, alarms, telling, config.alerting.look_s, now_us)


def build_spans(config: Config) -> Spans:
    """OpenTelemetry's, where it is configured. Raises Invalid where it is not installed."""
    if not config.otel.endpoint:
        return Spans()
    try:
        from omnibound.watch.otel import build_otel

        return build_otel(config.otel)
    except ImportError as error:
        raise Invalid(f"[otel] needs: pip install 'omnibound[otel]' ({error})", "otel") from error


class Eyes:
    """Looks at a server. What the database is asked is remembered: while it is away, the last that it said is told."""

    def __init__(self, parts: Running) -> None:
        self._parts = parts
        self._pushes: dict[str, int] = {}
        self._balances: dict[str, float] = {}

    async def look(self) -> Look:
        """How it stands now."""
        try:
            async with asyncio.timeout(ASKED_S):
                await self._ask()
        except (TimeoutError, StoreError, Unavailable):
            pass
        return look_at(self._parts, self._pushes, self._balances)

    async def _ask(self) -> None:
        waiting, given_up = await self._parts.store.pushes.counts(PUSHES_COUNTED)
        self._pushes = {"waiting": waiting, "given_up": given_up}
        self._balances = await _balances(self._parts)


def look_at(parts: Running, pushes: Mapping[str, int], balances: Mapping[str, float]) -> Look:
    """How a server stands now, but for what is in the database."""
    return Look(
        at=now_us(),
        load=parts.worker.load(),
        connectors=tuple([connector_of(sender) for sender in parts.worker.routes.senders() if sender.channel.slots]),
        agents=Counter(line.doing.value for line in parts.worker.lines()),
        pushes=pushes,
        posts=parts.pusher.counts,
        failing=tuple(sorted({urlsplit(url).hostname or "" for url in parts.pusher.failing()})),
        balances=balances,
        lost=lost_nodes(parts.membership, now_us()),
    )


def lost_nodes(membership: Membership, now: int) -> tuple[str, ...]:
    """Who was taken over by this node in the last day, and has not come back."""
    there = {node.key for node in membership.sight.nodes}
    gone = [node for key, node in membership.buried.items() if key not in there and now - node.lease_until < DAY]
    return tuple(sorted(node.host for node in gone))


def connector_of(sender: Sender) -> Connector:
    """How one way out stands."""
    channel, condition = sender.channel, sender.channel.condition()
    alarm = condition.get("alarm")
    used = _number(condition, "busy") or _number(condition, "in_use")
    held = channel.share.binds > 0
    return Connector(
        name=channel.name,
        channel=channel.channel,
        up=channel.up(),
        why=str(condition.get("why", "")),
        lines=tuple(
            Line(cls=cls.name.lower(), number=number, since=_first(since, sender, int(cls)))
            for cls, (number, since) in sender.queue.standing().items()
        ),
        window=_number(condition, "window") or _number(condition, "lines"),
        used=used,
        room=channel.room() if held else 0,
        throttled_until=_number(condition, "throttled_until"),
        calls=used if channel.channel == CALLS else None,
        alarm=f"it carries no calls: {alarm['reason']} {alarm['detail']}".rstrip()
        if isinstance(alarm, Mapping)
        else "",
        held=held and condition.get("why") != NOT_HELD,
        counts=_counts(condition.get("counts")),
    )


def _first(since: int, sender: Sender, cls: int) -> int:
    """Since when the first waits, in the queue or handed over already: a window that is stuck holds the oldest."""
    staged = [entry.live.due_at for entry in sender.staged() if entry.live.cls == cls]
    return min(filter(None, [since, *staged]), default=0)


def _number(condition: Mapping[str, object], name: str) -> int:
    value = condition.get(name, 0)
    return int(value) if isinstance(value, int | float) else 0


def _counts(counted: Any) -> dict[str, int]:
    """As labels: one word each."""
    return {str(event).replace(" ", "_"): int(number) for event, number in dict(counted or {}).items()}


async def _balances(parts: Running) -> dict[str, float]:
    """What prepaid accounts have left, by their names."""
    prepaid = [each.account for each in await parts.store.balances.allowances() if each.prepaid]
    if not prepaid:
        return {}
    names = {account.id: account.name for account in await parts.store.accounts.all()}
    purses = {id_: await parts.store.balances.purse(id_, MONEY, 0) for id_ in prepaid if id_ in names}
    return {names[id_]: (purse.left + purse.held) / MILLION for id_, purse in purses.items()}
