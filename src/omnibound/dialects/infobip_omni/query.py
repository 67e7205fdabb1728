"""Query parameters, read as leniently as the clients write them."""

from collections.abc import Mapping
from typing import TypedDict

from omnibound.dialects.infobip_omni.channels import CHANNELS
from omnibound.dialects.infobip_omni.errors import BadRequest

MAX_REPORTS = 1000
_MAX_WHOLE = 2**31 - 1
_FLAGS = {"true": True, "false": False}

Query = Mapping[str, str]


def read_flag(query: Query, *names: str) -> bool | None:
    """The first of `names` that is given: `true`, `True` (the Python client), `false`. BadRequest for another word."""
    for name in names:
        text = query.get(name, "").strip()
        if text:
            if text.lower() not in _FLAGS:
                raise BadRequest({name: ["must be true or false"]})
            return _FLAGS[text.lower()]
    return None


def read_whole(query: Query, name: str, default: int, least: int, most: int = _MAX_WHOLE) -> int:
    """A whole number from `least` to `most`; `default` if it is missing or empty. BadRequest for anything else."""
    text = query.get(name, "").strip()
    if not text:
        return default
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else -1
    if not least <= number <= most:
        raise BadRequest({name: [f"must be a whole number from {least} to {most}"]})
    return number


class ReportsWish(TypedDict):
    """Which reports are wanted; an empty filter lets all pass."""

    bulk: str
    message_id: str
    channel: str
    limit: int


def read_reports_wish(query: Query) -> ReportsWish:
    """The filters of `reports`. BadRequest for a channel that does not exist, or a limit that is not 1 to 1,000."""
    return ReportsWish(
        bulk=read_text(query, "bulkId"),
        message_id=read_text(query, "messageId"),
        channel=read_channel(query),
        limit=read_whole(query, "limit", 50, 1, MAX_REPORTS),
    )


def read_text(query: Query, name: str) -> str:
    """A text, empty if it is missing. BadRequest for one that no store keeps."""
    text = query.get(name, "")
    if "\0" in text:
        raise BadRequest({name: ["must not hold a NUL character"]})
    return text


def read_channel(query: Query) -> str:
    """The `channel`, empty if it is missing. BadRequest for one that does not exist."""
    channel = query.get("channel", "").strip()
    if channel and channel not in CHANNELS:
        raise BadRequest({"channel": [f"must be one of {', '.join(sorted(CHANNELS))}"]})
    return channel
