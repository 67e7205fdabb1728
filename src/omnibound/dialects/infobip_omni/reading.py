"""What a client sends -> the domain's nouns. Anything unreadable is a BadRequest that names the member."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from omnibound.dialects.infobip_omni.channels import CHANNELS
from omnibound.dialects.infobip_omni.errors import BadArgument, BadRequest, Faults, from_msgspec
from omnibound.dialects.infobip_omni.reading_content import is_too_long, read_content, read_validity
from omnibound.dialects.infobip_omni.schemas import DestinationIn, ScenarioIn, SendIn, StepIn
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.domain.flow import DAY, SECOND
from omnibound.domain.message import Content
from omnibound.domain.order import Order, Person
from omnibound.domain.scenario import ScenarioStep
from omnibound.domain.status import Reason
from omnibound.wire.dates import read_date
from omnibound.wire.negotiate import body_format

MAX_AHEAD = 180 * DAY
MAX_URL = 2048
NOTIFY_TYPES = ("application/json", "application/xml")

T = TypeVar("T")


def reader_of(kind: type[T]) -> Callable[[bytes], T]:
    """A function from a JSON body to a struct of this kind. It raises BadRequest, whatever the bytes are."""
    decoder = msgspec.json.Decoder(kind)

    def read(body: bytes) -> T:
        body = body.removeprefix(b"\xef\xbb\xbf")
        try:
            # msgspec skips members it does not know without looking at their bytes.
            body.decode()
            read = decoder.decode(body)
            _refuse_nul(body)
        except UnicodeDecodeError as error:
            raise BadRequest({"body": ["not UTF-8"]}) from error
        except msgspec.MsgspecError as error:
            raise from_msgspec(error) from error
        except RecursionError as error:
            raise BadRequest({"body": ["nested too deeply"]}) from error
        return read

    return read


def _refuse_nul(body: bytes) -> None:
    # PostgreSQL cannot keep a NUL in a text; no client means one.
    if b"\\u0000" in body:
        for path, text in _texts(msgspec.json.decode(body), ""):
            if "\0" in text:
                raise BadRequest({path.removeprefix(".") or "body": ["must not hold a NUL character"]})


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield path, value
        case dict():
            for name, member in value.items():  # pyright: ignore[reportUnknownVariableType]
                yield path, str(name)  # pyright: ignore[reportUnknownArgumentType]
                yield from _texts(member, f"{path}.{name}")
        case list():
            for index, item in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
                yield from _texts(item, f"{path}[{index}]")
        case _:
            return


def check_format(content_type: str) -> None:
    """BadRequest for a body in a format that is not understood."""
    if body_format(content_type) != "json":
        raise BadRequest({"Content-Type": ["application/json is understood"]})


# -- Scenarios ---------------------------------------------------------------------------------------------------


def read_new_scenario(request: ScenarioIn) -> tuple[str, tuple[ScenarioStep, ...], bool]:
    """Name, steps and whether it is to be the default one. BadArgument if the name or the flow is missing."""
    name, steps, default = read_scenario_changes(request)
    faults: Faults = {}
    if not name:
        faults["name"] = ["must not be blank"]
    if not steps:
        faults["flow"] = ["must not be empty"]
    if faults or not name or not steps:
        raise BadArgument(faults)
    return name, steps, bool(default)


def read_scenario_changes(
    request: ScenarioIn,
) -> tuple[str | None, tuple[ScenarioStep, ...] | None, bool | None]:
    """Name, steps, default: None for what stays as it is. BadArgument for an emptied flow or an unknown channel."""
    default = request.default_scenario if request.default is None else request.default
    name = request.name
    if name is not None and not name.strip():
        raise BadArgument({"name": ["must not be blank"]})
    return name, None if request.flow is None else _steps(request.flow), default


def _steps(flow: list[StepIn | None]) -> tuple[ScenarioStep, ...]:
    steps = [(index, step) for index, step in enumerate(flow) if step is not None]
    wrong = [index for index, step in steps if step.channel not in CHANNELS]
    if wrong:
        raise BadArgument({f"flow[{index}].channel": [_one_of_channels()] for index in wrong})
    if not steps:
        raise BadArgument({"flow": ["must not be empty"]})
    return tuple(ScenarioStep(channel=step.channel or "", sender=_sender(step)) for _, step in steps)


def _sender(step: StepIn) -> str:
    return "" if step.sender is None else str(step.sender)


def _one_of_channels() -> str:
    return f"must be one of {', '.join(sorted(CHANNELS))}"


# -- Sending -----------------------------------------------------------------------------------------------------


def read_destinations(request: SendIn, settings: OmniSettings) -> list[DestinationIn]:
    """The destinations that are there, in order. BadRequest if there are none or too many."""
    given = request.destinations
    listed = [given] if isinstance(given, DestinationIn) else given or []
    destinations = [destination for destination in listed if destination is not None]
    if not destinations:
        raise BadRequest({"destinations": ["must not be empty"]})
    if len(destinations) > settings.max_destinations:
        raise BadRequest({"destinations": [f"must not be more than {settings.max_destinations}"]})
    return destinations


def read_order(request: SendIn, people: list[Person], settings: OmniSettings, now: int) -> Order:
    """The order a request asks for. `now` is in microseconds UTC. BadRequest with everything that is wrong with it."""
    validity, faults = read_validity(request, settings.min_validity_s * SECOND)
    send_at = _gather(faults, _send_at, request, now) or 0
    extras = _gather(faults, _extras, request) or {}
    content = _gather(faults, read_content, request) or {}
    if faults:
        raise BadRequest(faults)
    return Order(
        people=_refuse_too_long(people, content),
        content=content,
        scenario=request.scenario_key or request.key or "",
        bulk=request.bulk_id or "",
        validity=validity,
        send_at=send_at,
        callback_data=request.callback_data or "",
        extras=extras,
    )


def _gather(faults: Faults, read: Callable[..., T], *given: Any) -> T | None:
    try:
        return read(*given)
    except BadRequest as error:
        faults |= error.faults
        return None


def _send_at(request: SendIn, now: int) -> int:
    """Microseconds UTC, 0 for at once: so is what is past already."""
    if not request.send_at:
        return 0
    try:
        at = read_date(request.send_at)
    except ValueError as error:
        raise BadRequest({"sendAt": ["must be a date such as 2030-05-24T10:45:38.000+0000"]}) from error
    if at > now + MAX_AHEAD:
        raise BadRequest({"sendAt": ["must not be more than 180 days ahead"]})
    return at if at > now else 0


def _extras(request: SendIn) -> dict[str, object]:
    """How the client wants to be told; only what it gave."""
    given: dict[str, object] = {
        "notify": request.notify,
        "notifyUrl": _notify_url(request.notify_url or ""),
        "notifyContentType": _notify_type(request.notify_content_type or ""),
        "intermediateReport": request.intermediate_report,
    }
    return {name: value for name, value in given.items() if value not in (None, "")}


def _notify_url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BadRequest({"notifyUrl": ["must be an http or https address"]}) from error
    if url and (len(url) > MAX_URL or parts.scheme not in ("http", "https") or not parts.netloc):
        raise BadRequest({"notifyUrl": ["must be an http or https address"]})
    return url


def _notify_type(content_type: str) -> str:
    media = content_type.partition(";")[0].strip().lower()
    if media and media not in NOTIFY_TYPES:
        raise BadRequest({"notifyContentType": [f"must be one of {', '.join(NOTIFY_TYPES)}"]})
    return media


def sole_channel(content: dict[str, Content]) -> str:
    """The channel of a request that speaks to one only, else empty."""
    channels = list(content)
    return channels[0] if channels and all(content[channel] is content[channels[0]] for channel in channels) else ""


def _refuse_too_long(people: list[Person], content: dict[str, Content]) -> list[Person]:
    # With a second channel the flow goes on to it, so only a request with nothing else to say is refused here.
    channel = sole_channel(content)
    if not channel or not is_too_long(channel, content[channel]):
        return people
    return [Person(person.to, person.ref, person.fault or Reason.TOO_LONG) for person in people]


async def in_slices(
    read: Callable[[list[Any]], list[T]], given: list[Any], rest: Callable[[], Awaitable[None]]
) -> list[T]:
    """`read` over a long list, with a rest after each 1,000 so that other requests are served meanwhile."""
    done = read(given[:1000])
    for start in range(1000, len(given), 1000):
        await rest()
        done += read(given[start : start + 1000])
    return done
