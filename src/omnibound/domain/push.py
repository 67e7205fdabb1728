"""What is pushed to clients: what they wish, and what waits to be pushed. All times: microseconds UTC."""

from enum import IntEnum
from typing import Any

from msgspec import Struct

from omnibound.domain.flow import DAY, MINUTE

PUSHED_FOR = 2 * DAY
"""How long a report is tried to be pushed."""


class Topic(IntEnum):
    """What a push tells of. The numbers are stored: never change one, only add."""

    REPORT = 0
    """How a delivery, or a step of it, ended."""
    SEEN = 1
    """That a person has opened what was delivered."""
    INBOUND = 2
    """A message from a person to a number of the account's."""
    ACTION = 3
    """What a call asks of a server of the account's: a ready-made request."""
    MEMBER = 4
    """How somebody of a campaign stands after an attempt."""


class Pull(IntEnum):
    """Which reports of a message that pushes them can be pulled too."""

    NONE = 0
    FINAL = 1
    ALL = 2


class Notify(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """How the reports of a message are pushed.

    With an empty `url` the account's own is used. `format` names who writes them: a dialect's, or empty for the native
    API's. `steps`: also how each step ended that did not decide.
    """

    url: str = ""
    format: str = ""
    steps: bool = False
    pull: Pull = Pull.FINAL


_GROWING = [MINUTE + MINUTE * retry * retry for retry in range(20)]
RETRY_WAITS = (*_GROWING, PUSHED_FOR - sum(_GROWING))
"""The wait before each retry, if nobody says otherwise: 1 minute and 1 minute times its square (OMNI, "Webhooks"), the
last one as long as is left of `PUSHED_FOR`."""

PushKey = tuple[int, int, int, int]
"""(delivery, attempt, topic, number): what a push tells of."""


class Asked(Struct, frozen=True, gc=False, kw_only=True):
    """A request as it is sent. Without a `body` the push's format writes it.

    `waits`: microseconds before each retry; after the last one it is given up. `only`: of what the format writes, only
    what has one of these values in each of these members is told; the names are the format's.
    """

    method: str = "POST"
    headers: dict[str, str] = {}
    body: str | None = None
    waits: tuple[int, ...] = RETRY_WAITS
    only: dict[str, list[Any]] = {}


class Push(Struct, frozen=True, gc=False):
    """Something to be pushed. `key` names it; what a person wrote has its number as `delivery`, and attempt 0.

    What is a `request` of its own is never posted together with others. `number` tells several of one attempt apart.

    It is tried at `due_at` for the (`tries` + 1)th time, for the last time at `until`; then it is `over`. `why` says
    why it was not accepted the last time.
    """

    account: int
    delivery: int
    attempt: int
    url: str
    format: str
    due_at: int
    until: int
    tries: int = 0
    over: bool = False
    why: str = ""
    topic: Topic = Topic.REPORT
    request: Asked | None = None
    number: int = 0

    @property
    def key(self) -> PushKey:
        """What it tells of."""
        return self.delivery, self.attempt, self.topic, self.number


def push_of(notify: Notify, account: int, delivery: int, attempt: int, now: int, topic: Topic = Topic.REPORT) -> Push:
    """Something that is to be pushed at once."""
    return Push(account, delivery, attempt, notify.url, notify.format, now, now + PUSHED_FOR, topic=topic)


def missed(push: Push, why: str, now: int) -> Push:
    """The push after a try that was not accepted."""
    waits = push.request.waits if push.request else RETRY_WAITS
    left = waits[push.tries : push.tries + 1]
    due = min(now + sum(left), push.until)
    over = now >= push.until or not left
    return Push(
        push.account, push.delivery, push.attempt, push.url, push.format, due, push.until, push.tries + 1, over, why,
        push.topic, push.request, push.number,
    )  # fmt: skip
