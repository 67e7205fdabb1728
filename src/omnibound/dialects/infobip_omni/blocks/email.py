"""The `email` block."""

from typing import ClassVar

from omnibound.dialects.infobip_omni.blocks.base import Block
from omnibound.domain.message import Content


class EmailIn(Block):
    """A mail; its subject is the content's."""

    subject: str | None = None

    SAYS: ClassVar[tuple[str, ...]] = ("text", "subject")

    def content(self) -> Content | None:
        """Text and subject."""
        return Content(text=self.text or "", subject=self.subject or "") if self.says() else None
