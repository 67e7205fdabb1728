"""What every block has: a text, a validity, and a way to become content."""

from math import isfinite
from typing import Annotated, Any, ClassVar, Literal, cast

import msgspec
from msgspec import Meta

from omnibound.dialects.infobip_omni.errors import BadRequest, Faults
from omnibound.dialects.infobip_omni.schemas import In
from omnibound.domain.message import Content

MAX_DEPTH = 32
"""Objects and lists inside each other, in what is only carried."""

NOT_NULL = "must not be null"

Number = int | float | str
Whole = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Object = dict[str, Any]

UpTo50 = Annotated[str, Meta(max_length=50)]
UpTo100 = Annotated[str, Meta(max_length=100)]
UpTo250 = Annotated[str, Meta(max_length=250)]
UpTo1000 = Annotated[str, Meta(max_length=1000)]
UpTo2048 = Annotated[str, Meta(max_length=2048)]

Unit = Annotated[
    str,
    Meta(
        extra_json_schema={
            "enum": ["NANOSECONDS", "MICROSECONDS", "MILLISECONDS", "SECONDS", "MINUTES", "HOURS", "DAYS"],
            "default": "MINUTES",
        }
    ),
]
Media = Literal["TEXT", "IMAGE", "AUDIO", "VIDEO", "FILE"]

_NOTHING: tuple[object, ...] = (None, "", [], {})


class Block(In):
    """What a channel is to say, and how long it is tried. Members are optional; a null is an absent one."""

    text: str | None = None
    validity_period: Number | None = None
    validity_period_time_unit: Unit | None = None

    SAYS: ClassVar[tuple[str, ...]] = ("text",)
    """The members any one of which makes it a message."""

    def faults(self) -> Faults:
        """What is wrong with members together, by their path inside the block."""
        return {}

    def says(self) -> bool:
        """Whether there is anything to send."""
        return any(getattr(self, name) not in _NOTHING for name in self.SAYS)

    def options(self) -> Object:
        """What is said beside text, subject and validity, by the names on the wire. BadRequest if it cannot be kept."""
        members = given(self)
        return {name: tidy(value, name) for name, value in members.items() if name not in _COMMON}

    def content(self) -> Content | None:
        """What the channel gets; None if the block says nothing. BadRequest for what cannot be kept."""
        return Content(text=self.text or "", options=self.options()) if self.says() else None


_COMMON = frozenset({"text", "validityPeriod", "validityPeriodTimeUnit"})


def given(block: msgspec.Struct | None) -> Object:
    """The members that a client gave, by their names on the wire."""
    return {} if block is None else msgspec.to_builtins(block)


def tidy(value: Any, path: str, *, nulls: bool = False, depth: int = 0) -> Any:
    """A copy without nulls (unless wanted). BadRequest for what no store keeps: too deep, or numbers beyond 64 bits."""
    if depth > MAX_DEPTH:
        raise BadRequest({path: [f"must not be nested more than {MAX_DEPTH} deep"]})
    match value:
        case dict():
            members = cast("Object", value)
            kept = ((name, member) for name, member in members.items() if nulls or member is not None)
            return {name: tidy(member, path, nulls=nulls, depth=depth + 1) for name, member in kept}
        case list():
            items = cast("list[Any]", value)
            return [tidy(item, path, nulls=nulls, depth=depth + 1) for item in items if nulls or item is not None]
        case int() if not -(2**63) <= value < 2**63:
            raise BadRequest({path: ["must not hold integers beyond 64 bits"]})
        case float() if not isfinite(value):
            raise BadRequest({path: ["must be a number"]})
        case _:
            return value
