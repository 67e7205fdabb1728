"""The Authorization header."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.domain.errors import Unauthorized
from omnibound.wire.credentials import App, Basic, read_credentials


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "credentials"),
    [
        (f"Basic {packed('Aladdin:open sesame')}", Basic("Aladdin", "open sesame")),
        (f"  basic   {packed('Aladdin:lamp:oil')} ", Basic("Aladdin", "lamp:oil")),
        (f"BASIC {packed('Ałłâh ad-Dīn:')}", Basic("Ałłâh ad-Dīn", "")),
        ("App 003026bb-8f4b", App("003026bb-8f4b")),
        ("app  a key ", App("a key")),
    ],
)
def test_credentials(header: str, credentials: Basic | App) -> None:
    assert read_credentials(header) == credentials


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "App",
        "App  ",
        "Bearer",
        "IBSSO ",
        "Digest token",
        "Basic !!!",
        "Basic YQ",
        "Basic ü",
        f"Basic {packed('nobody')}",
        f"Basic {packed(':password')}",
        f"Basic {packed('a:b' + chr(0))}",
        f"Basic {base64.b64encode(bytes([255, 58, 97])).decode()}",
        f"Basic {packed('a:b')} {packed('c:d')}",
    ],
)
def test_no_credentials(header: str) -> None:
    with pytest.raises(Unauthorized):
        read_credentials(header)


@given(name=st.text(min_size=1).filter(lambda text: ":" not in text and "\0" not in text), password=st.text())
def test_round_trip(name: str, password: str) -> None:
    if "\0" not in password:
        assert read_credentials(f"Basic {packed(f'{name}:{password}')}") == Basic(name, password)


@given(st.text())
def test_anything_is_read_or_refused(header: str) -> None:
    with suppress(Unauthorized):
        assert all(read_credentials(header)[:1])


@pytest.mark.parametrize("header", ["Bearer a-b", "bearer  a-b ", "IBSSO a-b"])
def test_a_token(header: str) -> None:
    assert read_credentials(header) == (header.split(maxsplit=1)[0].lower(), "a-b")
