"""A request's body within a bound, and what msgspec finds wrong in one."""

from typing import Annotated, Any

import msgspec
import pytest

from omnibound.wire.body import CutShort, Fault, Receive, TooLong, fault_of, receive_body

pytestmark = pytest.mark.anyio


def receiving(*messages: dict[str, Any]) -> Receive:
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    return receive


def request(*parts: bytes) -> list[dict[str, Any]]:
    last = len(parts) - 1
    return [{"type": "http.request", "body": part, "more_body": n < last} for n, part in enumerate(parts)]


@pytest.mark.parametrize("told", ["", "6", "0006", "nonsense", "-1", "٦"])
async def test_a_body_in_parts(told: str) -> None:
    assert await receive_body(receiving(*request(b"ab", b"", b"cdef")), told, 6) == b"abcdef"


async def test_a_message_without_members_is_an_empty_body() -> None:
    assert await receive_body(receiving({"type": "http.request"}), "", 0) == b""


@pytest.mark.parametrize("told", ["7", "10", "0000000007", "9" * 5000])
async def test_a_body_that_says_it_is_too_long_is_not_received(told: str) -> None:
    with pytest.raises(TooLong, match="at most 6 bytes"):
        await receive_body(receiving(), told, 6)


@pytest.mark.parametrize("told", ["", "1"])
async def test_a_body_is_counted_as_it_comes(told: str) -> None:
    endless = [{"type": "http.request", "body": b"abc", "more_body": True}] * 3
    with pytest.raises(TooLong, match="at most 6 bytes"):
        await receive_body(receiving(*endless), told, 6)


async def test_a_client_that_goes_away() -> None:
    first, _ = request(b"ab", b"cd")
    with pytest.raises(CutShort):
        await receive_body(receiving(first, {"type": "http.disconnect"}), "4", 6)


class Shape(msgspec.Struct):
    many: dict[Annotated[str, msgspec.Meta(max_length=2)], list[int]] = {}
    name: str = ""


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b'{"name":1}', Fault("Expected `str`, got `int`", "name")),
        (b'{"many":{"a":[1,"2"]}}', Fault("Expected `int`, got `str`", "many[...][1]")),
        (b'{"many":{"abc":[]}}', Fault("Expected `str` of length <= 2", "many")),
        (b"[]", Fault("Expected `object`, got `array`", "")),
        (b"{", Fault("Input data was truncated", "")),
    ],
)
def test_faults(body: bytes, fault: Fault) -> None:
    with pytest.raises(msgspec.MsgspecError) as caught:
        msgspec.json.decode(body, type=Shape)
    assert fault_of(caught.value) == fault
