"""The channel against a simulated relay over real TCP and TLS: what becomes of each attempt."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from omnibound.channels.smtp import CannotOpen, ask_relay, tls_context
from omnibound.domain.errors import Invalid
from omnibound.domain.facts import Accepted, Failed, Failure, HandOver, Link, Returned, Unknown
from omnibound.domain.status import Reason
from omnibound.ports import NOT_HELD, Share
from omnibound.ports.mail import Unwanted
from omnibound.simulators.smtp import Relay, SmtpSettings
from tests.channels.kit import refused_url
from tests.channels.smtp.peers import (
    FROM,
    LOOPS,
    Mailing,
    Wire,
    an_attempt,
    clock,
    make,
    scripted,
    started,
    talking,
)  # fmt: skip

pytestmark = [pytest.mark.anyio, LOOPS]

R = Reason


async def outcome_of(to: str, relay: SmtpSettings | None = None, **settings: Any) -> HandOver:
    async with talking(relay, **settings) as (channel, heard, _):
        await channel.send([an_attempt(to=to)])
        (outcome,) = await heard.handed_over()
        return outcome


OUTCOMES = [
    ("refuse+5.1.1@x.example", Failure(R.UNKNOWN_SUBSCRIBER, "smtp:5.1.1", False)),
    ("refuse+5.2.2@x.example", Failure(R.HANDSET_FULL, "smtp:5.2.2", False)),
    ("refuse+4.2.2@x.example", Failure(R.HANDSET_FULL, "smtp:4.2.2", True, 7_000_000)),
    ("greylist@x.example", Failure(R.REFUSED, "smtp:4.7.1", True, 7_000_000)),
    ("content+5.7.1@x.example", Failure(R.REFUSED, "smtp:5.7.1", False)),
    ("drop@x.example", Failure(R.PROVIDER_ERROR, "smtp:dropped", True, 7_000_000)),
    ("no address", Failure(R.INVALID_ADDRESS, "smtp:5.1.3")),
    ("a@b\r\nRCPT TO:<c@d>", Failure(R.INVALID_ADDRESS, "smtp:5.1.3")),
]


@pytest.mark.parametrize(("to", "failure"), OUTCOMES)
@pytest.mark.parametrize("pipelining", [True, False])
async def test_what_is_refused(to: str, failure: Failure, pipelining: bool) -> None:
    outcome = await outcome_of(to, SmtpSettings(pipelining=pipelining), retry_s=7)
    assert outcome == Failed(1, 1, "kit", failure, outcome.at)


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("tls", ["none", "starttls", "tls"])
async def test_what_is_taken(tls: Any, pipelining: bool, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    relay = SmtpSettings(
        tls=tls, certificate=str(ca), username="me", password="p\u00e4ss", pipelining=pipelining
    )  # fmt: skip
    own = {"tls": tls, "username": "me", "password": "p\u00e4ss", "ca": str(ca) if tls != "none" else ""}
    async with Relay(relay) as at, started(at.port, bounce_domain="b.example", **own) as (channel, heard):
        await heard.until(lambda: channel.room() > 0)
        await channel.send([an_attempt(n, f"p{n}@mail.example") for n in range(1, 8)])
        outcomes = sorted(await heard.handed_over(7), key=lambda each: each.delivery)
        assert outcomes == [Accepted(n, 1, "kit", "kit", (f"{n:x}-1",), outcomes[n - 1].at, True) for n in range(1, 8)]
        assert {(m.sender, m.recipient) for m in at.mails} == {
            (f"bounce-{n:x}-1@b.example", f"p{n}@mail.example") for n in range(1, 8)
        }
        assert [link.up for link in heard.of(Link)] == [True]


async def test_every_attempt_comes_back_once_whatever_happens_to_its_neighbours() -> None:
    kinds = ["ann", "refuse+5.1.1", "greylist", "content+5.7.1", "drop", "vanish", "busy"]
    addresses = [
        f"{kind}+{n}@x.example" if kind == "ann" else f"{kind}@x{n}.example" for n in range(8) for kind in kinds
    ]
    async with talking(SmtpSettings(last=1000), connections=3, window=20, retry_s=1) as (channel, heard, relay):
        waiting = [an_attempt(n, to) for n, to in enumerate(addresses)]
        while waiting:
            await heard.until(lambda: channel.room() > 0)
            room = channel.room()
            await channel.send(waiting[:room])
            del waiting[:room]
        outcomes = await heard.handed_over(len(addresses))
        assert sorted(each.delivery for each in outcomes) == list(range(len(addresses)))
        taken = {each.delivery for each in outcomes if isinstance(each, Accepted)}
        doubtful = {each.delivery for each in outcomes if isinstance(each, Unknown)}
        arrived = {addresses.index(mail.recipient) for mail in relay.mails}
        assert taken <= arrived <= taken | doubtful
        assert channel.condition()["busy"] == 0


async def test_no_answer_to_the_content_leaves_doubt() -> None:
    outcome = await outcome_of("hang@x.example", content_timeout_s=0.2, on_ambiguous="hold")
    assert outcome == Unknown(1, 1, "kit", "the relay does not answer in time", outcome.at, resend=False)


async def test_a_link_that_dies_before_the_answer_to_the_content_leaves_doubt() -> None:
    assert isinstance(await outcome_of("vanish@x.example"), Unknown)


async def test_a_relay_that_is_busy_is_left_alone_and_nothing_is_used_up() -> None:
    async with talking() as (channel, heard, relay):
        before = clock()
        await channel.send([an_attempt(to="busy@x.example")])
        (outcome,) = await heard.handed_over()
        assert outcome == Returned(1, 1, "kit", "421 4.3.2 too busy", outcome.at)
        link = heard.of(Link)[-1]
        assert link.up
        assert before < link.throttled_until == channel.condition()["throttled_until"]
        assert channel.room() == 0
        assert not channel.up()
        await heard.until(lambda: channel.room() > 0)
        await channel.send([an_attempt(2, to="busy@x.example")])
        await relay.until(accepted=1)


async def test_letters_beyond_ascii_need_a_relay_that_takes_them() -> None:
    async with talking() as (channel, heard, relay):
        await channel.send([an_attempt(1, "zoë@mail.example"), an_attempt(2, "ann@żaba.example")])
        assert {type(each) for each in await heard.handed_over(2)} == {Accepted}
        assert {mail.recipient for mail in relay.mails} == {"zoë@mail.example", "ann@xn--aba-22a.example"}
    outcome = await outcome_of("zoë@mail.example", SmtpSettings(utf8=False))
    assert outcome == Failed(1, 1, "kit", Failure(R.INVALID_ADDRESS, "smtp:5.6.7"), outcome.at)


async def test_what_is_too_big_is_not_even_sent() -> None:
    async with talking(SmtpSettings(size=1_000)) as (channel, heard, relay):
        await channel.send([an_attempt(text="x" * 1_000), an_attempt(2)])
        outcomes = {each.delivery: each for each in await heard.handed_over(2)}
        assert outcomes[1] == Failed(1, 1, "kit", Failure(R.TOO_LONG, "smtp:5.3.4"), outcomes[1].at)
        assert isinstance(outcomes[2], Accepted)
        assert relay.counts["accepted"] == 1


# -- Who is not written to ---------------------------------------------------------------------------------------


async def test_suppressed_addresses_are_not_written_to() -> None:
    mailing = Mailing(ann=R.OPTED_OUT)
    async with talking(mailing=mailing) as (channel, heard, relay):
        await channel.send([an_attempt(1), an_attempt(2, "bob@mail.example")])
        outcomes = {each.delivery: each for each in await heard.handed_over(2)}
        assert outcomes[1] == Failed(1, 1, "kit", Failure(R.BLOCKED, "suppression:opted_out", False), outcomes[1].at)
        assert [mail.recipient for mail in relay.mails] == ["bob@mail.example"]


async def test_nobody_is_written_to_who_cannot_be_asked_for() -> None:
    mailing = Mailing()
    mailing.failing = True
    async with talking(mailing=mailing) as (channel, heard, relay):
        await channel.send([an_attempt()])
        (outcome,) = await heard.handed_over()
        assert isinstance(outcome, Returned)
        assert relay.counts["accepted"] == 0
        assert channel.room() == 0


async def test_a_mailbox_that_is_not_there_is_not_written_to_again() -> None:
    mailing = Mailing()
    dead, full = an_attempt(1, "refuse+5.1.1@x.example"), an_attempt(2, "refuse+5.2.2@x.example")
    async with talking(mailing=mailing) as (channel, heard, _):
        await channel.send([dead, full])
        await heard.handed_over(2)
    (found,) = mailing.unwanted
    assert found == Unwanted(1, "refuse+5.1.1@x.example", R.UNKNOWN_SUBSCRIBER, found.at)


async def test_a_refused_sender_says_nothing_of_the_recipient() -> None:
    mailing = Mailing()
    async with talking(mailing=mailing) as (channel, heard, _):
        await channel.send([an_attempt(sender="sender+5.1.1@shop.example")])
        (outcome,) = await heard.handed_over()
        assert outcome == Failed(1, 1, "kit", Failure(R.INVALID_SENDER, "smtp:5.1.1", False), outcome.at)
    assert mailing.unwanted == []


# -- The link ----------------------------------------------------------------------------------------------------


async def down(channel_settings: dict[str, Any], port: int) -> str:
    """Why a link does not come up."""
    async with started(port, **channel_settings) as (channel, heard):
        await heard.until(lambda: bool(heard.of(Link)))
        link = heard.of(Link)[0]
        assert not link.up
        assert (channel.up(), channel.room()) == (False, 0)
        await channel.send([an_attempt()])
        (outcome,) = await heard.handed_over()
        assert isinstance(outcome, Returned)
        assert channel.condition()["why"] == link.why == outcome.why
        return link.why


async def test_nobody_listens() -> None:
    port = int(refused_url().rpartition(":")[2])
    assert "refused" in (await down({}, port)).lower() or "connect" in (await down({}, port)).lower()


async def test_wrong_password() -> None:
    async with Relay(SmtpSettings(username="me", password="right")) as relay:
        why = await down({"username": "me", "password": "wrong"}, relay.port)
    assert why == "the relay does not accept our credentials: 535 5.7.8 who are you?"


async def test_a_certificate_of_nobody() -> None:
    async with Relay(SmtpSettings(tls="starttls")) as relay:
        assert "certificate verify failed" in await down({"tls": "starttls"}, relay.port)
        async with started(relay.port, tls="starttls", verify=False) as (channel, heard):
            await heard.until(lambda: channel.room() > 0)


async def test_no_tls_where_it_is_wanted() -> None:
    async with Relay() as relay:
        assert "STARTTLS" in await down({"tls": "starttls"}, relay.port)


async def test_a_relay_that_says_nothing() -> None:
    async def silent(wire: Wire) -> None:
        await wire.reader.read()

    async with scripted(silent) as port:
        assert await down({"connect_s": 0.2}, port) == "the relay does not answer in time"


async def test_a_relay_that_comes_back_is_found_again() -> None:
    async with Relay() as first:
        port = first.port
        async with started(port) as (channel, heard):
            await heard.until(lambda: channel.room() > 0)
            await first.stop()
            await channel.send([an_attempt()])
            (outcome,) = await heard.handed_over()
            assert isinstance(outcome, Returned | Failed)
            async with Relay(SmtpSettings(port=port)) as again:
                await heard.until(lambda: channel.room() > 0)
                await channel.send([an_attempt(2)])
                await again.until(accepted=1)


async def test_fewer_connections_than_we_want_are_enough() -> None:
    async with talking(SmtpSettings(connections=1), connections=5) as (channel, heard, relay):
        await channel.send([an_attempt(n, f"p{n}@mail.example") for n in range(30)])
        assert {type(each) for each in await heard.handed_over(30)} == {Accepted}
        assert relay.counts["connections"] == 1
        assert [link.up for link in heard.of(Link)] == [True]


async def test_connections_are_kept_for_so_many_mails_and_so_long() -> None:
    async with talking(connections=1, messages=2, idle_s=0.1) as (channel, heard, relay):
        await channel.send([an_attempt(n, f"p{n}@mail.example") for n in range(5)])
        assert {type(each) for each in await heard.handed_over(5)} == {Accepted}
        assert relay.counts["connections"] >= 3
        while channel.condition()["connections"]:  # noqa: ASYNC110 - nothing is told of an idle connection
            await asyncio.sleep(0.02)
        assert channel.up()
        await channel.send([an_attempt(9)])
        await relay.until(accepted=6)


async def test_what_another_node_holds_is_not_used_here() -> None:
    async with talking(connections=2) as (channel, heard, relay):
        await channel.resize(Share(0, 2))
        assert (channel.up(), channel.room(), channel.condition()["why"]) == (False, 0, NOT_HELD)
        await channel.send([an_attempt()])
        assert isinstance((await heard.handed_over())[0], Returned)
        await channel.resize(Share(1, 2))
        await heard.until(lambda: channel.room() > 0)
        assert channel.condition()["window"] == 125
        await channel.send([an_attempt(n, f"p{n}@mail.example") for n in range(2, 20)])
        await relay.until(accepted=18)
        assert [link.up for link in heard.of(Link)] == [True, False, True]


async def test_settings_that_change_nothing_about_whom_we_speak_to() -> None:
    channel = make(1)
    table = {"name": "kit", "kind": "smtp", "host": "localhost", "port": 1, "tls": "none", "from": FROM}
    kind = type(channel.settings)
    import msgspec

    assert channel.amend(msgspec.convert({**table, "rate": 5, "window": 7, "on_ambiguous": "hold"}, kind))
    assert (channel.condition()["rate"], channel.condition()["window"], channel.resend) == (5, 7, False)
    assert not channel.amend(msgspec.convert({**table, "host": "other"}, kind))
    assert channel.settings.host == "localhost"


async def test_stop_waits_then_gives_back() -> None:
    async with talking(connections=1) as (channel, heard, _):
        await channel.send([an_attempt(1, "hang@x.example"), an_attempt(2), an_attempt(3)])
        channel.stop_s = 0.1
        await channel.stop()
        assert {each.delivery: type(each) for each in heard.outcomes} == {1: Unknown, 2: Returned, 3: Returned}
        await channel.send([an_attempt(4)])
        assert channel.room() == 0
        await asyncio.wait_for(channel.stop(), 1)


async def test_failures_are_traced_and_nothing_secret() -> None:
    relay = SmtpSettings(username="me", password="very secret")
    async with talking(relay, username="me", password="very secret") as (channel, heard, _):
        await channel.send([an_attempt(), an_attempt(2, "refuse+5.1.1@x.example")])
        await heard.handed_over(2)
        (kept,) = channel.exchanges()
        assert (kept.delivery, kept.recipient, kept.answer) == (2, "refuse+5.1.1@x.example", "550 5.1.1 as you wish")
        channel.trace(on=True)
        await channel.send([an_attempt(3)])
        await heard.handed_over(3)
        assert channel.exchanges()[-1].answer.startswith("250 2.0.0 queued as")
        shown = repr(channel.exchanges()) + repr(channel.condition())
        assert "secret" not in shown


# -- Asking --------------------------------------------------------------------------------------------------------


async def test_asking_a_relay(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    async with Relay(SmtpSettings(tls="starttls", certificate=str(ca), username="me", password="x")) as relay:
        own: dict[str, Any] = {"tls": "starttls", "ca": str(ca), "username": "me"}
        settings = make(relay.port, **own, password="x").settings
        asked = await ask_relay(settings, tls_context(settings))
        assert (asked.tls[:4], asked.signed_in, "pipelining" in asked.offers) == ("TLSv", True, True)
        wrong = make(relay.port, **own, password="y").settings
        with pytest.raises(CannotOpen, match="does not accept our credentials"):
            await ask_relay(wrong, tls_context(wrong))


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"from": "nobody"}, "from"),
        ({"from": "Shop\r\nBcc: x <a@b>"}, "from"),
        ({"lmtp_port": 24}, "bounce_domain"),
        ({"password": "x"}, "password"),
        ({"dkim_domain": "shop.example"}, "dkim_domain"),
        ({"dkim_domain": "a", "dkim_selector": "b", "dkim_key": "/no/such/file"}, "dkim_key"),
        ({"tls": "starttls", "ca": "/no/such/file"}, "ca"),
        ({"unsubscribe_url": "ftp://x"}, "unsubscribe_url"),
        ({"hello": "a b"}, "hello"),
    ],
)
async def test_tables_that_are_refused(settings: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make(25, **settings)
    assert refused.value.field == field
