"""What a client sends -> the domain's nouns. Anything unreadable is a BadRequest that names the member."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from omnibound.dialects.infobip_omni.blocks.reading import is_too_long, read_blocks
from omnibound.dialects.infobip_omni.blocks.table import BLOCKS
from omnibound.dialects.infobip_omni.channels import CHANNELS
from omnibound.dialects.infobip_omni.errors import BadArgument, BadRequest, Faults
from omnibound.dialects.infobip_omni.reading_notify import read_notify
from omnibound.dialects.infobip_omni.schemas import DestinationIn, ScenarioIn, SendIn, StepIn, TextIn
from omnibound.dialects.infobip_omni.settings import OmniSettings
from omnibound.domain.flow import DAY
from omnibound.domain.message import Content
from omnibound.domain.order import Order, Person
from omnibound.domain.scenario import ScenarioStep
from omnibound.domain.status import Reason
from omnibound.wire.dates import read_date

MAX_AHEAD = 180 * DAY

T = TypeVar("T")


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


def read_text(request: TextIn) -> SendIn:
    """A simple send as one that says the same on every channel. BadRequest if it says nothing."""
    if not request.text or not request.text.strip():
        raise BadRequest({"text": ["must not be blank"]})
    said: dict[str, Any] = {block.name: {"text": request.text} for block in BLOCKS}
    said["email"] = {"text": request.text, "subject": request.mail_subject}
    return SendIn(
        destinations=request.destinations,
        scenario_key=request.scenario_key,
        key=request.key,
        bulk_id=request.bulk_id,
        **said,
    )


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


class Draft(NamedTuple):
    """An order as far as it could be read, what is wrong with the request, and what with the block of a channel."""

    order: Order
    faults: Faults
    of_channels: Mapping[str, Faults]

    def check(self, flow: Iterable[str]) -> Order:
        """The order, if it can be taken on the channels of a flow. BadRequest with everything that is wrong."""
        faults: Faults = {}
        for channel in flow:
            faults |= self.of_channels.get(channel, {})
        faults |= self.faults
        if faults:
            raise BadRequest(faults)
        return self.order


def read_order(request: SendIn, people: list[Person], settings: OmniSettings, now: int) -> Draft:
    """The order a request asks for. `now` is in microseconds UTC."""
    said = read_blocks(request, settings)
    faults: Faults = {}
    send_at = _gather(faults, _send_at, request, now) or 0
    notify = _gather(faults, read_notify, request)
    order = Order(
        people=_refuse_too_long(people, said.content),
        content=said.content,
        scenario=request.scenario_key or request.key or "",
        bulk=request.bulk_id or "",
        validity=said.validity,
        send_at=send_at,
        callback_data=request.callback_data or "",
        notify=notify,
    )
    return Draft(order, faults, said.faults)


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
