"""Calls over a SIP trunk that say a text, SSML or a recording, made by the embedded telephone.

`connector` is the channel, `outcomes` what the end of a call means, `telling` makes facts known and acknowledges what
they were made of, `heeding` does the same with what is chosen in a call. What `Content.options` may hold: language,
ssml, voice, announcement.
"""

from omnibound.channels.base import Deps
from omnibound.channels.sip.connector import OURS, Sip
from omnibound.channels.sip.settings import Settings

KIND = "sip"

__all__ = ["KIND", "OURS", "Settings", "Sip", "build"]


def build(settings: Settings, deps: Deps) -> Sip:
    """The channel. Raises Invalid for settings that contradict themselves or ring too short."""
    settings.trunk()
    return Sip(settings, deps)
