"""Alerts on their way: as signed posts or as mail, tried again until somebody has taken them."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from omnibound.domain.alerts import Alert, Rule
from omnibound.domain.flow import SECOND
from omnibound.ports import Clock

FIRST_WAIT = 5 * SECOND
LONGEST_WAIT = 600 * SECOND
TOLD_FOR = 86_400 * SECOND
"""After so long it is given up: who did not hear of it for a day has other means."""
MOST = 1_000
"""How many may wait; beyond it the oldest are given up."""

_log = logging.getLogger("omnibound.alerts")

Post = Callable[[str, str, bytes], Awaitable[str]]
"""Posts a body under an id to a URL; empty if it was taken, else why not."""
Mail = Callable[[str, str, str], Awaitable[str]]
"""Mails a subject and a text to an address; empty if it was taken, else why not."""


class Parcel(NamedTuple):
    """An alert for one target. `due`, `until`: microseconds UTC."""

    to: str
    alert: Alert
    tries: int
    due: int
    until: int


class Telling:
    """Call `tell` with what is to be told, and `look` now and again. `node` is how this server is called."""

    def __init__(self, post: Post, mail: Mail, clock: Clock, node: str) -> None:
        self._post = post
        self._mail = mail
        self._clock = clock
        self._node = node
        self._waiting: deque[Parcel] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def undelivered(self) -> int:
        """How many wait to be taken."""
        return len(self._waiting) + len(self._tasks)

    def tell(self, told: Iterable[tuple[Rule, Alert]]) -> None:
        """Begin to tell these."""
        now = self._clock()
        for rule, alert in told:
            if alert.cleared_at:
                _log.warning("alert %s of %s is cleared: %s", alert.rule, alert.subject, alert.words)
            else:
                _log.error("alert %s of %s has fired: %s", alert.rule, alert.subject, alert.words)
            self._waiting += [Parcel(to, alert, 0, now, now + TOLD_FOR) for to in rule.to]
        while len(self._waiting) > MOST:
            self._give_up(self._waiting.popleft(), "too many wait")
        self.look()

    def look(self) -> None:
        """Try what is due."""
        now = self._clock()
        due = [parcel for parcel in self._waiting if parcel.due <= now]
        self._waiting = deque(parcel for parcel in self._waiting if parcel.due > now)
        for parcel in due:
            task = asyncio.get_running_loop().create_task(self._try(parcel))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def idle(self) -> None:
        """Wait until what is being tried has been taken or not."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def stop(self, within_s: float) -> None:
        """Finish what is under way; the rest is forgotten: what is still bad then fires again at the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _try(self, parcel: Parcel) -> None:
        why = await self._send(parcel)
        if not why:
            return
        now = self._clock()
        due = now + min(FIRST_WAIT << min(parcel.tries, 10), LONGEST_WAIT)
        if due > parcel.until:
            self._give_up(parcel, why)
        else:
            _log.warning("alert %s of %s was not taken by %s: %s", *_who(parcel), why)
            self._waiting.append(parcel._replace(tries=parcel.tries + 1, due=due))

    async def _send(self, parcel: Parcel) -> str:
        try:
            if parcel.to.startswith("mailto:"):
                return await self._mail(unquote(urlsplit(parcel.to).path), *as_mail(parcel.alert, self._node))
            return await self._post(parcel.to, id_of(parcel), as_json(parcel.alert, self._node))
        except Exception as error:  # noqa: BLE001 - an alert must not be lost for a bug in telling it
            return f"{type(error).__name__}: {error}"

    def _give_up(self, parcel: Parcel, why: str) -> None:
        _log.error("alert %s of %s was given up, %s did not take it: %s", *_who(parcel), why)


def _who(parcel: Parcel) -> tuple[str, str, str]:
    return parcel.alert.rule, parcel.alert.subject, where(parcel.to)


def where(to: str) -> str:
    """A target without what may be secret in it: paths and queries of hooks often are."""
    parts = urlsplit(to)
    return to if parts.scheme == "mailto" else f"{parts.scheme}://{parts.hostname}"


def id_of(parcel: Parcel) -> str:
    """The same however often it is tried, so that doubles can be dropped."""
    alert = parcel.alert
    key = f"{parcel.to}\0{alert.rule}\0{alert.subject}\0{alert.fired_at}\0{alert.cleared_at}"
    return f"alert_{blake2b(key.encode(), digest_size=16).hexdigest()}"


def as_json(alert: Alert, node: str) -> bytes:
    """The body of a post."""
    body = {
        "type": "alert.cleared" if alert.cleared_at else "alert.fired",
        "timestamp": _date(alert.cleared_at or alert.fired_at),
        "data": {
            "rule": alert.rule,
            "kind": alert.kind,
            "subject": alert.subject,
            "value": alert.value,
            "threshold": alert.threshold,
            "words": alert.words,
            "since": _date(alert.since),
            "fired": _date(alert.fired_at),
            "cleared": _date(alert.cleared_at) if alert.cleared_at else None,
            "node": node,
        },
    }
    return msgspec.json.encode(body)


def as_mail(alert: Alert, node: str) -> tuple[str, str]:
    """Subject and text of a mail."""
    state = "cleared" if alert.cleared_at else "fired"
    lines = [
        f"{alert.rule} ({alert.kind}) has {state} for {alert.subject} on {node}.",
        "",
        alert.words or "No more is known.",
        f"Value {alert.value:g}, threshold {alert.threshold:g}; bad since {_date(alert.since)}.",
    ]
    if alert.cleared_at:
        lines.append(f"It fired at {_date(alert.fired_at)} and was well again at {_date(alert.cleared_at)}.")
    return f"[omnibound] {alert.rule} {state}: {alert.subject}", "\n".join(lines) + "\n"


def _date(at: int) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
