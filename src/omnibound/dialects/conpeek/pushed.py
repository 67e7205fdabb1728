"""What Conpeek's applications are told of requests: the body of a webhook."""

from collections.abc import Mapping

import msgspec

from omnibound.dialects.conpeek.errors import JSON
from omnibound.dialects.conpeek.reading import Condition
from omnibound.dialects.conpeek.settings import ConpeekSettings
from omnibound.dialects.conpeek.writing import passes, write_date, write_request
from omnibound.domain.webhook import MemberEvent, MemberNews
from omnibound.ports import MemberFormat, ReportFormat
from omnibound.services.place_requests import Standing

FORMAT = "conpeek"
EVENT_TYPE = "voice_sms_campaign"
EVENTS = {
    "voice_sms_campaign_request_closed": MemberEvent.CLOSED,
    "voice_sms_campaign_request_retry": MemberEvent.RETRY,
}
_NAMES = {event: name for name, event in EVENTS.items()}


class PushedRequests:
    """See `ports.MemberFormat`."""

    content_type = JSON

    def write_member(self, news: MemberNews) -> bytes:
        """The body: a request as GET shows it, but for `custom`, which webhooks have as JSON in a text."""
        data = write_request(Standing(news.member, news.live), news.campaign)
        if not passes(data, [Condition(name, values) for name, values in news.only.items()]):
            return b""
        custom = data["custom"]
        data["custom"] = None if custom is None else msgspec.json.encode(custom).decode()
        told = {"event_name": _NAMES[news.event], "event_time": write_date(news.at), "event_type": EVENT_TYPE}
        return msgspec.json.encode({**told, "data": data})


def report_formats(settings: ConpeekSettings) -> Mapping[str, ReportFormat]:
    """None: what is pushed of messages is not written in this dialect."""
    return {}


def member_formats(settings: ConpeekSettings) -> Mapping[str, MemberFormat]:
    """How it writes what is told of requests."""
    return {FORMAT: PushedRequests()}
