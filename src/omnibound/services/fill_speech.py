"""What a call says, with the values of the person who is called."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from omnibound.domain.action import Speech
from omnibound.domain.errors import Invalid
from omnibound.domain.member import Member
from omnibound.domain.message import Content
from omnibound.wire.ssml.parsing import BadSsml
from omnibound.wire.ssml.reading import read_ssml, read_text
from omnibound.wire.templates import BadTemplate, Form, fill

ROOT = "voice_sms"
"""The name under which templates find their values. It is Conpeek's, so that its clients' templates mean the same."""

Voices = Mapping[str, str]
"""Who may speak: the language of each by its id."""

_LANGUAGE = "en"
"""Whether SSML is well made does not depend on the language."""


def public_id(member: int) -> str:
    """A member's id as clients see it: 24 digits."""
    return f"{member:024x}"


def member_id(text: str) -> int:
    """The id behind a public one; 0 if it is none."""
    well = len(text) == 24 and text.isascii() and text.isalnum() and text == text.lower()
    try:
        number = int(text, 16) if well else 0
    except ValueError:
        return 0
    return number if number < 1 << 63 else 0


def values_of(member: Member) -> Mapping[str, Any]:
    """What templates see: the client's own members, also by their bare names, beside the id and the numbers."""
    custom = member.custom or {}
    return {ROOT: {**member.attributes, "id": public_id(member.id), "contact_number": member.phone, "custom": custom}}


def speech_of(content: Content) -> tuple[Speech, str]:
    """What a message says on the telephone, and in which language; empty for the voice's."""
    words = {name: _text(content.options, name) for name in ("ssml", "voice", "announcement")}
    return Speech(text=content.text, **words), _text(content.options, "language")


def _text(options: Mapping[str, Any], name: str) -> str:
    value = options.get(name)
    return value if isinstance(value, str) else ""


def filled(speech: Speech, values: Mapping[str, Any], voices: Voices) -> Speech:
    """The speech with its values. Raises Invalid, naming `text`, `ssml` or `voice`, for what cannot be spoken."""
    text = fill_field(speech.text, values, "text")
    ssml = fill_field(speech.ssml, values, "ssml", Form.XML)
    said = speech if (text, ssml) == (speech.text, speech.ssml) else replace(speech, text=text, ssml=ssml)
    check_speech(said, voices)
    return said


def check_speech(speech: Speech, voices: Voices) -> None:
    """Raises Invalid, naming `text`, `ssml` or `voice`, for what could never be spoken, whatever the templates."""
    check_voice(speech.voice, voices)
    try:
        read_ssml(speech.ssml, _LANGUAGE, voices) if speech.ssml else read_text(speech.text, _LANGUAGE)
    except BadSsml as error:
        raise Invalid(str(error), "ssml" if speech.ssml else "text") from error


def check_voice(id_: str, voices: Voices) -> None:
    """Raises Invalid, naming `voice`, for one that is not configured. Empty is the first that is."""
    if id_ and id_ not in voices:
        raise Invalid(f"no voice has the id {id_}; there are: {', '.join(sorted(voices))}", "voice")


def fill_field(text: str, values: Mapping[str, Any], field: str, form: Form = Form.TEXT) -> str:
    """The template with its values. Raises Invalid, naming the field."""
    try:
        return fill(text, values, form)
    except BadTemplate as error:
        raise Invalid(str(error), field) from error
