"""What comes back: delivery status notifications (RFC 3464) and complaints (RFC 5965), read; all else is people's."""

import re
from email import message_from_bytes
from email.message import Message as Mail
from typing import Any, Final, NamedTuple, cast

from omnibound.channels.smtp.refusals import DEAD, reason_of
from omnibound.domain.status import Reason, Status

_STATUS: Final = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?!\d)")
_DIAGNOSTIC: Final = re.compile(r"[245]\d\d[ -]#?([245]\.\d{1,3}\.\d{1,3})(?!\d)")
_VAGUE: Final = re.compile(r"[245]\.0\.0$")
_OURS: Final = re.compile(r"bounce-([0-9a-z-]{3,64})@", re.IGNORECASE)
_MOST_PARTS: Final = 50


class Feedback(NamedTuple):
    """What is said of a mail. `suppress`: why its address is not to be written to again; None: it may be."""

    status: Status
    reason: Reason
    detail: str
    suppress: Reason | None = None


_COMPLAINTS: Final = {
    **dict.fromkeys(("abuse", "fraud", "virus", "miscategorized"), Reason.UNWANTED),
    "opt-out": Reason.OPTED_OUT,
    "opt-out-list": Reason.OPTED_OUT,
}
"""Feedback-Type (RFC 5965, 7.3; RFC 6650) -> why; others (`not-spam`, `auth-failure`, ...) change nothing."""


def read_feedback(content: bytes) -> Feedback | None:
    """What a mail that came back says; None for one that is no report, such as an automatic reply."""
    mail = message_from_bytes(content)
    parts = {part.get_content_type(): part for part, _ in zip(mail.walk(), range(_MOST_PARTS), strict=False)}
    if "message/feedback-report" in parts:
        return _complaint(parts["message/feedback-report"])
    return _notice(parts["message/delivery-status"]) if "message/delivery-status" in parts else None


def find_ids(content: bytes) -> list[str]:
    """What looks like a bounce's id in a complaint, which is sent to a fixed address and quotes our mail."""
    return list(dict.fromkeys(_OURS.findall(content.decode("latin-1"))))


def _complaint(part: Mail) -> Feedback | None:
    kind = _fields(part).get("feedback-type", "").lower()
    why = _COMPLAINTS.get(kind)
    return None if why is None else Feedback(Status.SENT, why, f"arf:{kind}", why)


def _notice(part: Mail) -> Feedback | None:
    """Of the last recipient in it: we send each mail to one."""
    fields = _fields(part)
    status = _code(fields)
    act = _ACTIONS.get(fields.get("action", "").lower())
    if act is None:
        return None
    reason = reason_of(status) if act is not Status.DELIVERED else Reason.DELIVERED
    dead = act is Status.FAILED and status.startswith("5") and reason in DEAD
    return Feedback(act, _BETTER.get((act, reason), reason), f"smtp:{status}", reason if dead else None)


_ACTIONS: Final = {
    "failed": Status.FAILED,
    "delayed": Status.SENT,
    "relayed": Status.SENT,
    "expanded": Status.SENT,
    "delivered": Status.DELIVERED,
}
_UNSAID: Final = {"failed": "5.0.0", "delivered": "2.0.0"}
_BETTER: Final = {(Status.FAILED, Reason.THROTTLED): Reason.UNDELIVERED}


def _code(fields: dict[str, str]) -> str:
    """The status, or the server's own where that says more: many write 5.0.0 beside `550 5.1.1`."""
    said = _STATUS.match(fields.get("status", ""))
    status = said[1] if said else _UNSAID.get(fields.get("action", "").lower(), "4.0.0")
    told = _DIAGNOSTIC.search(fields.get("diagnostic-code", ""))
    return told[1] if told and _VAGUE.match(status) and told[1][0] == status[0] else status


def _fields(part: Mail) -> dict[str, str]:
    """Names in small letters -> values, of all groups of fields; a later group's count."""
    payload: Any = part.get_payload()
    groups = cast("list[Mail]", payload) if isinstance(payload, list) else [part]
    if isinstance(payload, str):
        groups = [message_from_bytes(payload.encode("utf-8", "replace"))]
    return {name.lower(): " ".join(str(value).split()) for group in groups for name, value in group.items()}
