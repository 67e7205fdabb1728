"""What the actions of a campaign say and ask for, with the values of the person who is called."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from omnibound.domain.action import Action, Request, Speech
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid
from omnibound.domain.member import Member
from omnibound.domain.push import Asked
from omnibound.services.fill_speech import Voices, fill_field, filled, values_of
from omnibound.wire.templates import BadTemplate, Form, check_template

CALL = "call"
"""The name under which requests find what was pressed: `call.key` (or `end`) and `call.digits`, all keys so far."""

_JSON = "application/json"
_FORMS: tuple[tuple[str, Form], ...] = (
    ("json", Form.JSON), ("xml", Form.XML), ("html", Form.XML), ("x-www-form-urlencoded", Form.URL),
)  # fmt: skip
"""How values are written in a body: by what its media type ends with."""


def check_templates(campaign: Campaign) -> None:
    """Raises Invalid, naming the member (`actions[0].http.body`), for what could never be filled."""
    for field, text in _templates(campaign):
        try:
            check_template(text)
        except BadTemplate as error:
            raise Invalid(str(error), field) from error


def _templates(campaign: Campaign) -> Iterator[tuple[str, str]]:
    yield from _of_speech("speech", campaign.speech)
    yield from _of_speech("farewell", campaign.farewell)
    for channel, content in campaign.message.items():
        yield f"message.{channel}.text", content.text
        yield f"message.{channel}.subject", content.subject
    for index, action in enumerate(campaign.actions):
        if action.play:
            yield from _of_speech(f"actions[{index}].play", action.play)
        if action.http:
            yield from _of_request(f"actions[{index}].http", action.http)


def _of_speech(field: str, speech: Speech) -> list[tuple[str, str]]:
    return [(f"{field}.text", speech.text), (f"{field}.ssml", speech.ssml)]


def _of_request(field: str, request: Request) -> list[tuple[str, str]]:
    headers = [(f"{field}.headers.{name}", value) for name, value in request.headers.items()]
    return [(f"{field}.url", request.url), *headers, (f"{field}.body", request.body)]


def filled_actions(actions: Sequence[Action], member: Member, voices: Voices) -> tuple[Action, ...]:
    """Actions whose speech has the member's values. Raises Invalid for what cannot be filled or spoken.

    Requests are only tried: what they are filled with is not known before a key is pressed.
    """
    values = values_of(member)
    for action in actions:
        if action.http:
            fill_request(action.http, call_values(member, action.on, ""))
    return tuple([replace(a, play=filled(a.play, values, voices)) if a.play else a for a in actions])


def call_values(member: Member, key: str, digits: str) -> Mapping[str, Any]:
    """What the templates of a request see."""
    return {**values_of(member), CALL: {"key": key, "digits": digits}}


def fill_request(request: Request, values: Mapping[str, Any]) -> tuple[str, Asked]:
    """The URL, and what is sent there. Raises Invalid for what cannot be filled.

    Values are percent-encoded in the URL and escaped in the body as its media type asks for: JSON if it has none.
    """
    headers = {name: fill_field(value, values, name, Form.LINE) for name, value in request.headers.items()}
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if request.body and not kind:
        headers["Content-Type"] = kind = _JSON
    body = fill_field(request.body, values, "body", _form_of(kind))
    url = fill_field(request.url, values, "url", Form.URL)
    return url, Asked(method=request.method, headers=headers, body=body)


def _form_of(kind: str) -> Form:
    media_type = kind.partition(";")[0].strip().lower()
    return next((form for ending, form in _FORMS if media_type.endswith(ending)), Form.TEXT)
