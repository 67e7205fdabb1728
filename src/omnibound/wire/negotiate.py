"""Which format a body is in, and which one its answer takes."""

from collections.abc import Sequence
from typing import NamedTuple

JSON = "json"
XML = "xml"


class _Wish(NamedTuple):
    quality: float
    exactness: int
    media_type: str


def media_type(header: str) -> str:
    """The bare, lower-case media type of a Content-Type header, without its parameters."""
    return header.partition(";")[0].strip().lower()


def charset(header: str) -> str:
    """The `charset` parameter of a Content-Type header, without its quotes; empty if there is none."""
    for parameter in header.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return ""


def body_format(content_type: str) -> str:
    """`json`, `xml`, or empty for anything else. A body that does not say what it is, is JSON."""
    return _format(media_type(content_type)) if content_type.strip() else JSON


def answer_format(accept: str, content_type: str, offered: tuple[str, ...] = (JSON, XML)) -> str:
    """The format to answer in, one of `offered`.

    What `accept` names first (by quality, then by its order) wins. If it names none of ours or is missing, the format
    of the request's body is mirrored where it is offered, else the first of `offered` is taken.
    """
    for wish in _wishes(accept):
        if wish.quality > 0 and (named := _format(wish.media_type)) in offered:
            return named
    mirrored = body_format(content_type)
    return mirrored if mirrored in offered else offered[0]


def accepted(accept: str, offered: Sequence[str]) -> str:
    """The media type that a client likes best of those `offered` (RFC 9110, 12.5.1), empty if it likes none.

    What `accept` names first (by quality, then by how exact it is, then by its order) wins; missing, it is the first.
    """
    wishes = [wish.media_type for wish in _wishes(accept) if wish.quality > 0] if accept.strip() else ["*/*"]
    return next((media for wish in wishes for media in offered if _covers(wish, media)), "")


def _covers(wish: str, media: str) -> bool:
    return wish in (media, "*/*", f"{media.partition('/')[0]}/*")


def _format(media: str) -> str:
    kind, _, subtype = media.partition("/")
    if kind not in ("application", "text"):
        return ""
    return next((fmt for fmt in (JSON, XML) if subtype == fmt or subtype.endswith("+" + fmt)), "")


def _wishes(accept: str) -> list[_Wish]:
    wishes = [_wish(part) for part in accept.split(",") if part.strip()]
    return sorted(wishes, key=lambda wish: (wish.quality, wish.exactness), reverse=True)


def _wish(part: str) -> _Wish:
    media = media_type(part)
    quality = 1.0
    for parameter in part.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            quality = _quality(value)
    return _Wish(quality, 2 - media.count("*"), media)


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
