from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.dialects.base import dialects, plain_target

pytestmark = pytest.mark.anyio


def test_every_folder_is_a_dialect() -> None:
    found = {dialect.NAME: dialect for dialect in dialects()}
    assert found["infobip_omni"].SECTION == "omni"
    for name, dialect in found.items():
        settings = msgspec.convert({}, dialect.Settings)
        paths = [getattr(route, "path", "") for route in dialect.routes(None, settings)]  # type: ignore[arg-type]
        assert paths, name


async def routed(path: str, raw: bytes = b"", kind: str = "http") -> tuple[str, bytes]:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    await plain_target(app)({"type": kind, "path": path, "raw_path": raw}, None, None)  # type: ignore[arg-type]
    return seen[0]["path"], seen[0]["raw_path"]


@pytest.mark.parametrize(
    ("path", "raw", "expected"),
    [
        ("/omni/1/reports", b"/omni/1/reports", ("/omni/1/reports", b"/omni/1/reports")),
        ("http://127.0.0.1:80/omni/1/x", b"http://127.0.0.1:80/omni/1/x", ("/omni/1/x", b"/omni/1/x")),
        ("HTTPS://h/a%20b", b"HTTPS://h/a%20b", ("/a%20b", b"/a%20b")),
        ("http://h", b"http://h", ("/", b"/")),
        ("/http://h/x", b"", ("/http://h/x", b"")),
        ("httpd/x", b"", ("httpd/x", b"")),
    ],
)
async def test_absolute_targets_become_paths(path: str, raw: bytes, expected: tuple[str, bytes]) -> None:
    assert await routed(path, raw) == expected


async def test_a_lifespan_is_left_alone() -> None:
    assert await routed("http://h/x", b"", "lifespan") == ("http://h/x", b"")


@given(st.text())
async def test_any_path_is_survived(path: str) -> None:
    assert isinstance((await routed(path))[0], str)
