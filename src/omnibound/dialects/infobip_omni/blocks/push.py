"""The `push` block."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from omnibound.dialects.infobip_omni.blocks.base import Block, Object, Whole, given, tidy
from omnibound.dialects.infobip_omni.schemas import In

MAX_TEXT = 2000
MAX_PUSH = 4000
"""Characters of the text, and of all with its payload as JSON; more is REJECTED_PAYLOAD_TOO_BIG, person by person."""


class NotificationOptions(In):
    """How a push notification looks and sounds."""

    vibration_enabled: bool | None = None
    sound_enabled: bool | None = None
    sound_name: str | None = None
    badge: Whole | None = None
    content_url: str | None = None
    category: str | None = None
    in_app_style: Literal["BANNER", "MODAL"] | None = None
    title: str | None = None
    is_silent: bool | None = None
    web_view_url: str | None = None
    inbox_topic: str | None = None


class PushIn(Block):
    """A push notification. `customPayload` is the client's own data: a null in it means something to its app."""

    text: Annotated[str, Meta(extra_json_schema={"maxLength": MAX_TEXT})] | None = None
    custom_payload: Object | None = None
    notification_options: NotificationOptions | None = None
    target_only_primary_devices: bool | None = None
    include_notifications_disabled_devices: bool | None = None
    person_subscriptions: list[Any] | None = None
    device_subscriptions: list[Any] | None = None

    def says(self) -> bool:
        """A text, a payload, or nothing on purpose."""
        looks = self.notification_options
        return bool(self.text or self.custom_payload or (looks and looks.is_silent))

    def options(self) -> Object:
        """The members of `notificationOptions` beside the others."""
        members = given(self)
        kept = {name: tidy(members[name], name, nulls=True) for name in _KEPT if name in members}
        return given(self.notification_options) | kept


_KEPT = (
    "customPayload", "targetOnlyPrimaryDevices", "includeNotificationsDisabledDevices", "personSubscriptions",
    "deviceSubscriptions",
)  # fmt: skip
