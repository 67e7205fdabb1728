"""Sinch's Outbound Campaign Interface (OBI): campaigns are looked at, begun and paused, customers added and deleted.

README.md says what was chosen where the vendor's pages are silent.
"""

from omnibound.dialects.sinch_obi.pushed import member_formats, report_formats
from omnibound.dialects.sinch_obi.routes import routes
from omnibound.dialects.sinch_obi.settings import ObiSettings

NAME = "sinch_obi"
SECTION = "obi"
Settings = ObiSettings

__all__ = ["NAME", "SECTION", "ObiSettings", "Settings", "member_formats", "report_formats", "routes"]
