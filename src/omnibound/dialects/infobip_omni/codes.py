"""OMNI's statuses and errors by id, as they stand on the wire. The tables are in codes.json (Infobip's own list)."""

from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Raw, Struct

GROUPS = ("ACCEPTED", "PENDING", "UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED")
ERROR_GROUPS = ("OK", "HANDSET_ERRORS", "USER_ERRORS", "OPERATOR_ERRORS")


class StatusOut(Struct, frozen=True, gc=False, rename="camel", omit_defaults=True):
    """A status; `action` is what the client may do about it."""

    group_id: int
    group_name: str
    id: int
    name: str
    description: str
    action: str = ""


class ErrorOut(Struct, frozen=True, gc=False, rename="camel"):
    """An error; `permanent` says that trying again is of no use."""

    group_id: int
    group_name: str
    id: int
    name: str
    description: str
    permanent: bool


class _Tables(Struct):
    statuses: list[list[Any]]
    errors: list[list[Any]]


def _words(name: str) -> str:
    # No sample of most descriptions is public: the name, readable.
    return name.removeprefix("EC_").replace("_", " ").title()


def _status(id_: int, group: int, name: str, description: str = "", action: str = "") -> StatusOut:
    return StatusOut(group, GROUPS[group], id_, name, description or _words(name), action)


def _error(id_: int, group: int, name: str, permanent: bool, description: str = "") -> ErrorOut:
    return ErrorOut(group, ERROR_GROUPS[group], id_, name, description or _words(name), permanent)


_tables = msgspec.json.decode(
    files("omnibound.dialects.infobip_omni").joinpath("codes.json").read_bytes(), type=_Tables
)

STATUSES: dict[int, StatusOut] = {row[0]: _status(*row) for row in _tables.statuses}
ERRORS: dict[int, ErrorOut] = {row[0]: _error(*row) for row in _tables.errors}

STATUS_JSON: dict[int, Raw] = {id_: Raw(msgspec.json.encode(status)) for id_, status in STATUSES.items()}
ERROR_JSON: dict[int, Raw] = {id_: Raw(msgspec.json.encode(error)) for id_, error in ERRORS.items()}
"""Encoded once: thousands of rows share them."""
