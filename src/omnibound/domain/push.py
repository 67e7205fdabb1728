"""What is pushed to clients: what they wish, and what waits to be pushed. All times: microseconds UTC."""

from enum import IntEnum

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


class Push(Struct, frozen=True, gc=False):
    """Something to be pushed. `key` names it; what a person wrote has its number as `delivery`, and attempt 0.

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

    @property
    def key(self) -> tuple[int, int, int]:
        """(delivery, attempt, topic): what it tells of."""
        return self.delivery, self.attempt, self.topic


def push_of(notify: Notify, account: int, delivery: int, attempt: int, now: int, topic: Topic = Topic.REPORT) -> Push:
    """Something that is to be pushed at once."""
    return Push(account, delivery, attempt, notify.url, notify.format, now, now + PUSHED_FOR, topic=topic)


def retry_wait(retry: int) -> int:
    """The wait before a retry, counted from 0: 1 minute and 1 minute times its square (OMNI, "Webhooks")."""
    return MINUTE + MINUTE * retry * retry


def missed(push: Push, why: str, now: int) -> Push:
    """The push after a try that was not accepted."""
    due = min(now + retry_wait(push.tries), push.until)
    over = now >= push.until
    return Push(
        push.account, push.delivery, push.attempt, push.url, push.format, due, push.until, push.tries + 1, over, why,
        push.topic,
    )  # fmt: skip
