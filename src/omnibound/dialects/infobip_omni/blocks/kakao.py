"""The `kakaoAlim` and `kakaoChingu` blocks."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from omnibound.dialects.infobip_omni.blocks.base import Block, UpTo50, UpTo250, UpTo1000
from omnibound.dialects.infobip_omni.schemas import In

MAX_BUTTONS = 5


class AlimButton(In):
    """A button below a notice. Which of the addresses counts, its type says."""

    button_text: Annotated[str, Meta(min_length=1, max_length=28)] | None = None
    type: Literal[
        "URL", "APP_LINK", "DELIVERY_TRACKING", "CHATBOT_SWITCH", "MESSAGE_DELIVERY", "BOT_KEYWORD", "ADD_CHANNEL"
    ] | None = None  # fmt: skip
    button_url: str | None = None
    button_url_mobile: str | None = None
    button_url_pc: str | None = None
    target: Literal["out"] | None = None
    android_scheme: str | None = None
    ios_scheme: str | None = None
    chat_extra: UpTo50 | None = None
    chat_event: UpTo50 | None = None


class KakaoAlimIn(Block):
    """A notice after a registered template."""

    text: UpTo1000 | None = None
    template_code: Annotated[str, Meta(min_length=1, max_length=30)] | None = None
    title: UpTo50 | None = None
    group_key: str | None = None
    buttons: Annotated[list[AlimButton | None], Meta(max_length=MAX_BUTTONS)] | None = None

    SAYS: ClassVar[tuple[str, ...]] = ("text", "template_code")


class ChinguButton(In):
    """A button below a message to a friend."""

    button_text: str | None = None
    type: Literal["URL", "APP_LINK", "BOT_KEYWORD", "MESSAGE_DELIVERY"] | None = None
    button_url: str | None = None
    android_scheme: str | None = None
    ios_scheme: str | None = None


class KakaoChinguIn(Block):
    """A message to those who made the sender a friend."""

    image_url: UpTo250 | None = None
    image_link: UpTo250 | None = None
    is_promotional: bool | None = None
    buttons: Annotated[list[ChinguButton | None], Meta(max_length=MAX_BUTTONS)] | None = None

    SAYS: ClassVar[tuple[str, ...]] = ("text", "image_url")
