"""What is known of blocks that are carried as they come: XML has no types, these say what is a list, number or flag.

Members that are texts need no mention, and what is not mentioned is kept by its looks (facts: OpenAPI 3.210, Java 2.3).
"""

from typing import Any

from msgspec import Struct


class Placeholders(Struct):
    """The body of a WhatsApp template."""

    placeholders: list[str]


class Place(Struct):
    """The header of a WhatsApp template."""

    latitude: float
    longitude: float


class Template(Struct, rename="camel"):
    """`mediaTemplateData`."""

    header: Place
    body: Placeholders
    buttons: list[dict[str, Any]]


class Contact(Struct):
    """One of WhatsApp's `contacts`."""

    addresses: list[dict[str, Any]]
    emails: list[dict[str, Any]]
    phones: list[dict[str, Any]]
    urls: list[dict[str, Any]]


class WhatsApp(Struct, rename="camel"):
    """The `whatsApp` block."""

    template_data: list[str]
    media_template_data: Template
    contacts: list[Contact]
    longitude: float
    latitude: float
    preview_url: bool


class Viber(Struct, rename="camel"):
    """The `viber` block."""

    is_promotional: bool
    force_primary_device: bool


class Line(Struct):
    """The `line` block."""

    duration: int


class VKontakte(Struct, rename="camel"):
    """The `vKontakte` block."""

    template_data: dict[str, Any]


class Kakao(Struct, rename="camel"):
    """The `kakaoAlim` and `kakaoChingu` blocks."""

    is_promotional: bool
    buttons: list[dict[str, Any]]


GUIDES: dict[str, type[Struct]] = {
    "viber": Viber,
    "whatsApp": WhatsApp,
    "line": Line,
    "vKontakte": VKontakte,
    "kakaoAlim": Kakao,
    "kakaoChingu": Kakao,
}
"""By the member of a send."""
