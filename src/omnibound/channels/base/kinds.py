"""What the kinds of connector share: their common settings, what they are given, and how a kind is found by its name.

A module of `omnibound.channels` is a kind if it defines `KIND` (its name in the configuration), `Settings` (a msgspec
struct that extends `Common`) and `build(settings, deps) -> Channel`.
"""

import importlib
import logging
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from types import ModuleType
from typing import Annotated, Any, Literal, NamedTuple, cast

import msgspec

from omnibound.channels.base.telephone import Heed, Speak, Telephone
from omnibound.domain.errors import Invalid
from omnibound.domain.facts import Failure
from omnibound.domain.message import Attempt
from omnibound.domain.status import Reason
from omnibound.ports import Channel, Clock
from omnibound.ports.mail import Mailing, PlainMailing
from omnibound.wire.telephone import Chosen, Script

FindDevices = Callable[[int, str, list[str]], Awaitable[dict[str, list[str]]]]
"""(account, application code, phone numbers or registration ids) -> tokens by address, primary device first."""

Confirms = Literal["device", "provider", "accept"]
"""Who says that an attempt has arrived: the app on the device, the provider in a receipt, or nobody any more."""

_log = logging.getLogger("omnibound.channels")

_PACKAGE = "omnibound.channels"
_SHARED = "base"


async def no_devices(_account: int, _application: str, _addresses: list[str]) -> dict[str, list[str]]:
    """For connectors without device registrations: finds none."""
    return {}


def plain_attempt_id(delivery: int, number: int) -> str:
    """An attempt's id that hides nothing: for connectors that nobody confirms to, and for tests."""
    return f"{delivery:x}-{number}"


async def no_voice(_attempt: Attempt) -> Script | Failure:
    """Where nobody can speak."""
    return Failure(Reason.NO_CONTENT, "speech:no_voice")


async def no_choices(_chosen: Chosen) -> None:
    """Where no call offers any."""


class Deps(NamedTuple):
    """What a connector is given beside its settings.

    `attempt_id` makes of (delivery, attempt's number) the id by which an app confirms it without credentials.
    `telephone`, `speak` and `heed` are for those that call, `mailing` is for those that send mail.
    """

    name: str
    clock: Clock
    find_devices: FindDevices = no_devices
    attempt_id: Callable[[int, int], str] = plain_attempt_id
    telephone: Telephone | None = None
    speak: Speak = no_voice
    heed: Heed = no_choices
    mailing: Mailing = PlainMailing()


class Common(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The members of every connector's table.

    `rate` is parts a second (0: as fast as the provider takes them), `window` how many may be on their way at once,
    `on_ambiguous` what is done with an attempt that may have left or not. Empty `carrier`: the connector's name.
    `linger_s`: how long it goes on hearing receipts after it was removed, or another address took its place (seconds).
    """

    name: Annotated[str, msgspec.Meta(min_length=1)]
    kind: str
    channel: Annotated[str, msgspec.Meta(min_length=1)]
    rate: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    window: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    on_ambiguous: Literal["resend", "hold"] = "resend"
    carrier: str = ""
    linger_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 60.0


Build = Callable[[Any, Deps], Channel]


class Kind(NamedTuple):
    """A kind of connector: its name, the type of its table, and what makes a channel of the two."""

    name: str
    settings: type[Common]
    build: Build


def kind_of(module: ModuleType) -> Kind | None:
    """The kind that a module defines, or None if it defines none."""
    name, settings, build = (getattr(module, member, None) for member in ("KIND", "Settings", "build"))
    if not (isinstance(name, str) and isinstance(settings, type) and callable(build)):
        return None
    return Kind(name, cast("type[Common]", settings), cast("Build", build))


def _module_names(package: str) -> list[str]:
    path = importlib.import_module(package).__path__
    return [module.name for module in pkgutil.iter_modules(path) if not module.name.startswith(_SHARED)]


def kinds(package: str = _PACKAGE) -> dict[str, Kind]:
    """Every kind by name, found by importing the package's modules. One that lacks what it runs on is left out."""
    found = [_kind_or_none(f"{package}.{name}") for name in _module_names(package)]
    return {kind.name: kind for kind in found if kind}


def _kind_or_none(module: str) -> Kind | None:
    try:
        return kind_of(importlib.import_module(module))
    except ImportError as error:
        _log.warning("the connectors of %s cannot be used here: %s", module, error)
        return None


def kind_named(name: str, package: str = _PACKAGE) -> Kind:
    """One kind. Imports its module only, if it bears the kind's name. Raises Invalid, naming those there are."""
    if name in _module_names(package):
        kind = kind_of(importlib.import_module(f"{package}.{name}"))
        if kind and kind.name == name:
            return kind
    known = kinds(package)
    if name not in known:
        raise Invalid(f"there is no kind of connector {name!r}; there are: {', '.join(sorted(known))}", "kind")
    return known[name]


def read_settings(table: Mapping[str, Any], kind: Kind | None = None) -> Common:
    """A connector's table as its kind's settings. Raises Invalid with the path of what is wrong."""
    kind = kind or kind_named(str(table.get("kind", "")))
    try:
        return msgspec.convert(dict(table), kind.settings)
    except msgspec.ValidationError as error:
        words, _, path = str(error).partition(" - at `")
        raise Invalid(f"connector {table.get('name', '')!r}: {words}", path.strip("$`.")) from error


def build_channel(table: Mapping[str, Any], deps: Deps) -> Channel:
    """The channel that a connector's table describes. Raises Invalid if the table is wrong."""
    kind = kind_named(str(table.get("kind", "")))
    return kind.build(read_settings(table, kind), deps)
