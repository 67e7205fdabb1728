"""One connection, line by line: commands in groups, one mail behind the other, and what a dying link means."""

import asyncio
from typing import Any

import pytest

from omnibound.domain.facts import Accepted, Failed, Failure, HandOver, Returned, Unknown
from omnibound.domain.status import Reason
from tests.channels.smtp.peers import LOOPS, Wire, an_attempt, scripted, started

pytestmark = [pytest.mark.anyio, LOOPS]

GROUP = ("MAIL FROM:<info@shop.example>", "RCPT TO:<p1@x>", "DATA")


def group(number: int) -> tuple[str, ...]:
    return GROUP[0], f"RCPT TO:<p{number}@x>", GROUP[2]


async def outcomes(script: Any, mails: int = 1, **settings: Any) -> dict[int, HandOver]:
    """What becomes of so many mails on one connection."""
    async with scripted(script) as port, started(port, connections=1, **settings) as (channel, heard):
        await heard.until(lambda: channel.room() > 0)
        await channel.send([an_attempt(n, f"p{n}@x") for n in range(1, mails + 1)])
        return {each.delivery: each for each in await heard.handed_over(mails)}


def kinds(found: dict[int, HandOver]) -> list[type]:
    return [type(found[number]) for number in sorted(found)]


async def test_the_next_envelope_goes_with_the_content() -> None:
    async def script(wire: Wire) -> None:
        await wire.greets("PIPELINING")
        await wire.hears(*group(1))
        await wire.says("250 ok", "250 ok", "354 go")
        await wire.content()
        await wire.hears(*group(2))
        await wire.says("250 taken", "250 ok", "250 ok", "354 go")
        await wire.content()
        await wire.says("250 taken")
        await wire.reader.read()

    assert kinds(await outcomes(script, 2)) == [Accepted, Accepted]


async def test_without_pipelining_each_command_waits() -> None:
    async def script(wire: Wire) -> None:
        await wire.greets("SIZE 9999")
        for number in (1, 2):
            for command in group(number):
                await wire.hears(command)
                assert not wire.reader._buffer  # pyright: ignore[reportAttributeAccessIssue]
                await wire.says("354 go" if command == "DATA" else "250 ok")
            await wire.content()
            await wire.says("250 taken")
        await wire.reader.read()

    assert kinds(await outcomes(script, 2)) == [Accepted, Accepted]


@pytest.mark.parametrize("to_data", ["354 go", "503 no recipients", "554 no valid recipients"])
async def test_a_refused_recipient_costs_its_neighbours_nothing(to_data: str) -> None:
    async def script(wire: Wire) -> None:
        await wire.greets("PIPELINING")
        await wire.hears(*group(1))
        await wire.says("250 ok", "550 5.1.1 nobody", to_data)
        if to_data.startswith("354"):
            await wire.hears(".")
            await wire.hears(*group(2))
            await wire.says("554 nobody to give it to")
        else:
            await wire.hears("RSET", *group(2))
            await wire.says("250 ok")
        await wire.says("250 ok", "250 ok", "354 go")
        await wire.content()
        await wire.says("250 taken")
        await wire.reader.read()

    found = await outcomes(script, 2)
    assert kinds(found) == [Failed, Accepted]
    assert getattr(found[1], "failure", None) == Failure(Reason.UNKNOWN_SUBSCRIBER, "smtp:5.1.1", False)


async def test_a_refused_sender() -> None:
    async def script(wire: Wire) -> None:
        await wire.greets("PIPELINING", "ENHANCEDSTATUSCODES")
        await wire.hears(*group(1))
        await wire.says("553 5.1.8 who?", "503 no", "503 no")
        await wire.reader.read()

    found = await outcomes(script)
    assert getattr(found[1], "failure", None) == Failure(Reason.INVALID_SENDER, "smtp:5.1.8", False)


async def test_replies_of_many_lines_and_in_pieces() -> None:
    async def script(wire: Wire) -> None:
        await wire.greets("PIPELINING")
        await wire.hears(*group(1))
        for piece in ("250-", "well\r\n250 ok\r", "\n250 ok\r\n354-do\r\n35", "4 go\r\n"):
            wire.writer.write(piece.encode())
            await wire.writer.drain()
            await asyncio.sleep(0.01)
        await wire.content()
        await wire.says("250-2.0.0 taken", "250 2.0.0 for ever")
        await wire.reader.read()

    assert kinds(await outcomes(script)) == [Accepted]


async def test_a_link_that_dies_with_a_content_on_it() -> None:
    async def script(wire: Wire) -> None:
        await wire.greets("PIPELINING")
        await wire.hears(*group(1))
        await wire.says("250 ok", "250 ok", "354 go")
        await wire.content()
        await wire.hears(*group(2))

    found = await outcomes(script, 2)
    # The second one was behind it: nothing is known of it, and nothing of it was sent.
    assert kinds(found) == [Unknown, Returned]


async def test_a_link_that_died_while_it_was_idle_says_nothing_of_the_mail() -> None:
    served = 0

    async def script(wire: Wire) -> None:
        nonlocal served
        served += 1
        await wire.greets("PIPELINING")
        await wire.hears(*group(served))
        await wire.says("250 ok", "250 ok", "354 go")
        await wire.content()
        await wire.says("250 taken")
        if served == 1:
            await wire.hears("MAIL")
        else:
            await wire.reader.read()

    async with scripted(script) as port, started(port, connections=1) as (channel, heard):
        await heard.until(lambda: channel.room() > 0)
        await channel.send([an_attempt(1, "p1@x")])
        await heard.handed_over(1)
        await channel.send([an_attempt(2, "p2@x")])
        outcome = (await heard.handed_over(2))[1]
        assert outcome == Returned(2, 1, "kit", "the relay closed the connection", outcome.at)
        await channel.send([an_attempt(3, "p2@x")])
        assert isinstance((await heard.handed_over(3))[2], Accepted)


async def test_a_mail_that_the_relay_drops_us_for_is_tried_later() -> None:
    async def script(wire: Wire) -> None:
        await wire.greets("PIPELINING")
        await wire.hears("MAIL")

    found = await outcomes(script, retry_s=9)
    assert getattr(found[1], "failure", None) == Failure(Reason.PROVIDER_ERROR, "smtp:dropped", True, 9_000_000)


async def test_no_answer_to_the_envelope() -> None:
    async def script(wire: Wire) -> None:
        await wire.greets("PIPELINING")
        await wire.reader.read()

    found = await outcomes(script, timeout_s=0.1, retry_s=9)
    assert getattr(found[1], "failure", None) == Failure(Reason.PROVIDER_TIMEOUT, "smtp:timeout", True, 9_000_000)


async def test_what_is_no_smtp() -> None:
    async def script(wire: Wire) -> None:
        await wire.greets("PIPELINING")
        await wire.hears(*group(1))
        await wire.says("HTTP/1.1 400 Bad Request")
        await wire.reader.read()

    assert kinds(await outcomes(script)) == [Failed]


async def test_a_relay_that_closes_what_is_idle_is_not_down() -> None:
    async def script(wire: Wire) -> None:
        await wire.greets("PIPELINING")
        await wire.says("421 4.4.2 idle for too long")

    async with scripted(script) as port, started(port, connections=1) as (channel, heard):
        await heard.until(lambda: channel.room() > 0)
        while channel.condition()["connections"]:  # noqa: ASYNC110 - nothing is told of an idle connection
            await asyncio.sleep(0.01)
        assert channel.up()
        assert channel.room() > 0


async def test_a_greeting_of_the_old_kind() -> None:
    async def script(wire: Wire) -> None:
        await wire.says("220 old")
        await wire.hears("EHLO")
        await wire.says("502 what?")
        await wire.hears("HELO")
        await wire.says("250 old")
        for answer in ("250 ok", "250 ok", "354 go"):
            await wire.reader.readline()
            await wire.says(answer)
        await wire.content()
        await wire.says("250 taken")
        await wire.reader.read()

    assert kinds(await outcomes(script)) == [Accepted]
