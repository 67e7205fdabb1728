import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.channels.base import Deps
from omnibound.channels.base.client import HttpSettings
from omnibound.channels.base.exchange import (
    Answer,
    Callback,
    Dead,
    Doubt,
    Exchange,
    NotSent,
    Request,
    Slow,
    Taken,
    Trace,
    Verdict,
    judge_status,
    sum_up,
)
from omnibound.channels.base.http import HttpChannel
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.facts import Accepted, Fact, Failed, Failure, Link, Receipt, Returned, Unknown
from omnibound.domain.message import Attempt
from omnibound.domain.status import Reason, Status
from tests.channels.kit import DROP, Heard, HttpChannelKit, Seen, an_attempt, answer, clock, provided, refused_url

pytestmark = pytest.mark.anyio

NOW = 1_700_000_000_000_000
TAKEN = b'{"id": "7"}'


class Example(HttpChannel):
    """The least that an author writes."""

    family = "ex"

    def __init__(self, url: str, deps: Deps, **settings: Any) -> None:
        table = {"name": deps.name, "kind": "example", "channel": "PUSH"} | settings
        super().__init__(msgspec.convert(table, HttpSettings), deps, secrets=("hunter2",))
        self._url = f"{url}/send?key=hunter2"

    def request(self, attempt: Attempt) -> Request | Failure:
        if attempt.content.text == "fault":
            raise KeyError("a fault of the author's")
        if attempt.content.text == "none":
            return Failure(Reason.NO_CONTENT)
        return Request(self._url, attempt.content.text.encode(), {"X-Delivery": str(attempt.delivery)})

    def read(self, request: Request, answer: Answer) -> Verdict | None:
        if answer.body == b"fault":
            raise KeyError("a fault of the author's")
        found = answer.json().get("id")
        return Taken((found,)) if answer.status == 200 and isinstance(found, str) else None

    async def authorize(self) -> dict[str, str]:
        return {"Authorization": "Basic c2VjcmV0"}

    def read_callback(self, callback: Callback) -> list[Fact]:
        try:
            found = msgspec.json.decode(callback.body, type=dict[str, str])["id"]
        except (msgspec.MsgspecError, KeyError) as error:
            raise Invalid("not a receipt") from error
        return [Receipt(self.carrier, found, Status.DELIVERED, Reason.DELIVERED, "", 0)]


class TestKit(HttpChannelKit):
    callback = Callback("POST", "/callbacks/kit", {}, {}, TAKEN)
    secrets = ("hunter2", "c2VjcmV0")

    def make(self, url: str, deps: Deps, **settings: Any) -> Example:
        return Example(url, deps, **settings)

    def taken(self) -> bytes:
        return TAKEN

    async def test_retry_after_a_date_is_heeded(self) -> None:
        assert Answer(429, {"Retry-After": "Tue, 14 Nov 2023 22:13:25 GMT"}, b"").retry_after(NOW) == 5_000_000

    async def test_request_is_as_the_author_wrote_it(self) -> None:
        async with self.talking(lambda _: answer(200, TAKEN)) as (channel, heard, provider):
            await channel.send([an_attempt(7, text="żółw")])
            assert await heard.handed_over() == [Accepted(7, 1, "kit", "kit", ("7",), heard.outcomes[0].at)]
            (seen,) = provider.seen
            assert (seen.method, seen.path, seen.body) == ("POST", "/send?key=hunter2", "żółw".encode())
            assert seen.headers["x-delivery"] == "7"
            assert seen.headers["authorization"] == "Basic c2VjcmV0"
            assert seen.headers["content-type"] == "application/json"

    async def test_faults_of_the_author_spare_the_neighbours(self) -> None:
        async with self.talking(lambda seen: answer(200, seen.body)) as (channel, heard, _):
            texts = ["fault", "none", TAKEN.decode(), "\udc80"]
            await channel.send([an_attempt(number, text=text) for number, text in enumerate(texts)])
            outcomes = sorted(await heard.handed_over(4), key=lambda outcome: outcome.delivery)
            assert [type(outcome) for outcome in outcomes] == [Failed, Failed, Accepted, Failed]
            assert isinstance(outcomes[0], Failed)
            assert outcomes[0].failure == Failure(Reason.INVALID_CONTENT, "ex:KeyError")

    async def test_an_answer_that_trips_the_author_leaves_doubt_and_is_kept(self) -> None:
        async with self.talking(lambda _: answer(200, b"fault")) as (channel, heard, _):
            await channel.send([self.attempt()])
            assert [type(outcome) for outcome in await heard.handed_over()] == [Unknown]
            assert [exchange.answer for exchange in channel.exchanges()] == ["fault"]
            await channel.send([self.attempt(2)])
            assert len(await heard.handed_over(2)) == 2

    async def test_answers_of_one_turn_go_out_together(self) -> None:
        gate = asyncio.Event()

        async def late(_seen: Seen) -> bytes:
            await gate.wait()
            return answer(200, TAKEN)

        async with self.talking(late, window=30) as (channel, heard, provider):
            await channel.send([self.attempt(number) for number in range(30)])
            await provider.asked(30)
            gate.set()
            await heard.handed_over(30)
            assert len(heard.lists) < 15

    async def test_what_comes_during_a_commit_goes_out_together(self) -> None:
        committing, go_on = asyncio.Event(), asyncio.Event()
        heard = Heard()

        async def slow_commit(facts: Sequence[Fact]) -> None:
            committing.set()
            await go_on.wait()
            await heard.emit(facts)

        async with provided(lambda _: answer(200, TAKEN)) as provider:
            channel = Example(provider.url, self.deps(), window=5)
            await channel.start(slow_commit, heard.wake)
            await committing.wait()
            for first in range(0, 20, 5):
                await channel.send([self.attempt(first + n) for n in range(5)])
                while channel.condition()["busy"]:  # noqa: ASYNC110 - nothing else tells it before the commit
                    await asyncio.sleep(0.001)
            assert channel.room() == 0, "what is not committed holds it back"
            go_on.set()
            await heard.handed_over(20)
            assert [len(facts) for facts in heard.lists] == [1, 20]
            await channel.stop()

    async def test_a_commit_that_fails_is_tried_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("omnibound.channels.base.outcomes._AGAIN_S", 0.001)
        heard, failures = Heard(), [OSError("disk full"), OSError("disk full")]

        async def emit(facts: Sequence[Fact]) -> None:
            if failures:
                raise failures.pop()
            await heard.emit(facts)

        async with provided(lambda _: answer(200, TAKEN)) as provider:
            channel = Example(provider.url, self.deps())
            await channel.start(emit, heard.wake)
            await channel.send([self.attempt()])
            assert [type(outcome) for outcome in await heard.handed_over()] == [Accepted]
            await channel.stop()
            assert [link.why for link in heard.of(Link)] == ["ready", "stopped"]

    async def test_window_is_never_exceeded_and_its_reserve_is_for_the_urgent(self) -> None:
        async with self.talking(lambda _: answer(200, TAKEN), window=20) as (channel, heard, _):
            assert [channel.room(share) for share in (1.0, 0.95, 0.8)] == [20, 19, 16]
            await channel.send([self.attempt(number) for number in range(16)])
            assert [channel.room(share) for share in (1.0, 0.95, 0.8)] == [4, 3, 0]
            await heard.until(lambda: heard.woken > 0)
            await heard.handed_over(16)
            assert [channel.room(share) for share in (1.0, 0.95, 0.8)] == [20, 19, 16]

    async def test_rate_wakes_when_there_is_room_again(self) -> None:
        async with self.talking(lambda _: answer(200, TAKEN), rate=20) as (channel, heard, _):
            assert channel.room() == 2
            await channel.send([self.attempt(1), self.attempt(2)])
            assert channel.room() == 0
            await heard.handed_over(2)
            await heard.until(lambda: channel.room() > 0)

    async def test_comes_up_again_after_being_down(self) -> None:
        url = refused_url()
        async with self.started(url) as (channel, heard):
            await channel.send([self.attempt()])
            await heard.handed_over()
            provider = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", int(url.rpartition(":")[2]))
            channel.throttle.resume()
            async with provided(lambda _: answer(200, TAKEN)) as other:
                channel._url = other.url  # type: ignore[attr-defined]
                await channel.send([self.attempt(2)])
                await heard.handed_over(2)
            provider.close()
            assert [(link.up, link.why[:20]) for link in heard.of(Link)] == [
                (True, "ready"),
                (False, heard.of(Link)[1].why[:20]),
                (True, "answers again"),
            ]
            assert [type(outcome) for outcome in heard.outcomes] == [Returned, Accepted]

    async def test_many_429_at_once_are_one_pause(self) -> None:
        async with self.talking(lambda _: answer(429, Retry_After="2"), window=20) as (channel, heard, _):
            await channel.send([self.attempt(number) for number in range(20)])
            assert {type(outcome) for outcome in await heard.handed_over(20)} == {Returned}
            assert len([link for link in heard.of(Link) if link.throttled_until]) == 1
            assert channel.condition()["counts"] == {"returned": 20, "pauses": 1}

    async def test_back_off_grows_while_the_provider_says_no(self) -> None:
        async with self.talking(lambda _: answer(429)) as (channel, heard, _):
            pauses: list[int] = []
            for number in range(9):
                before = clock()
                await channel.send([self.attempt(number)])
                await heard.handed_over(number + 1)
                pauses.append(round((channel.throttle.paused_until - before) / 1e6))
                channel.throttle.resume()
            assert pauses == [1, 2, 4, 8, 15, 30, 60, 60, 60]

    async def test_returned_uses_up_no_rate(self) -> None:
        async with self.started(refused_url(), rate=10) as (channel, heard):
            await channel.send([self.attempt()])
            await heard.handed_over()
            channel.throttle.resume()
            assert channel.room() == 1

    async def test_a_401_is_asked_again_once_with_other_access(self) -> None:
        class Renewing(Example):
            token = "old"

            async def authorize(self) -> dict[str, str]:
                return {"Authorization": f"Bearer {self.token}"}

            def unauthorized(self, headers: dict[str, str]) -> bool:
                self.token = "new"
                return headers["Authorization"] == "Bearer old"

        def reply(seen: Seen) -> bytes:
            return answer(200, TAKEN) if seen.headers["authorization"] == "Bearer new" else answer(401)

        async with provided(reply) as provider:
            channel, heard = Renewing(provider.url, self.deps()), Heard()
            await channel.start(heard.emit, heard.wake)
            await channel.send([self.attempt()])
            assert [type(outcome) for outcome in await heard.handed_over()] == [Accepted]
            assert len(provider.seen) == 2
            await channel.stop()

    async def test_stop_waits_for_what_is_on_its_way(self) -> None:
        gate = asyncio.Event()

        async def late(_seen: Seen) -> bytes:
            await gate.wait()
            return answer(200, TAKEN)

        async with self.talking(late, window=1) as (channel, heard, provider):
            await channel.send([self.attempt(1), self.attempt(2)])
            await provider.asked(1)
            stopping = asyncio.create_task(channel.stop())
            await asyncio.sleep(0)
            gate.set()
            await stopping
            assert {outcome.delivery: type(outcome) for outcome in heard.outcomes} == {1: Accepted, 2: Returned}
            assert heard.of(Link)[-1].why == "stopped"

    async def test_a_wrong_callback_is_refused(self) -> None:
        channel = self.make("http://127.0.0.1:9", self.deps())
        with pytest.raises(Invalid):
            channel.read_callback(Callback("POST", "/", {}, {}, b"nonsense"))
        with pytest.raises(NotFound):
            HttpChannel.read_callback(channel, Callback("POST", "/", {}, {}, b""))

    async def test_dropped_requests_are_in_the_trace(self) -> None:
        async with self.talking(lambda _: DROP) as (channel, heard, _):
            await channel.send([self.attempt()])
            await heard.handed_over()
            (exchange,) = channel.exchanges()
            assert (exchange.status, exchange.error) == (0, "ServerDisconnectedError: Server disconnected")


# -- Judging -----------------------------------------------------------------------------------------------------

OLD, NEW = Failure(Reason.UNREGISTERED), Failure(Reason.PROVIDER_ERROR)


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        ([Taken(("1",)), OLD], Taken(("1",))),
        ([OLD, Doubt("?"), Taken(("2",))], Taken(("2",))),
        ([OLD, Doubt("?"), Slow("!")], Doubt("?")),
        ([Doubt("?"), NotSent("!")], Doubt("?")),
        ([OLD, Slow("!")], Slow("!")),
        ([OLD, NEW], NEW),
        ([Dead(OLD, "a"), Failure(Reason.REFUSED)], Failure(Reason.REFUSED)),
        ([Taken(("1",)), Taken(("2",))], Taken(("1",))),
    ],
)
def test_several_verdicts_come_to_one(verdicts: list[Verdict], whole: Verdict) -> None:
    assert sum_up(verdicts) == whole
    assert type(sum_up(verdicts)) is type(whole)


@given(st.integers(100, 599), st.text(max_size=30), st.binary(max_size=30))
def test_any_answer_is_judged(status: int, retry_after: str, body: bytes) -> None:
    found = Answer(status, {"Retry-After": retry_after}, body)
    assert isinstance(found.json(), dict)
    assert found.retry_after(NOW) >= 0
    assert isinstance(judge_status(found, NOW), Failure | Slow | Doubt)


def test_trace_blanks_standing_secrets_and_those_of_one_exchange() -> None:
    trace = Trace(("s1", ""))
    headers = {"X-API-Key": "other", "X-More": "s2"}
    trace.keep(
        Exchange(at=0, took=1, delivery=2, attempt=3, method="GET", url="/s1", headers=headers, body="s1 s2"), ("s2",)
    )
    (kept,) = trace.exchanges()
    assert (kept.url, kept.body, kept.headers) == ("/***", "*** ***", {"X-API-Key": "***", "X-More": "***"})
