"""OBI tells nothing by itself: its clients ask."""

from collections.abc import Mapping

from omnibound.dialects.sinch_obi.settings import ObiSettings
from omnibound.ports import MemberFormat, ReportFormat


def report_formats(settings: ObiSettings) -> Mapping[str, ReportFormat]:
    """None."""
    return {}


def member_formats(settings: ObiSettings) -> Mapping[str, MemberFormat]:
    """None."""
    return {}
