"""Infobip's OMNI API: scenarios, messages that fall through channels, and reports (README.md says what was chosen)."""

from omnibound.dialects.infobip_omni.pushed import member_formats, report_formats
from omnibound.dialects.infobip_omni.routes import routes
from omnibound.dialects.infobip_omni.settings import OmniSettings

NAME = "infobip_omni"
SECTION = "omni"
Settings = OmniSettings

__all__ = ["NAME", "SECTION", "OmniSettings", "Settings", "member_formats", "report_formats", "routes"]
