"""Conpeek's bodies and queries -> requests of a campaign, and what to show of those that there are."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar, cast

import msgspec
from msgspec import Meta, Struct

from omnibound.dialects.conpeek.errors import Detail, Faulty
from omnibound.domain.action import Speech
from omnibound.services.place_requests import CallRequest
from omnibound.wire.body import fault_of, holds_nul

T = TypeVar("T")
Type = Literal["announcement", "tts", "none"]
Text = Annotated[str, Meta(max_length=20_000)]
Id = Annotated[str, Meta(max_length=64)]
LIMIT = 1_000
DATE = "%Y-%m-%d %H:%M:%S"
DATES = frozenset(("process_not_before", "created_date", "closed_date"))
CUSTOM = "custom_fields"
MOST = 10_000

_ITEM = re.compile(r"data\[(\d+)\]\.?(.*)")


class ItemIn(Struct, frozen=True, gc=False):
    """One request; `text`, `ssml` and `voice_definition_id` count where the type is `tts`."""

    contact_number: Annotated[str, Meta(min_length=1, max_length=64)]
    text: Text | None = None
    ssml: Text | None = None
    voice_definition_id: Id | None = None
    custom: dict[str, Any] | None = None


class _Batch(Struct, frozen=True, gc=False):
    type: Type | None = None
    announcement_id: Id | None = None


class ListIn(_Batch, frozen=True, gc=False, kw_only=True):
    """Many requests. `type` and `announcement_id` are for all of them."""

    data: list[ItemIn]


class OneIn(_Batch, frozen=True, gc=False, kw_only=True):
    """A single request."""

    data: ItemIn


_list = msgspec.json.Decoder(ListIn)
_one = msgspec.json.Decoder(OneIn)


def read_list(body: bytes, most: int) -> list[CallRequest]:
    """The requests of a list. Raises Faulty."""
    wish = decoded(_list, body)
    if len(wish.data) > most:
        raise Faulty("the list is too long", [Detail(None, "data", f"must not be more than {most}")], 413)
    return _requests(wish, wish.data)


def read_one(body: bytes) -> list[CallRequest]:
    """The same of a single request."""
    wish = decoded(_one, body)
    return _requests(wish, [wish.data])


def decoded(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    """A body as it must be. Raises Faulty."""
    if holds_nul(body):
        raise Faulty("texts hold no NUL character", [])
    try:
        return decoder.decode(body)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        text, path = fault_of(error)
        item = _ITEM.fullmatch(path)
        place, field = (int(item[1]), item[2]) if item else (None, path)
        raise Faulty("the body is not as it must be", [Detail(place, field, text)]) from error
    except UnicodeDecodeError as error:
        raise Faulty("the body is not UTF-8", []) from error
    except RecursionError as error:
        raise Faulty("the body is nested too deeply", []) from error


def _requests(wish: _Batch, items: list[ItemIn]) -> list[CallRequest]:
    type_ = wish.type or _type(wish, items)
    if type_ == "announcement" and not wish.announcement_id:
        raise Faulty("nothing to play", [Detail(None, "announcement_id", "must be given for this type")])
    if type_ == "tts":
        silent = [index for index, item in enumerate(items) if not (item.text or item.ssml)]
        if silent:
            raise Faulty("nothing to say", [Detail(index, "text", "text or ssml must be given") for index in silent])
    return [
        CallRequest(phone=item.contact_number, speech=_speech(type_, wish, item), custom=item.custom) for item in items
    ]


def _type(wish: _Batch, items: list[ItemIn]) -> Type:
    if wish.announcement_id:
        return "announcement"
    return "tts" if items and all(item.text or item.ssml for item in items) else "none"


def _speech(type_: Type, wish: _Batch, item: ItemIn) -> Speech:
    if type_ == "announcement":
        return Speech(announcement=wish.announcement_id or "")
    if type_ == "none":
        return Speech()
    return Speech(text=item.text or "", ssml=item.ssml or "", voice=item.voice_definition_id or "")


# --- queries ----------------------------------------------------------------------------------------------------------


class Condition(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What a request must be like to be shown; of `custom_fields` the one under `key`."""

    property: str
    value: Any
    operator: Literal["eq", "gt", "gte", "lt", "lte"] = "eq"
    key: str = ""

    def values(self) -> list[Any]:
        """Those of which one is enough."""
        value = self.value
        return cast("list[Any]", value) if isinstance(value, list) else [value]


class Show(Struct, frozen=True, gc=False):
    """Which requests are shown, and what is left out of them."""

    offset: int
    limit: int
    conditions: list[Condition]
    exclude: list[str]


def read_show(query: Mapping[str, str], properties: frozenset[str]) -> Show:
    """`limit`, `offset`, `filter` and `exclude` of a query. Raises Faulty."""
    conditions = _member(query, "filter", list[Condition])
    exclude = _member(query, "exclude", list[str])
    faults = [fault for index, each in enumerate(conditions) if (fault := _fault(index, each, properties))]
    if faults:
        raise Faulty("the filter cannot be used", faults)
    return Show(_whole(query, "offset", 0, 1 << 40), _whole(query, "limit", LIMIT, MOST), conditions, exclude)


def _fault(index: int, condition: Condition, properties: frozenset[str]) -> Detail | None:
    place, name = f"filter[{index}]", condition.property
    if name not in properties and name != CUSTOM:
        return Detail(None, f"{place}.property", f"there is no property {name}")
    if name == CUSTOM and not condition.key:
        return Detail(None, f"{place}.key", "must name the custom field")
    if condition.operator != "eq" and not isinstance(condition.value, str | int | float):
        return Detail(None, f"{place}.value", "must be a text or a number for this operator")
    if name in DATES and not all(date is None or _is_date(date) for date in condition.values()):
        return Detail(None, f"{place}.value", "must be a date in UTC, as 2018-05-02 23:10:00")
    return None


def _is_date(value: Any) -> bool:
    try:
        return datetime.strptime(value, DATE).strftime(DATE) == value  # noqa: DTZ007 - in UTC, as it is written
    except (TypeError, ValueError):
        return False


def _member(query: Mapping[str, str], name: str, kind: Any) -> Any:
    try:
        return msgspec.json.decode(query.get(name) or "[]", type=kind)
    except msgspec.ValidationError as error:
        text, path = fault_of(error)
        raise Faulty(f"{name} cannot be read", [Detail(None, name + path, text)]) from error
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Faulty(f"{name} cannot be read", [Detail(None, name, "must be a JSON list")]) from error


def _whole(query: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = query.get(name) or str(usual)
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= most):
        raise Faulty(f"{name} cannot be read", [Detail(None, name, f"must be a number from 0 to {most}")])
    return int(text)
