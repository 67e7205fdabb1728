import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from omnibound.channels.base import Deps, build_channel, kind_named, kinds, no_devices, read_settings
from omnibound.domain.errors import Invalid

pytestmark = pytest.mark.anyio

KIND_CODE = """
from omnibound.channels.base import Common
KIND = {name!r}
class Settings(Common, frozen=True, kw_only=True):
    host: str
def build(settings, deps):
    return (settings, deps)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package of two kinds, one of which does not bear its module's name, and of two modules that are none."""
    folder = tmp_path / "planted_kinds"
    folder.mkdir()
    files = {
        "pigeon": KIND_CODE.format(name="pigeon"),
        "modern": KIND_CODE.format(name="smoke"),
        "other": "x = 1",
        "lame": "import no_such_thing",
    }
    for name, code in {**files, "base_more": "raise ImportError", "__init__": ""}.items():
        (folder / f"{name}.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    yield folder.name
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]


def test_kinds_are_found(package: str) -> None:
    assert sorted(kinds(package)) == ["pigeon", "smoke"]


def test_kind_by_name_imports_its_module_only(package: str) -> None:
    assert kind_named("pigeon", package).name == "pigeon"
    assert f"{package}.modern" not in sys.modules
    assert kind_named("smoke", package).name == "smoke"


@pytest.mark.parametrize("name", ["", "other", "modern", "base_more", "nothing", "../fcm"])
def test_no_such_kind(package: str, name: str) -> None:
    with pytest.raises(Invalid, match="pigeon, smoke") as raised:
        kind_named(name, package)
    assert raised.value.field == "kind"


def test_our_own_kinds() -> None:
    assert "fcm" in kinds()
    assert all(name == kind.name for name, kind in kinds().items())


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({"name": "p", "channel": "SMS"}, ""),
        ({"name": "p", "channel": "SMS", "host": "h", "colour": "red"}, ""),
        ({"name": "p", "channel": "SMS", "host": "h", "rate": -1}, "rate"),
        ({"name": "p", "channel": "SMS", "host": "h", "window": "many"}, "window"),
        ({"name": "p", "channel": "", "host": "h"}, "channel"),
        ({"name": "p", "channel": "SMS", "host": "h", "on_ambiguous": "guess"}, "on_ambiguous"),
    ],
)
def test_wrong_tables(package: str, table: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid, match="connector 'p'") as raised:
        read_settings({**table, "kind": "pigeon"}, kind_named("pigeon", package))
    assert raised.value.field == field


def test_a_kind_that_is_missing_is_said() -> None:
    with pytest.raises(Invalid, match=r"there are: .*fcm"):
        build_channel({"name": "x"}, Deps("x", lambda: 0))


async def test_no_devices() -> None:
    assert await no_devices(1, "app", ["1"]) == {}
