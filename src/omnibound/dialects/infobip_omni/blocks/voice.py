"""The `voice` block."""

from omnibound.dialects.infobip_omni.blocks.base import Block


class VoiceIn(Block):
    """A call that says a text; `language` is a code such as `en`."""

    language: str | None = None
