"""Reports that are pushed: what a client wishes, and what waits to be pushed. All times: microseconds UTC."""

from enum import IntEnum

from msgspec import Struct

from omnibound.domain.flow import DAY, MINUTE

PUSHED_FOR = 2 * DAY
"""How long a report is tried to be pushed."""


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
    """A report to be pushed, named by (delivery, attempt).

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


def push_of(notify: Notify, account: int, delivery: int, attempt: int, now: int) -> Push:
    """A report that is to be pushed at once."""
    return Push(account, delivery, attempt, notify.url, notify.format, now, now + PUSHED_FOR)


def retry_wait(retry: int) -> int:
    """The wait before a retry, counted from 0: 1 minute and 1 minute times its square (OMNI, "Webhooks")."""
    return MINUTE + MINUTE * retry * retry


def missed(push: Push, why: str, now: int) -> Push:
    """The push after a try that was not accepted."""
    due = min(now + retry_wait(push.tries), push.until)
    over = now >= push.until
    return Push(
        push.account, push.delivery, push.attempt, push.url, push.format, due, push.until, push.tries + 1, over, why
    )
