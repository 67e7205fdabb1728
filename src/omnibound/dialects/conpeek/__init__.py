"""Conpeek's voice SMS campaigns: requests are added, read and cancelled (README.md says what was chosen)."""

from collections.abc import Mapping

from omnibound.dialects.conpeek.routes import routes
from omnibound.dialects.conpeek.settings import ConpeekSettings
from omnibound.ports import ReportFormat

NAME = "conpeek"
SECTION = "conpeek"
Settings = ConpeekSettings


def report_formats(settings: ConpeekSettings) -> Mapping[str, ReportFormat]:
    """None: what is pushed of messages is not written in this dialect."""
    return {}


__all__ = ["NAME", "SECTION", "ConpeekSettings", "Settings", "report_formats", "routes"]
