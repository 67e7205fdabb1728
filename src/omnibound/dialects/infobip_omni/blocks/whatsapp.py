"""The `whatsApp` block: a template, or a message in free form (OpenAPI 3.210)."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from omnibound.dialects.infobip_omni.blocks.base import Block, Latitude, Longitude, UpTo1000, UpTo2048
from omnibound.dialects.infobip_omni.schemas import In


class Header(In):
    """What stands above a template's text."""

    text_placeholder: str | None = None
    document_url: UpTo2048 | None = None
    document_filename: str | None = None
    image_url: UpTo2048 | None = None
    video_url: UpTo2048 | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class Body(In):
    """What fills a template's text; the list may be empty."""

    placeholders: list[str | None]


class TemplateButton(In):
    """A button of a template: the rest of its address, or what the server is told when it is pressed."""

    url_placeholder: Annotated[str, Meta(max_length=1500)] | None = None
    quick_reply_payload: Annotated[str, Meta(max_length=128)] | None = None


class MediaTemplate(In):
    """A template with more than text."""

    header: Header | None = None
    body: Body | None = None
    buttons: list[TemplateButton | None] | None = None


class Name(In):
    """What a contact is called."""

    first_name: str
    formatted_name: str
    last_name: str | None = None
    middle_name: str | None = None
    name_suffix: str | None = None
    name_prefix: str | None = None


class Address(In):
    """Where a contact lives or works."""

    street: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None
    country_code: str | None = None
    type: Literal["HOME", "WORK"] | None = None


class Mail(In):
    """An e-mail address of a contact."""

    email: str | None = None
    type: str | None = None


class Organisation(In):
    """Where a contact works."""

    company: str | None = None
    department: str | None = None
    title: str | None = None


class Phone(In):
    """A number of a contact."""

    phone: str | None = None
    type: Literal["CELL", "MAIN", "IPHONE", "HOME", "WORK"] | None = None
    wa_id: str | None = None


class Site(In):
    """A web page of a contact."""

    url: str | None = None
    type: str | None = None


class Contact(In):
    """A card of somebody's."""

    name: Name
    addresses: list[Address | None] | None = None
    birthday: Annotated[str, Meta(pattern="^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")] | None = None
    emails: list[Mail | None] | None = None
    org: Organisation | None = None
    phones: list[Phone | None] | None = None
    urls: list[Site | None] | None = None


class WhatsAppIn(Block):
    """A message on WhatsApp. Nothing is required: the vendor's own examples leave out what it calls required."""

    template_name: str | None = None
    template_namespace: str | None = None
    template_data: list[str | None] | None = None
    language: str | None = None
    policy: Literal["deterministic", "fallback"] | None = None
    media_template_data: MediaTemplate | None = None
    file_url: UpTo2048 | None = None
    image_url: UpTo2048 | None = None
    audio_url: UpTo2048 | None = None
    video_url: UpTo2048 | None = None
    location_name: UpTo1000 | None = None
    address: UpTo1000 | None = None
    longitude: Longitude | None = None
    latitude: Latitude | None = None
    preview_url: bool | None = None
    contacts: list[Contact | None] | None = None

    SAYS: ClassVar[tuple[str, ...]] = (
        "text", "template_name", "template_data", "media_template_data", "file_url", "image_url", "audio_url",
        "video_url", "location_name", "address", "longitude", "latitude", "contacts",
    )  # fmt: skip
