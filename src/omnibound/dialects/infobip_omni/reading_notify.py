"""How a client wants to be told of its reports."""

from urllib.parse import urlsplit

from omnibound.dialects.infobip_omni.errors import BadRequest
from omnibound.dialects.infobip_omni.pushed import format_name
from omnibound.dialects.infobip_omni.schemas import SendIn
from omnibound.domain.push import Notify
from omnibound.wire.negotiate import JSON, XML

MAX_URL = 2048
NOTIFY_TYPES = {"application/json": JSON, "application/xml": XML}


def read_notify(request: SendIn) -> Notify | None:
    """None if reports are not to be pushed at all (`notify` is false); without an address the account's is used."""
    url = _url(request.notify_url or "")
    format_ = _format(request.notify_content_type or "")
    if request.notify is False:
        return None
    return Notify(url=url, format=format_, steps=bool(request.intermediate_report))


def _url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BadRequest({"notifyUrl": ["must be an http or https address"]}) from error
    if url and (len(url) > MAX_URL or parts.scheme not in ("http", "https") or not parts.netloc):
        raise BadRequest({"notifyUrl": ["must be an http or https address"]})
    return url


def _format(content_type: str) -> str:
    media = content_type.partition(";")[0].strip().lower()
    if media and media not in NOTIFY_TYPES:
        raise BadRequest({"notifyContentType": [f"must be one of {', '.join(NOTIFY_TYPES)}"]})
    return format_name(NOTIFY_TYPES.get(media, JSON))
