"""The `email` block."""

from typing import ClassVar

from omnibound.dialects.infobip_omni.blocks.base import Block
from omnibound.dialects.infobip_omni.errors import Faults
from omnibound.domain.message import Content
from omnibound.wire.mime import has_controls


class EmailIn(Block):
    """A mail; its subject is the content's."""

    subject: str | None = None

    SAYS: ClassVar[tuple[str, ...]] = ("text", "subject")

    def faults(self) -> Faults:
        """A subject is one line: it becomes a header."""
        return {"subject": ["must not have control characters"]} if has_controls(self.subject or "") else {}

    def content(self) -> Content | None:
        """Text and subject."""
        return Content(text=self.text or "", subject=self.subject or "") if self.says() else None
