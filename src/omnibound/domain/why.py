"""Why somebody of a campaign is not being called just now. Pure: one answer, the first that holds of all there are."""

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from msgspec import Struct

from omnibound.domain.agent import agent_key
from omnibound.domain.agent_line import AgentLine, Doing
from omnibound.domain.bulk import PARKED, real_due
from omnibound.domain.calendar import NEVER
from omnibound.domain.campaign import Campaign, Kind, State
from omnibound.domain.campaign_checks import lacking
from omnibound.domain.due import Dues
from omnibound.domain.live import Live, Stage
from omnibound.domain.member import Member, Progress
from omnibound.domain.objection import Bar, Case, Objection, objection
from omnibound.domain.pacing import Bound


class Cause(IntEnum):
    """Why somebody waits, or is called no more."""

    CALLING = 0
    """A call is under way."""
    LINES = 1
    """Due: waits for a free line, or is being dialled."""
    TRUNK_DOWN = 2
    """Due, and no trunk that may take the call is up."""
    CLOSED = 3
    """It is outside the hours where the person is."""
    RETRY = 4
    """Was called in vain, and the pause is not over; or the trunk failed, and is tried again."""
    LATER = 5
    """Not before an instant that the request or the campaign names."""
    HELD = 6
    """The call is over, or was lost after its answer: waits for somebody to name its result, or to release it."""
    PAUSED = 7
    NOT_STARTED = 8
    LAW = 9
    """It is outside the hours in which the law lets the person be called."""
    FILTERED = 10
    """A condition of the campaign's filter excludes the person."""
    BLOCKED = 11
    """A number of the person is on the block list."""
    CALLS_TODAY = 12
    """The number was called as often as it may be in a day."""
    EXPIRED = 13
    """The campaign's end is over."""
    INVALID = 14
    """The campaign lacks something, such as its dialer."""
    FINISHED = 15
    """The campaign is finished."""
    AGENT = 16
    """Kept for an agent, who is not free."""
    AGENTS = 17
    """Waits for an agent of the queue to be free."""
    PREVIEW = 18
    """Agents start the calls of this campaign."""
    PACE = 19
    """The campaign sends so many messages an hour, and they have gone."""
    DUE = 20
    """Due, and nothing stands against it: its turn comes next."""
    DELETED = 21
    """The person was cancelled or deleted."""
    HANDLED = 22
    """It is done: the last call was its end."""
    MAX_CALLS = 23
    """Was called in vain as often as the campaign allows."""
    OVER = 24
    """It ended without a call that counts: too late, or nothing to say."""
    ABANDONED = 25
    """Found nobody there when they answered: the law wants that they are left alone for a time."""


class Why(NamedTuple):
    """`since` and `until`: microseconds UTC, 0 where no clock knows. `detail`: more of it, such as the condition."""

    cause: Cause
    until: int = 0
    since: int = 0
    detail: str = ""


class Look(Struct, frozen=True, kw_only=True):
    """A campaign at one instant, that of `dues`, which are its own.

    `up`: whether a trunk takes its calls. `bound`: why its dialer starts no more calls than it does, None: nobody
    of it is due. `lines` are those of all agents, `queue` is the name under which they serve its queue; `missing`
    names parts that it names and that there are not.
    """

    campaign: Campaign
    dues: Dues
    up: bool = True
    bound: Bound | None = None
    lines: Sequence[AgentLine] = ()
    queue: str = ""
    missing: Sequence[str] = ()


class Seen(Struct, frozen=True, kw_only=True):
    """A member, what is unfinished of it (None: nothing), and the call that would be made next."""

    member: Member
    live: Live | None
    case: Case
    blocked_at: int = 0


def why(look: Look, seen: Seen) -> Why:
    """The answer."""
    return next(filter(None, (rule(look, seen) for rule in _RULES)))


# --- those who are called no more -------------------------------------------------------------------------------------

_ENDS: Final[Mapping[Progress, Cause]] = {
    Progress.GONE: Cause.DELETED,
    Progress.HANDLED: Cause.HANDLED,
    Progress.MAX_CALLS: Cause.MAX_CALLS,
    Progress.FILTERED: Cause.BLOCKED,
    Progress.NOT_HANDLED: Cause.OVER,
}


def _over(look: Look, seen: Seen) -> Why | None:
    stand, changed_at = seen.member.stand, seen.member.changed_at
    if not stand.closed and seen.live is not None and stand.progress is not Progress.GONE:
        return None
    reason = stand.reason
    return Why(_ENDS[stand.progress], since=changed_at, detail=reason.name.lower() if reason is not None else "")


# --- those who are not called before something changes ----------------------------------------------------------------


def _under_way(look: Look, seen: Seen) -> Why | None:
    stage = _live(seen).stage
    if stage is Stage.HELD:
        return Why(Cause.HELD, since=seen.member.changed_at)
    return Why(Cause.CALLING, since=_live(seen).sent_at) if stage is Stage.SENT else None


def _campaign(look: Look, seen: Seen) -> Why | None:
    campaign = look.campaign
    if campaign.state is State.NEW:
        return Why(Cause.NOT_STARTED)
    if campaign.state is State.FINISHED:
        return Why(Cause.FINISHED)
    lacks = (*look.missing, *(lacking(campaign) if campaign.dialled else ()))
    if lacks:
        return Why(Cause.INVALID, detail=", ".join(dict.fromkeys(lacks)))
    paused = campaign.state is State.PAUSED or _live(seen).due_at >= PARKED
    return Why(Cause.PAUSED) if paused else None


_BARS: Final[Mapping[Bar, Cause]] = {
    Bar.BLOCKED: Cause.BLOCKED,
    Bar.FILTERED: Cause.FILTERED,
    Bar.EXPIRED: Cause.EXPIRED,
    Bar.LATER: Cause.LATER,
    Bar.CALLS_TODAY: Cause.CALLS_TODAY,
    Bar.HOURS: Cause.CLOSED,
    Bar.LAW: Cause.LAW,
    Bar.ABANDONED: Cause.ABANDONED,
}


def _objection(look: Look, seen: Seen) -> Why | None:
    against = objection(seen.case)
    if against is None:
        return None
    since = seen.blocked_at if against.bar is Bar.BLOCKED else 0
    return Why(_BARS[against.bar], _until(look, seen, against), since, against.detail)


def _until(look: Look, seen: Seen, against: Objection) -> int:
    """When it may be called, all in all: a pause may be longer than what stands against it."""
    if against.until == NEVER:
        return 0
    due = real_due(_live(seen).due_at)
    if due >= NEVER:
        return against.until
    opens = look.dues.opening(seen.member, max(due, against.until))
    return 0 if opens == NEVER else opens


def _excluded(look: Look, seen: Seen) -> Why | None:
    """Nothing stands against it any more, and it was not judged again yet."""
    stand = seen.member.stand
    return Why(Cause.FILTERED, detail=seen.member.detail) if stand.progress is Progress.FILTERED else None


# --- those whose turn it may be ---------------------------------------------------------------------------------------


def _waits(look: Look, seen: Seen) -> Why | None:
    due = real_due(_live(seen).due_at)
    tried = seen.member.reason is not None or look.up
    return Why(Cause.RETRY, 0 if due >= NEVER else due) if due > look.dues.now and tried else None


def _trunk(look: Look, seen: Seen) -> Why | None:
    return None if look.up else Why(Cause.TRUNK_DOWN)


def _agent(look: Look, seen: Seen) -> Why | None:
    """Who is signed off keeps nobody waiting."""
    wanted = agent_key(seen.member.traits.agent)
    if look.campaign.kind is not Kind.QUEUE or not seen.member.traits.agent:
        return None
    busy = any(line.agent == wanted and line.doing is not Doing.FREE for line in look.lines)
    return Why(Cause.AGENT, detail=seen.member.traits.agent) if busy else None


def _agents(look: Look, seen: Seen) -> Why | None:
    if look.campaign.kind is not Kind.QUEUE or any(look.queue in line.queues and line.up for line in look.lines):
        return None
    return Why(Cause.AGENTS, detail="none is signed on")


_BOUNDS: Final[Mapping[Bound | None, Cause]] = {
    None: Cause.DUE,
    Bound.LINES: Cause.LINES,
    Bound.DIALER: Cause.LINES,
    Bound.TRUNK: Cause.LINES,
    Bound.AGENTS: Cause.AGENTS,
    Bound.PACE: Cause.PACE,
    Bound.PREVIEW: Cause.PREVIEW,
}


def _turn(look: Look, seen: Seen) -> Why | None:
    if not look.campaign.dialled:
        return Why(Cause.LINES)
    return Why(_BOUNDS[look.bound], detail=look.bound.name.lower() if look.bound is not None else "")


def _live(seen: Seen) -> Live:
    assert seen.live is not None  # noqa: S101 - the first rule has told of those without
    return seen.live


_RULES: Final[tuple[Callable[[Look, Seen], Why | None], ...]] = (
    _over, _under_way, _campaign, _objection, _excluded, _waits, _trunk, _agent, _agents, _turn,
)  # fmt: skip
