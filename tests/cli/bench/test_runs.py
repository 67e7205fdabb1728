"""Figures: percentiles, tables of connectors, what a process has used; which benchmarks there are."""

import asyncio
import os
import socket
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.channels.base import read_settings
from omnibound.channels.smpp.settings import Settings
from omnibound.cli.bench.procs import Carrier, free_port, usage
from omnibound.cli.bench.runs import RUNS, _waits, connector, percentile
from omnibound.simulators.smsc import Smsc, SmscSettings
from tests.simulators.smsc.esme import bound

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ([5.0], 0.5, 5.0),
        ([3.0, 1.0, 2.0], 0.5, 2.0),
        ([float(n) for n in range(100)], 0.5, 50.0),
        ([float(n) for n in reversed(range(100))], 0.99, 99.0),
        ([1.0, 2.0], 1.0, 2.0),
        ([1.0, 2.0], 0.0, 1.0),
    ],
)
def test_percentile(values: list[float], share: float, found: float) -> None:
    assert percentile(values, share) == found


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1))
def test_so_many_lie_at_or_below(values: list[float], share: float) -> None:
    found = percentile(values, share)
    below = sum(value < found for value in values)
    assert found in values
    assert below <= len(values) * share
    assert sum(value <= found for value in values) >= len(values) * share


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_percentiles_grow(values: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert percentile(values, low) <= percentile(values, high)


def test_a_connectors_table() -> None:
    (table,) = tomllib.loads(connector(2775, binds=20, window=10, rate=5, name="x"))["connectors"]
    assert read_settings(table) == Settings(
        name="x", kind="smpp", channel="SMS", host="127.0.0.1", port=2775, system_id="bench", password="bench",
        binds=20, window=10, rate=5.0,
    )  # fmt: skip


def test_the_benchmarks() -> None:
    floods = ["bulk", "bulk-ids", "bulk-xml", "postgres", "nodes", "single", "latency", "fairness"]
    assert list(RUNS) == [
        *floods,
        "windows-2",
        "windows-20",
        "kannel",
        "mail",
        "backup",
        "logs",
        "pushes",
        "waiting",
        "media",
        "calls",
        "setups",
        "lists",
        "outbound",
        "outbound-postgres",
        "speech",
        "memory",
    ]


def test_usage_of_this_process() -> None:
    before = usage(os.getpid())
    kept = bytearray(os.urandom(1 << 16) * 512)
    while (after := usage(os.getpid())).cpu_us < before.cpu_us + 30_000:
        sum(kept[:100_000])
    times = os.times()
    assert abs(after.cpu_us - (times.user + times.system) * 1e6) < 500_000
    assert len(kept) >> 20 == 32
    assert before.peak_mib <= after.peak_mib < 100_000
    assert after.peak_mib > 32


def test_nobody_is_that_process() -> None:
    with pytest.raises(FileNotFoundError):
        usage(2**22 + 1)


def test_a_free_port_is_free() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as own:
        assert own.getsockname()[1] > 0


# -- the carrier's side ------------------------------------------------------------------------------------------


async def test_waits_are_from_the_answer_to_the_carrier() -> None:
    process: Any = None
    async with Smsc(SmscSettings(delay=60, control_port=0)) as smsc, bound(smsc) as esme:
        assert smsc.control_port
        carrier = Carrier(process, smsc.port, smsc.control_port)
        assert await carrier.accepted() == 0
        for number in ("41", "42"):
            await esme.accepted(number)
        assert await carrier.accepted() == 2
        arrived = {row["destination"]: row["arrived"] for row in (await carrier.ask(do="messages"))["messages"]}
        accepted = {"41": arrived["41"] - 0.25, "42": arrived["42"] + 5}
        assert await _waits(carrier, accepted) == [pytest.approx(0.25), 0.0]
        with pytest.raises(AssertionError, match="1 of 3 accepted messages have not arrived"):
            await _waits(carrier, {**accepted, "43": 0.0})


async def test_orders_that_the_carrier_does_not_know_are_answered() -> None:
    process: Any = None
    async with Smsc(SmscSettings(control_port=0)) as smsc:
        assert smsc.control_port
        answer = await asyncio.wait_for(Carrier(process, smsc.port, smsc.control_port).ask(do="fly"), 5)
    assert answer["ok"] is False
