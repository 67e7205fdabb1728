"""What is pushed: reports as reading them would answer, seen reports, and messages from people; in JSON or in XML."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from omnibound.dialects.infobip_omni.forms import FORMS, Form
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.dialects.infobip_omni.writing import write_inbound, write_reports, write_seen
from omnibound.domain.order import Report
from omnibound.domain.received import Received
from omnibound.ports import MemberFormat


class PushedReports(NamedTuple):
    """See `ports.ReportFormat`."""

    form: Form
    settings: OmniSettings

    @property
    def content_type(self) -> str:
        """What the body is said to be."""
        return self.form.content_type

    def write(self, reports: Sequence[Report]) -> bytes:
        """The body."""
        return write_reports(reports, self.form.encode)

    def write_seen(self, reports: Sequence[Report]) -> bytes:
        """The body."""
        return write_seen(reports, self.settings, self.form.encode)

    def write_inbound(self, messages: Sequence[tuple[str, Received]], currency: str) -> bytes:
        """The body."""
        return write_inbound(messages, currency, self.form.encode)


def format_name(form: str) -> str:
    """What a form of ours is called among the formats of all dialects."""
    return f"infobip_omni.{form}"


def member_formats(settings: OmniSettings) -> Mapping[str, MemberFormat]:
    """None: nothing that this dialect speaks is told of campaigns."""
    return {}


def report_formats(settings: OmniSettings) -> Mapping[str, PushedReports]:
    """How this dialect writes what is pushed."""
    return {format_name(name): PushedReports(form, settings) for name, form in FORMS.items()}
