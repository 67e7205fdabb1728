"""What every test relies on: one kind of event loop, the same examples in CI, no forbidden skip, no hanging."""

import os
import signal
import threading
from collections.abc import Generator
from types import FrameType

import pytest
from hypothesis import HealthCheck, settings

REQUIRE_ALL = os.environ.get("OMNIBOUND_REQUIRE_ALL") == "1"
TIME_LIMIT_S = 60.0

_OURS = ("OMNIBOUND_REQUIRE_ALL", "OMNIBOUND_TEST_POSTGRES", "OMNIBOUND_TEST_CALLS")

# A developer's settings must not decide how a test ends.
for _name in [name for name in os.environ if name.startswith("OMNIBOUND_") and name not in _OURS]:
    del os.environ[_name]

# Two busy cores make single examples slow now and then, which says nothing about the code.
_calm = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("person", **_calm)
settings.register_profile("ci", derandomize=True, database=None, **_calm)
settings.load_profile("ci" if os.environ.get("CI") or REQUIRE_ALL else "person")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the product does. The scope lets fixtures of any scope be async."""
    return "asyncio"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With OMNIBOUND_REQUIRE_ALL=1 a skipped test has failed."""
    # What tells of a failure must not be cut off by the time limit: that would end the whole run.
    left, again = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        report = yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, max(left, 0.1) if again else 0, again)
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        _refuse_skip(report, item.nodeid)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself."""
    report = yield
    if REQUIRE_ALL and report.skipped:
        _refuse_skip(report, collector.nodeid)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport, nodeid: str) -> None:
    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
    report.outcome = "failed"
    report.longrepr = f"{nodeid}: no skip is allowed with OMNIBOUND_REQUIRE_ALL=1, but: {why}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Fail a test, its fixtures included, that takes longer than its time limit."""
    marker = item.get_closest_marker("time_limit")
    limit_s = float(marker.args[0]) if marker else TIME_LIMIT_S
    if threading.current_thread() is not threading.main_thread():
        return (yield)

    def ring(_signum: int, _frame: FrameType | None) -> None:
        pytest.fail(f"took longer than {limit_s:g} s", pytrace=True)

    before = signal.signal(signal.SIGALRM, ring)
    # Repeated: an event loop swallows what is raised inside one of its callbacks.
    signal.setitimer(signal.ITIMER_REAL, limit_s, 1.0)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
