"""Conpeek's voice SMS campaigns: requests are added, read, cancelled, told of (README.md says what was chosen)."""

from omnibound.dialects.conpeek.pushed import member_formats, report_formats
from omnibound.dialects.conpeek.routes import routes
from omnibound.dialects.conpeek.settings import ConpeekSettings

NAME = "conpeek"
SECTION = "conpeek"
Settings = ConpeekSettings

__all__ = ["NAME", "SECTION", "ConpeekSettings", "Settings", "member_formats", "report_formats", "routes"]
