"""The `sms` block."""

from typing import Annotated, Literal

from msgspec import Meta

from omnibound.dialects.infobip_omni.blocks.base import Block, Object, given, tidy
from omnibound.dialects.infobip_omni.schemas import In

MAX_TEXT = 4000
"""Characters; more is refused person by person (REJECTED_MESSAGE_TOO_LONG), not the request."""

Transliteration = Literal[
    "NONE", "ALL", "BALTIC", "BULGARIAN_CYRILLIC", "CENTRAL_EUROPEAN", "COLOMBIAN", "CYRILLIC", "GREEK",
    "NON_UNICODE", "PORTUGUESE", "SERBIAN_CYRILLIC", "TURKISH",
]  # fmt: skip


class Language(In):
    """Which national language tables an SMS may use."""

    language_code: Literal["NONE", "TR", "ES", "PT", "AUTODETECT"] | None = None
    single_shift: bool | None = None
    locking_shift: bool | None = None


class IndiaDlt(In):
    """What India's registry of templates asks for."""

    principal_entity_id: str
    content_template_id: str | None = None
    telemarketer_id: str | None = None


class Korea(In):
    """The title of a Korean long message."""

    title: Annotated[str, Meta(max_length=66)] | None = None


class Regional(In):
    """What the law of a country adds."""

    india_dlt: IndiaDlt | None = None
    korea: Korea | None = None


class SmsIn(Block):
    """A short message."""

    text: Annotated[str, Meta(extra_json_schema={"maxLength": MAX_TEXT})] | None = None
    transliteration: Transliteration | None = None
    language: Language | None = None
    regional: Regional | None = None

    def options(self) -> Object:
        """`transliteration`, what `language` says, `regional`."""
        script = {"transliteration": self.transliteration} if self.transliteration else {}
        regional = tidy(given(self.regional), "regional")
        return given(self.language) | script | ({"regional": regional} if regional else {})
