"""Reading the configuration anew: what is refused, what changes in place, and what needs a restart."""

import logging
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from omnibound import bootstrap_reload
from omnibound.bootstrap import Running, running
from omnibound.bootstrap_reload import Reload, differing, summary
from omnibound.config import Config, EngineTable, RouteTable, VoiceTable, read_config
from omnibound.domain.errors import Fault, Faulty, Invalid
from omnibound.ports import Share
from omnibound.services.reload import ConnectorChange, Later, Reloaded

pytestmark = pytest.mark.anyio

SMPP = {"name": "a", "kind": "smpp", "host": "127.0.0.1", "port": 1, "system_id": "u", "binds": 2}
TRUNK = {"name": "t", "kind": "sip", "channel": "VOICE", "host": "127.0.0.1", "lines": 1, "rate": 1}


class Place:
    """A running server whose file is what the test says."""

    def __init__(self, parts: Running, config: Config) -> None:
        self.parts = parts
        self.config = config
        self.reload = Reload(parts, lambda: self.config)

    async def to(self, *connectors: Mapping[str, Any], **settings: Any) -> Reloaded:
        told = {name: getattr(self.config, name) for name in Config.__struct_fields__}
        self.config = Config(**{**told, "connectors": tuple(map(dict, connectors)), **settings})
        return await self.reload()

    def names(self) -> list[str]:
        return [channel.name for channel in self.parts.channels]


@pytest.fixture
async def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr(bootstrap_reload, "UP_S", 0)
    config = Config(data=str(tmp_path), port=0, connectors=(SMPP,))
    async with running(config) as parts:
        yield Place(parts, config)


async def test_nothing_has_changed(place: Place) -> None:
    assert await place.to({**SMPP, "window": 200}) == Reloaded()


@pytest.mark.parametrize(
    ("connectors", "settings", "faults"),
    [
        ([{**SMPP, "name": ""}], {}, [("connectors", "connector number 1 has no name")]),
        ([SMPP, SMPP], {}, [("connectors", "two connectors are named a")]),
        (
            [{**SMPP, "window": 0}, {**SMPP, "name": "b", "submit_errors": {"x": "refused"}}],
            {},
            [("connectors.a.window", "`int` >= 1"), ("connectors.b.submit_errors", "x")],
        ),
        ([SMPP], {"sections": {"speed": {}}}, [("speed", "the configuration knows no table [speed]")]),
        (
            [SMPP],
            {"routes": (RouteTable(channel="SMS", connectors=("b",)),)},
            [("routes", "route number 1: no connector b carries SMS")],
        ),
    ],
)
async def test_what_is_wrong_is_told_with_its_place(
    place: Place, connectors: list[dict[str, Any]], settings: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    before = list(place.parts.channels)
    with pytest.raises(Faulty) as caught:
        await place.to(*connectors, log_level="error", **settings)
    told = caught.value.faults
    assert [fault.path for fault in told] == [path for path, _ in faults]
    assert all(words in fault.why for fault, (_, words) in zip(told, faults, strict=True))
    assert list(place.parts.channels) == before
    assert logging.getLogger().level != logging.ERROR


async def test_a_file_that_cannot_be_read(place: Place) -> None:
    def read() -> Config:
        raise Invalid("it is not TOML", "file")

    with pytest.raises(Faulty) as caught:
        await Reload(place.parts, read)()
    assert caught.value.faults == (Fault("file", "it is not TOML"),)


async def test_in_place(place: Place) -> None:
    (channel,) = place.parts.channels
    told = await place.to({**SMPP, "rate": 5, "window": 7})
    assert told.connectors == (
        ConnectorChange(name="a", what="changed", settings=("rate", "window"), up=False, why=told.connectors[0].why),
    )
    assert (list(place.parts.channels), channel.condition()["rate"]) == ([channel], 5)


async def test_another_address_takes_a_place_that_is_down(place: Place) -> None:
    (before,) = place.parts.channels
    await before.resize(Share(1, 2))
    (change,) = (await place.to({**SMPP, "port": 2})).connectors
    (after,) = place.parts.channels
    assert (change.what, change.settings, change.up) == ("rebound", ("port",), False)
    assert after is not before
    assert after.share == Share(1, 2)


async def test_added_and_removed(place: Place) -> None:
    told = await place.to({**SMPP, "name": "b"}, {**SMPP, "name": "c", "channel": "MMS"})
    assert [(each.name, each.what) for each in told.connectors] == [("b", "added"), ("c", "added"), ("a", "removed")]
    assert place.names() == ["b", "c", "a"]
    told = await place.to({**SMPP, "name": "c"}, {**SMPP, "name": "b"})
    assert [(each.name, each.what, each.settings) for each in told.connectors] == [("c", "added", ())]
    assert place.names()[:2] in (["c", "c"], ["c", "b"])
    assert {channel.name: channel.channel for channel in place.parts.channels if channel.slots} == {
        "c": "SMS",
        "b": "SMS",
    }


async def test_settings_now_and_later(place: Place) -> None:
    level = logging.getLogger().level
    routes = (RouteTable(channel="SMS", connectors=("a",)),)
    wish: dict[str, Any] = {
        "log_level": "warning", "routes": routes, "engine": EngineTable(queue=7, validity_s=60),
        "voice": VoiceTable(silence_s=5), "host": "0.0.0.0", "sections": {"omni": {"create_status": 200}},
    }  # fmt: skip
    try:
        told = await place.to(SMPP, **wish)
        again = await place.to(SMPP)
    finally:
        logging.getLogger().setLevel(level)
    assert told.settings == ("log_level", "routes", "engine.queue")
    assert [each.path for each in told.restart] == ["host", "engine.validity_s", "voice.silence_s", "omni"]
    assert (again.settings, again.restart) == ((), told.restart)
    assert place.parts.worker.routes.switching.plan.channels == {"SMS"}
    assert place.parts.worker._settings.queue == 7


async def test_trunks_need_a_restart(place: Place) -> None:
    told = await place.to(SMPP, TRUNK)
    assert told == Reloaded(restart=(Later(path="connectors.t", why=bootstrap_reload._TRUNKS),))
    assert await place.reload() == told
    assert await place.to(SMPP) == Reloaded()


async def test_two_reloads_go_one_after_another(place: Place) -> None:
    import asyncio

    place.config = read_config(flags={"data": place.config.data, "port": 0}, environment={})
    first, second = await asyncio.gather(place.reload(), place.reload())
    assert ([each.what for each in first.connectors], second.connectors) == (["removed"], ())


def test_what_differs() -> None:
    old, new = Config(), Config(port=1, engine=EngineTable(queue=1), sections={"omni": {}})
    assert (differing(old, new), differing(old, old)) == (["port", "engine.queue", "omni"], [])


def test_in_one_line() -> None:
    changes = (ConnectorChange(name="a", what="added"), ConnectorChange(name="b", what="rebinding", up=False, why="no"))
    assert summary(Reloaded(connectors=changes, settings=("routes",))) == "a added, b rebinding (no), routes set"
    assert summary(Reloaded()) == "nothing has changed"
