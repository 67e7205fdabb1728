"""Reading the configuration anew in a running server: what may change in place does, all else is named; beside
`bootstrap`.

First everything is read and checked; only if nothing is wrong with it something is changed. Connectors go by their
settings as they are read, not by their text: an order or a comment changes nothing.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from msgspec.structs import asdict, replace

from omnibound.bootstrap import Running, dialect_settings
from omnibound.bootstrap_connectors import check_names
from omnibound.channels.base import Common, read_settings
from omnibound.channels.sip import KIND as SIP
from omnibound.channels.sip import OURS
from omnibound.config import Config
from omnibound.domain.errors import Fault, Faulty, Invalid, Refused
from omnibound.domain.routing import Plan
from omnibound.domain.routing import check as check_routes
from omnibound.ports import Channel, Share
from omnibound.services.reload import ConnectorChange, Later, Reloaded

UP_S: Final = 5.0
"""How long it is waited that new connections are up; they go on trying after that."""
_LOOK_S: Final = 0.02
_TRUNKS: Final = "the telephone has its trunks from its start: calls go on while the server is restarted"
_STARTS: Final = "it is read when the server starts"
_LISTENS: Final = "the server listens and keeps its data there from its start"
_WHY: Final[Mapping[str, str]] = {
    "host": _LISTENS, "port": _LISTENS, "data": _LISTENS, "database": _LISTENS,
    "voice": "the telephone is started with it: calls go on while the server is restarted",
    "law": "calls that are under way were asked by the law as it was",
}  # fmt: skip
"""Why a setting holds from the next start on only; of others `_STARTS`."""
_BOUNDS: Final = ("queue", "backlog")
_log = logging.getLogger("omnibound.reload")

Check = Callable[[Config], object]
"""Raises Refused for what is wrong with a configuration."""


class Wanted(NamedTuple):
    """A connector as the configuration has it."""

    table: dict[str, Any]
    settings: Common


class Reload:
    """`read` gives the configuration as it is now; it raises Invalid. `checks` are what else can be wrong with it."""

    def __init__(self, parts: Running, read: Callable[[], Config], checks: Sequence[Check] = ()) -> None:
        self._parts = parts
        self._connectors = parts.worker.connectors
        self._read = read
        self._checks = (check_names, dialect_settings, wrong_routes, *checks)
        self._now = parts.config
        """What holds: after a reload what has changed in place, and the old where a restart is needed."""
        self._lock = asyncio.Lock()

    async def __call__(self) -> Reloaded:
        """Read anew. Raises Faulty, and changes nothing, where something is wrong."""
        async with self._lock:
            try:
                config = self._checked()
            except Faulty as error:
                for fault in error.faults:
                    _log.error("reload_refused: %s: %s", fault.path or "configuration", fault.why)
                raise
            told = await self._apply(config)
        _log.info("reloaded: %s", summary(told))
        for each in told.restart:
            _log.warning("reload_needs_restart: %s: %s", each.path, each.why)
        return told

    # -- checking ------------------------------------------------------------------------------------------------

    def _checked(self) -> Config:
        try:
            config = self._read()
        except Refused as error:
            raise faulty([fault_of(error)]) from error
        faults = [fault for check in self._checks for fault in _faults(check, config)]
        faults += [fault for table in config.connectors for fault in self._faults_of(table)]
        if faults:
            raise faulty(list(dict.fromkeys(faults)))
        return config

    def _faults_of(self, table: Mapping[str, Any]) -> Iterator[Fault]:
        """To make a channel says all that its kind can say; it is not started."""
        name = str(table.get("name", ""))
        if name:
            for fault in _faults(self._parts.make_channel, table):
                yield Fault(f"connectors.{name}.{fault.path}".rstrip("."), fault.why)

    # -- applying ------------------------------------------------------------------------------------------------

    async def _apply(self, config: Config) -> Reloaded:
        old, new = _by_name(self._now), _by_name(config)
        later = [name for name in {*old, *new} if _needs_restart(old.get(name), new.get(name))]
        known = [name for name in new if name not in later]
        changes = [await self._put(name, old.get(name), new[name]) for name in known]
        for name in old:
            if name not in new and name not in later:
                await self._connectors.remove(name, old[name].settings.linger_s)
                changes.append(ConnectorChange(name=name, what="removed"))
        self._connectors.arrange(list(new))
        self._now, settings, restart = self._set(config, later, [old[name] for name in later if name in old])
        told = await self._stood([change for change in changes if change])
        trunks = [Later(path=f"connectors.{name}", why=_TRUNKS) for name in sorted(later)]
        return Reloaded(connectors=tuple(told), settings=settings, restart=(*trunks, *restart))

    async def _put(self, name: str, old: Wanted | None, new: Wanted) -> ConnectorChange | None:
        """What had to be done to have a connector as it is wanted; None: nothing."""
        if old is None:
            return await self._added(name, new)
        if old.settings == new.settings:
            return None
        differ = tuple(
            [field for field, value in asdict(new.settings).items() if getattr(old.settings, field, None) != value]
        )
        carrying = self._carrying(name)
        if old.settings.channel != new.settings.channel:
            await self._connectors.remove(name, old.settings.linger_s)
            return await self._added(name, new)
        if carrying.amend(new.settings):
            await self._connectors.forget(name)
            return ConnectorChange(name=name, what="changed", settings=differ)
        channel = self._parts.make_channel(new.table)
        await channel.resize(_same_share(carrying.share, channel.slots))
        await self._connectors.put(channel, old.settings.linger_s)
        return ConnectorChange(name=name, what="rebinding", settings=differ)

    async def _added(self, name: str, new: Wanted) -> ConnectorChange:
        channel = self._parts.make_channel(new.table)
        # What it holds is dealt among the nodes, within a second.
        await channel.resize(Share(0, channel.slots))
        await self._connectors.put(channel)
        return ConnectorChange(name=name, what="added")

    def _carrying(self, name: str) -> Channel:
        channel = self._connectors.named(name)
        assert channel is not None  # noqa: S101 - what is configured carries
        return channel

    def _set(
        self, config: Config, later: Sequence[str], kept: Sequence[Wanted]
    ) -> tuple[Config, tuple[str, ...], tuple[Later, ...]]:
        """The configuration that holds now, which settings have changed in place, and which do later."""
        now, worker = self._now, self._parts.worker
        engine = replace(now.engine, **{name: getattr(config.engine, name) for name in _BOUNDS})
        tables = [table for table in config.connectors if table["name"] not in later]
        holds = replace(
            now, connectors=(*tables, *[wanted.table for wanted in kept]), routes=config.routes, routing=config.routing,
            log_level=config.log_level, engine=engine,
        )  # fmt: skip
        changed = tuple([path for path in differing(now, holds) if path != "connectors"])
        if holds.log_level != now.log_level:
            logging.getLogger().setLevel(holds.log_level.upper())
        if (holds.routes, holds.routing) != (now.routes, now.routing):
            worker.routes.switching.follow(Plan([table.route for table in holds.routes]), holds.routing.limits)
            worker.routes.replan()
        worker.bound(engine.queue, engine.backlog)
        restart = [path for path in differing(holds, config) if path != "connectors"]
        return (
            holds,
            changed,
            tuple([Later(path=path, why=_WHY.get(path.partition(".")[0], _STARTS)) for path in restart]),
        )

    # -- how it ended --------------------------------------------------------------------------------------------

    async def _stood(self, changes: Sequence[ConnectorChange]) -> list[ConnectorChange]:
        """Wait a little for what connects, and say how it stands."""

        waiting = [change.name for change in changes if change.what in ("added", "rebinding")]
        for _ in range(round(UP_S / _LOOK_S)):
            if all(self._stands(name)[0] for name in waiting):
                break
            await asyncio.sleep(_LOOK_S)
        return [self._told(change) for change in changes]

    def _stands(self, name: str) -> tuple[bool, str]:
        channel = self._connectors.coming(name) or self._carrying(name)
        return channel.up(), "" if channel.up() else str(channel.condition().get("why") or "not connected yet")

    def _told(self, change: ConnectorChange) -> ConnectorChange:
        if change.what == "removed":
            return change
        up, why = self._stands(change.name)
        pending = self._connectors.coming(change.name) is not None
        what = "rebound" if change.what == "rebinding" and not pending else change.what
        return replace(change, what=what, up=up, why=why)


def differing(old: Config, new: Config) -> list[str]:
    """The paths of settings that are not the same, one level down: `engine.queue`."""
    paths: list[str] = []
    for name in Config.__struct_fields__:
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        inner = getattr(before, "__struct_fields__", ())
        deeper = [f"{name}.{field}" for field in inner if getattr(before, field) != getattr(after, field)]
        if name == "sections":
            deeper = [table for table in {*before, *after} if before.get(table) != after.get(table)]
        paths += sorted(deeper) or [name]
    return paths


def wrong_routes(config: Config) -> None:
    """Raises Invalid for a route that no connector can follow; of connectors that cannot be read the table counts."""
    channels: dict[str, str] = {}
    for table in config.connectors:
        with suppress(Refused):
            channels[str(table.get("name", ""))] = read_settings(table).channel
    words = check_routes([table.route for table in config.routes], channels)
    if words:
        raise Invalid(words, "routes")


def summary(told: Reloaded) -> str:
    """In one line, for the log and the command."""
    words = [f"{each.name} {each.what}" + (f" ({each.why})" if each.why else "") for each in told.connectors]
    words += [f"{path} set" for path in told.settings]
    return ", ".join(words) or "nothing has changed"


def faulty(faults: Sequence[Fault]) -> Faulty:
    """All of them in one."""
    return Faulty("; ".join(f"{fault.path}: {fault.why}" if fault.path else fault.why for fault in faults), "", faults)


def fault_of(error: Refused) -> Fault:
    """What a check says, as one of several."""
    return Fault(error.field, error.text)


def _faults(check: Callable[[Any], object], given: object) -> Iterator[Fault]:
    try:
        check(given)
    except Refused as error:
        yield fault_of(error)


def _by_name(config: Config) -> dict[str, Wanted]:
    return {str(table["name"]): Wanted(table, read_settings(table)) for table in config.connectors}


def _needs_restart(old: Wanted | None, new: Wanted | None) -> bool:
    """Trunks are the telephone's; what of them is ours alone may change."""
    if SIP not in [wanted.settings.kind for wanted in (old, new) if wanted]:
        return False
    if old is None or new is None:
        return True
    return replace(new.settings, **{name: getattr(old.settings, name) for name in OURS}) != old.settings


def _same_share(share: Share, slots: int) -> Share:
    """As much of a connector that may have another number of binds now; the nodes deal the rest."""
    return share if share.of == slots else Share(min(share.binds, slots), slots)
