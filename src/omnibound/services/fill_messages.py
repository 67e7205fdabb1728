"""What a campaign of messages says to a person: its templates, filled with their attributes."""

from collections.abc import Mapping
from typing import Any, cast

from msgspec.structs import replace

from omnibound.domain.member import Member
from omnibound.domain.message import Content
from omnibound.services.fill_speech import fill_field, values_of


def filled_messages(content: Mapping[str, Content], member: Member) -> dict[str, Content]:
    """Each channel's content. Raises Invalid, naming where it cannot be filled: `SMS.text`."""
    values = values_of(member)
    return {channel: _filled(channel, each, values) for channel, each in content.items()}


def _filled(channel: str, content: Content, values: Mapping[str, Any]) -> Content:
    return replace(
        content,
        text=fill_field(content.text, values, f"{channel}.text"),
        subject=fill_field(content.subject, values, f"{channel}.subject"),
        options=_within(content.options, values, f"{channel}.options"),
    )


def _within(value: Any, values: Mapping[str, Any], field: str) -> Any:
    """Texts at any depth."""
    if isinstance(value, str):
        return fill_field(value, values, field)
    if isinstance(value, list):
        return [_within(each, values, field) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: _within(each, values, field) for name, each in cast("dict[str, Any]", value).items()}
    return value
