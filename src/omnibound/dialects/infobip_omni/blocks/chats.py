"""The `facebook`, `line`, `vKontakte` and `parseco` blocks."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from omnibound.dialects.infobip_omni.blocks.base import NOT_NULL, Block, Media, Object, UpTo1000
from omnibound.dialects.infobip_omni.errors import Faults

MAX_DURATION = 2**63 - 1


class FacebookIn(Block):
    """A message on Facebook's Messenger."""

    type: Media | None = None
    url: str | None = None

    SAYS: ClassVar[tuple[str, ...]] = ("text", "url")


class LineIn(Block):
    """A message on LINE. `duration` is in milliseconds (the Java library writes it as a text)."""

    type: Literal["TEXT", "IMAGE", "VIDEO", "AUDIO", "STICKER", "FLEX"] | None = None
    url: UpTo1000 | None = None
    thumbnail_url: UpTo1000 | None = None
    duration: Annotated[int, Meta(ge=0, le=MAX_DURATION)] | str | None = None
    package_id: str | None = None
    sticker_id: str | None = None
    alt_text: Annotated[str, Meta(max_length=400)] | None = None
    contents: Object | None = None

    SAYS: ClassVar[tuple[str, ...]] = ("text", "url", "sticker_id", "contents")

    def faults(self) -> Faults:
        """The duration must be a number, however it is written."""
        return {"duration": ["must be a whole number of milliseconds"]} if self._lasts() is None else {}

    def options(self) -> Object:
        """The members as they are, the duration as a number."""
        options = super().options()
        return options | {"duration": self._lasts()} if options.pop("duration", "") != "" else options

    def _lasts(self) -> int | None:
        text = str(self.duration or 0).strip()
        number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
        return number if 0 <= number <= MAX_DURATION else None


class VKontakteIn(Block):
    """A message on VKontakte: a text, or a template with its data."""

    template_name: str | None = None
    template_data: Object | None = None

    SAYS: ClassVar[tuple[str, ...]] = ("text", "template_name", "template_data")

    def faults(self) -> Faults:
        """Data need a template."""
        return {"templateName": [NOT_NULL]} if self.template_data and not self.template_name else {}


class ParsecoIn(Block):
    """A message on Parseco: a text."""
