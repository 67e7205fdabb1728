"""Alerts are told until somebody has taken them, at least a day long, and no secret of a hook is logged."""

import asyncio
import json
import logging

import pytest
from msgspec.structs import replace

from omnibound.domain.alerts import Alert, Kind, Rule, rule_of
from omnibound.domain.flow import SECOND
from omnibound.watch.telling import FIRST_WAIT, LONGEST_WAIT, MOST, TOLD_FOR, Telling, as_json, as_mail, where

pytestmark = pytest.mark.anyio

HOOK = "https://hooks.example/T0/secret-token?key=hunter2"
RULE = rule_of("links", Kind.LINK_DOWN, (HOOK,))
AT = 1_763_750_000 * SECOND
FIRED = Alert(
    rule="links", kind=Kind.LINK_DOWN, subject="carrier-a", value=1, threshold=0.5, words="refused",
    since=AT, fired_at=AT + 60 * SECOND,
)  # fmt: skip
CLEARED = replace(FIRED, value=0, words="", cleared_at=AT + 120 * SECOND)


class Ops:
    """Who is told; `answers` is what it says, `now` its clock."""

    def __init__(self) -> None:
        self.now = AT
        self.answer = ""
        self.posts: list[tuple[str, str, bytes]] = []
        self.mails: list[tuple[str, str, str]] = []
        self.raises: Exception | None = None
        self.telling = Telling(self.post, self.mail, lambda: self.now, "node-1")

    async def post(self, url: str, id_: str, body: bytes) -> str:
        self.posts.append((url, id_, body))
        if self.raises:
            raise self.raises
        return self.answer

    async def mail(self, to: str, subject: str, text: str) -> str:
        self.mails.append((to, subject, text))
        return self.answer

    async def tell(self, alert: Alert, rule: Rule = RULE) -> None:
        self.telling.tell([(rule, alert)])
        await self.telling.idle()

    async def later(self, microseconds: int) -> None:
        self.now += microseconds
        self.telling.look()
        await self.telling.idle()


@pytest.fixture
def ops() -> Ops:
    return Ops()


async def test_taken_at_once(ops: Ops) -> None:
    await ops.tell(FIRED)
    await ops.later(TOLD_FOR)
    ((url, id_, body),) = ops.posts
    assert (url, id_.startswith("alert_"), ops.telling.undelivered) == (HOOK, True, 0)
    assert json.loads(body) == {
        "type": "alert.fired",
        "timestamp": "2025-11-21T18:34:20Z",
        "data": {
            "rule": "links",
            "kind": "link_down",
            "subject": "carrier-a",
            "value": 1.0,
            "threshold": 0.5,
            "words": "refused",
            "since": "2025-11-21T18:33:20Z",
            "fired": "2025-11-21T18:34:20Z",
            "cleared": None,
            "node": "node-1",
        },
    }


def test_cleared() -> None:
    told = json.loads(as_json(CLEARED, "n"))
    assert (told["type"], told["timestamp"], told["data"]["cleared"]) == (
        "alert.cleared", "2025-11-21T18:35:20Z", "2025-11-21T18:35:20Z",
    )  # fmt: skip


async def test_as_mail(ops: Ops) -> None:
    await ops.tell(CLEARED, replace(RULE, to=("mailto:on%2Dcall@example.org",)))
    assert ops.mails == [
        (
            "on-call@example.org",
            "[omnibound] links cleared: carrier-a",
            (
                "links (link_down) has cleared for carrier-a on node-1.\n\nNo more is known.\n"
                "Value 0, threshold 0.5; bad since 2025-11-21T18:33:20Z.\n"
                "It fired at 2025-11-21T18:34:20Z and was well again at 2025-11-21T18:35:20Z.\n"
            ),
        )
    ]
    assert as_mail(FIRED, "n")[1].splitlines()[2] == "refused"


async def test_tried_again_with_one_id(ops: Ops) -> None:
    ops.answer = "HTTP 500"
    await ops.tell(FIRED)
    await ops.later(FIRST_WAIT - 1)
    assert (len(ops.posts), ops.telling.undelivered) == (1, 1)
    await ops.later(1)
    await ops.later(2 * FIRST_WAIT - 1)
    assert len(ops.posts) == 2
    ops.answer = ""
    await ops.later(1)
    assert (len(ops.posts), len({id_ for _, id_, _ in ops.posts}), ops.telling.undelivered) == (3, 1, 0)


async def test_each_state_and_target_has_its_id(ops: Ops) -> None:
    two = replace(RULE, to=(HOOK, "https://other.example/"))
    await ops.tell(FIRED, two)
    await ops.tell(CLEARED, two)
    assert len({id_ for _, id_, _ in ops.posts}) == 4


async def test_given_up_after_a_day(ops: Ops, caplog: pytest.LogCaptureFixture) -> None:
    ops.answer = "HTTP 500"
    await ops.tell(FIRED)
    for _ in range(200):
        await ops.later(LONGEST_WAIT)
    assert (ops.telling.undelivered, len(ops.posts) > 130) == (0, True)
    last = caplog.records[-1]
    assert (last.levelname, last.getMessage()) == (
        "ERROR", "alert links of carrier-a was given up, https://hooks.example did not take it: HTTP 500",
    )  # fmt: skip


async def test_what_raises_is_tried_again(ops: Ops) -> None:
    ops.raises = RuntimeError("a fault")
    await ops.tell(FIRED)
    ops.raises = None
    await ops.later(FIRST_WAIT)
    assert (len(ops.posts), ops.telling.undelivered) == (2, 0)


async def test_too_many(ops: Ops) -> None:
    ops.answer = "HTTP 500"
    ops.telling.tell([(replace(RULE, to=(HOOK,) * (MOST + 5)), FIRED)])
    await ops.telling.idle()
    assert (len(ops.posts), ops.telling.undelivered) == (MOST, MOST)


async def test_no_secret_is_logged(ops: Ops, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ops.answer = "HTTP 500"
    await ops.tell(FIRED)
    assert "https://hooks.example" in caplog.text
    assert "secret-token" not in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    ("to", "shown"),
    [
        (HOOK, "https://hooks.example"),
        ("http://user:pass@h.example:8080/x", "http://h.example"),
        ("mailto:ops@example.org", "mailto:ops@example.org"),
    ],
)
def test_where(to: str, shown: str) -> None:
    assert where(to) == shown


async def test_stop_waits_for_what_is_under_way(ops: Ops) -> None:
    ops.telling.tell([(RULE, FIRED)])
    await ops.telling.stop(5)
    assert len(ops.posts) == 1


async def test_stop_does_not_wait_for_ever() -> None:
    never = asyncio.Event()

    async def post(_url: str, _id: str, _body: bytes) -> str:
        await never.wait()
        return ""

    telling = Telling(post, Ops().mail, lambda: AT, "n")
    telling.tell([(RULE, FIRED)])
    await telling.stop(0.01)
    assert telling.undelivered == 0
