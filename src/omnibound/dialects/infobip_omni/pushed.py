"""Pushed reports: the very document that reading them would answer, in JSON or in XML."""

from collections.abc import Sequence
from typing import NamedTuple

from omnibound.dialects.infobip_omni.forms import FORMS, Form
from omnibound.dialects.infobip_omni.writing import write_reports
from omnibound.domain.order import Report


class PushedReports(NamedTuple):
    """See `ports.ReportFormat`."""

    form: Form

    @property
    def content_type(self) -> str:
        """What the body is said to be."""
        return self.form.content_type

    def write(self, reports: Sequence[Report]) -> bytes:
        """The body."""
        return write_reports(reports, self.form.encode)


def format_name(form: str) -> str:
    """What a form of ours is called among the formats of all dialects."""
    return f"infobip_omni.{form}"


REPORT_FORMATS = {format_name(name): PushedReports(form) for name, form in FORMS.items()}
