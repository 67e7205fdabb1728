"""Watching over a real server's parts: what a look sees, and what is refused."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from omnibound.bootstrap import running
from omnibound.bootstrap_watching import Eyes, build_spans, connector_of, lost_nodes
from omnibound.config import Config, read_config
from omnibound.domain.account import Account
from omnibound.domain.balance import Allowance
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import DAY
from omnibound.domain.message import Class
from omnibound.store.errors import Away
from omnibound.watch.look import Connector, Line
from omnibound.watch.tracing import Spans

pytestmark = pytest.mark.anyio

SMPP = {"name": "a", "kind": "smpp", "channel": "SMS", "host": "127.0.0.1", "port": 1, "system_id": "s", "window": 7}


def config_of(tmp_path: Path, text: str) -> Config:
    file = tmp_path / "omnibound.toml"
    file.write_text(text)
    return read_config(file, environment={})


async def test_a_look(tmp_path: Path) -> None:
    config = Config(data=str(tmp_path), connectors=(SMPP,))
    async with running(config) as parts:
        await parts.store.accounts.add(Account(id=5, name="acme", username="acme"), "", "", "", 1)
        await parts.store.accounts.add(Account(id=6, name="other", username="other"), "", "other", "", 1)
        await parts.store.balances.allow(Allowance(account=5, prepaid=True))
        await parts.store.balances.allow(Allowance(account=6, daily_cap=10))
        await parts.store.balances.add_money(5, 2_500_000)
        eyes = Eyes(parts)
        look = await eyes.look()
        parts.store.pushes.counts = _away
        blind = await eyes.look()
    (connector,) = look.connectors
    assert (connector.name, connector.channel, connector.up, connector.window, connector.room) == (
        "a",
        "SMS",
        False,
        7,
        0,
    )
    assert connector.lines == tuple(Line(cls=cls, number=0, since=0) for cls in ("urgent", "normal", "bulk"))
    assert connector.trouble
    assert look.balances == {"acme": 2.5}
    assert (look.pushes, look.failing, look.agents) == ({"waiting": 0, "given_up": 0}, (), {})
    assert look.load["unfinished"] == 0
    assert (blind.pushes, blind.balances, blind.connectors) == (look.pushes, look.balances, look.connectors)


async def _away(limit: int) -> tuple[int, int]:
    raise Away


def sender(condition: dict[str, Any], channel: str = "SMS", binds: int = 1, up: bool = True) -> Any:
    """A sender with one who waits since 50 in its queue, and one who was handed over already and waits since 40."""
    staged = SimpleNamespace(live=SimpleNamespace(due_at=40, cls=int(Class.BULK)))
    way = SimpleNamespace(
        name="a", channel=channel, condition=lambda: condition, up=lambda: up, room=lambda: 9,
        share=SimpleNamespace(binds=binds),
    )  # fmt: skip
    queue = SimpleNamespace(standing=lambda: {Class.BULK: (3, 50), Class.URGENT: (0, 0)})
    return SimpleNamespace(channel=way, queue=queue, staged=lambda: [staged])


LINES = (Line(cls="bulk", number=3, since=40), Line(cls="urgent", number=0, since=0))


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        (
            sender({"why": "bound", "window": 200, "busy": 50, "throttled_until": 7, "counts": {"strange answers": 2}}),
            Connector(
                name="a", channel="SMS", up=True, why="bound", lines=LINES, window=200, used=50, room=9,
                throttled_until=7, counts={"strange_answers": 2},
            ),
        ),
        (
            sender({"lines": 30, "in_use": 4, "alarm": {"reason": "trunk_auth", "detail": "sip:403"}}, "VOICE"),
            Connector(
                name="a", channel="VOICE", up=True, why="", lines=LINES, window=30, used=4, room=9, calls=4,
                alarm="it carries no calls: trunk_auth sip:403",
            ),
        ),
        (
            sender({"why": "not held here"}, binds=0, up=False),
            Connector(name="a", channel="SMS", up=False, why="not held here", lines=LINES, held=False),
        ),
    ],
)  # fmt: skip
def test_a_connector(given: Any, seen: Connector) -> None:
    assert connector_of(given) == seen


def node(key: str, lease_until: int = 0) -> Any:
    return SimpleNamespace(key=key, host=f"{key}.example:8080", lease_until=lease_until)


def test_lost_nodes_until_they_are_back() -> None:
    buried = {key: node(key, until) for key, until in (("a", 5), ("b", 5), ("old", 0))}
    sight = SimpleNamespace(nodes=(node("me"), node("b")))
    membership: Any = SimpleNamespace(buried=buried, sight=sight)
    assert lost_nodes(membership, DAY) == ("a.example:8080",)


def test_opentelemetry_is_off(tmp_path: Path) -> None:
    assert type(build_spans(Config())) is Spans


def test_opentelemetry_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "omnibound.watch.otel", None)
    with pytest.raises(Invalid, match=r"omnibound\[otel\]"):
        build_spans(config_of(tmp_path, '[otel]\nendpoint = "http://127.0.0.1:4318"\n'))
