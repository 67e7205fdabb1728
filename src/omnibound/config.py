"""The configuration: `omnibound.toml` < environment < flags. Fields say what they are for; secrets are not printed."""

import os
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
from msgspec import Meta, Struct

from omnibound.config_watching import AlertingTable, AlertTable, LogTable, MetricsTable, OtelTable, check_alerts
from omnibound.domain.calendar import DAY_MINUTES, Calendar
from omnibound.domain.calendar import Hours as OpenHours
from omnibound.domain.errors import Invalid
from omnibound.domain.flow import HOUR, SECOND
from omnibound.domain.health import Limits
from omnibound.domain.law import Law
from omnibound.domain.number import number_key
from omnibound.domain.routing import By, Route

PREFIX = "OMNIBOUND_"
FILE = "omnibound.toml"
_OTHERS = (
    "OMNIBOUND_URL",
    "OMNIBOUND_API_KEY",
    "OMNIBOUND_REQUIRE_ALL",
    "OMNIBOUND_TEST_POSTGRES",
)
"""Read by the commands that are clients, and by the tests."""
SECRETS = ("password", "secret", "token", "credentials", "admin_key", "api_key", "headers")
HIDDEN = "********"

Seconds = Annotated[float, Meta(gt=0, le=3_153_600_000)]
Days = Annotated[float, Meta(gt=0, le=36_500)]
Hours = Annotated[float, Meta(gt=0, le=876_000)]
Count = Annotated[int, Meta(ge=1)]


class EngineTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[engine]`: bounds and times of sending."""

    queue: Annotated[Count, Meta(description="deliveries of a channel that wait in memory; more in the store")] = 50_000
    backlog: Annotated[Count, Meta(description="unfinished deliveries; beyond it, 429")] = 10_000_000
    validity_s: Annotated[Seconds, Meta(description="how long a step is tried when the request does not say")] = 172_800
    retry_for_s: Annotated[Seconds, Meta(description="how long temporary failures of a step are retried")] = 600
    receipt_wait_s: Annotated[Seconds, Meta(description="how long after the last validity a receipt is awaited")] = 300


class RetentionTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[retention]`: how long what is finished is kept. What is unfinished stays, however old."""

    content_days: Annotated[Days, Meta(description="days after which what a message said is dropped")] = 7
    delivery_days: Annotated[
        Days, Meta(description="days after their end that deliveries, timelines and messages from people are kept")
    ] = 30
    report_hours: Annotated[
        Hours, Meta(description="hours that a report waits to be taken, and that one that was can be read again")
    ] = 48

    def __post_init__(self) -> None:
        if max(self.content_days * 24, self.report_hours) > self.delivery_days * 24:
            raise ValueError("delivery_days must not be shorter than content_days and report_hours")


class NodesTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[nodes]`: several servers on one PostgreSQL."""

    lease_s: Annotated[
        float, Meta(ge=2, le=300, description="how long a node counts as alive after it was last heard of")
    ] = 5


class ReportsTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[reports]`: telling clients how their deliveries ended."""

    push_batch: Annotated[int, Meta(ge=1, le=1_000, description="reports in one POST at most")] = 1
    push_per_url: Annotated[Count, Meta(description="POSTs at once to one address")] = 8
    push_at_once: Annotated[
        Count, Meta(description="POSTs at once in all; four times as many, one each, to new and failing addresses")
    ] = 64
    push_timeout_s: Annotated[Seconds, Meta(description="how long a receiver may take to answer")] = 10
    pull_pushed: Annotated[bool, Meta(description="whether reports that are pushed can be read too")] = True


class SecurityTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[security]`: who may reach what."""

    allow_private: Annotated[
        tuple[str, ...], Meta(description="private networks that webhooks and media may be fetched from")
    ] = ()
    admin_key: Annotated[str, Meta(description="key of the operators' API; empty: made in DATA/admin.key")] = ""
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="addresses and networks of proxies whose X-Forwarded-For is believed; nobody else's is"),
    ] = ()

    def __post_init__(self) -> None:
        for each in (*self.allow_private, *self.trusted_proxies):
            ip_network(each, strict=False)


class SpeechTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[speech]`: what texts are spoken with, and what is kept of it."""

    workers: Annotated[int, Meta(ge=1, le=64, description="processes of espeak-ng")] = 2
    timeout_s: Annotated[Seconds, Meta(description="how long a voice may take for one piece of a text")] = 10
    longest_s: Annotated[Seconds, Meta(description="the longest that one text may take to say")] = 300
    cache_mb: Annotated[Count, Meta(description="MB of spoken texts that are kept in DATA/speech")] = 1_000
    upload_mb: Annotated[Count, Meta(description="MB of an announcement that is uploaded; more is a 413")] = 20
    upload_s: Annotated[Seconds, Meta(description="the longest that an announcement may play")] = 1_800
    announcements: Annotated[
        str, Meta(description="folder of what is uploaded, which several nodes share; empty: DATA/announcements")
    ] = ""


class VoiceTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[voice]`: the telephone that calls over `sip` connectors."""

    bind: Annotated[
        str,
        Meta(
            pattern=r"^(\[[0-9A-Fa-f:.]+\]|[^:\s]+):\d{1,5}\Z",
            description="address and port for SIP, over UDP and TCP; RTP has the same address",
        ),
    ] = "0.0.0.0:5060"
    public_address: Annotated[
        str, Meta(description="the address by which carriers reach us, where it is not the one that we see ourselves")
    ] = ""
    rtp_ports: Annotated[
        tuple[int, int], Meta(description="the first and the last UDP port for sound; a call takes two")
    ] = (16_384, 24_383)
    silence_s: Annotated[
        float,
        Meta(
            ge=0, le=86_400, description="a call from whose other end nothing is heard for so long is ended; 0: never"
        ),
    ] = 60

    def __post_init__(self) -> None:
        first, last = self.rtp_ports
        if not 0 < first < last < 65_536:
            raise ValueError("rtp_ports has to be the first and the last port of a range")

    @property
    def where(self) -> tuple[str, int]:
        """Address and port of `bind`."""
        host, _, port = self.bind.rpartition(":")
        return host.strip("[]"), int(port)


class LawTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[law]`: what holds for the calls of all campaigns, whatever those say."""

    hours: Annotated[
        str,
        Meta(
            pattern=r"^(\d\d:\d\d-\d\d:\d\d)?\Z",
            description="when people may be called, by the clock where they are; empty: at any time",
        ),
    ] = "08:00-21:00"
    ring_s: Annotated[
        float, Meta(ge=0, le=600, description="how long those who do not answer are let ring at least")
    ] = 15
    calls_a_day: Annotated[
        int, Meta(ge=0, le=1_000, description="calls to one number a day at most; 0: as the campaign says")
    ] = 0
    caller: Annotated[bool, Meta(description="whether only campaigns that show a number can be started")] = True
    records_days: Annotated[
        float,
        Meta(
            ge=0,
            le=36_500,
            description="days that records of the calls of campaigns are kept, if [retention] is shorter",
        ),
    ] = 0
    abandoned_hours: Annotated[
        float,
        Meta(ge=0, le=8_760, description="how long those are left alone who found nobody there when they answered"),
    ] = 72
    abandoned_reserved: Annotated[
        bool, Meta(description="whether they may be called sooner where an agent is kept for that call")
    ] = True
    returned: Annotated[
        str,
        Meta(
            max_length=1_000,
            description="what those hear who call back a number that was shown to them; empty: they are refused",
        ),
    ] = ""

    def __post_init__(self) -> None:
        if any(not 0 <= each.begin < each.end <= DAY_MINUTES for each in self._open):
            raise ValueError("hours have to begin before they end, within one day")

    @property
    def law(self) -> Law:
        """As the domain reads it."""
        return Law(
            calendar=Calendar(hours=self._open), ring=int(self.ring_s * SECOND), per_day=self.calls_a_day,
            caller=self.caller, abandoned=int(self.abandoned_hours * HOUR), reserved=self.abandoned_reserved,
        )  # fmt: skip

    @property
    def _open(self) -> tuple[OpenHours, ...]:
        if not self.hours:
            return ()
        begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in self.hours.split("-"))
        return (OpenHours(begin=begin, end=end),)


LAWLESS = LawTable(hours="", caller=False, abandoned_hours=0)
"""For what shows and measures, at whatever hour that is."""


Texts = str | tuple[str, ...]


class RouteTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[routes]]`: which connectors take what; of those that fit, the one with the longest prefix."""

    channel: Annotated[str, Meta(min_length=1, description="the channel")]
    connectors: Annotated[tuple[str, ...], Meta(min_length=1, description="who takes it, by name, in their order")]
    prefix: Annotated[Texts, Meta(description="how the number begins: one, or a list; empty: any number")] = ()
    account: Annotated[Texts, Meta(description="the account that sends it: one, or a list; empty: any")] = ()
    sender: Annotated[Texts, Meta(description="the sender that is shown: one, or a list; empty: any")] = ()
    by: Annotated[By, Meta(description="first that is well, in proportion to `weights`, or cheapest")] = "order"
    weights: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=1_000_000)], ...], Meta(description="one beside each connector")
    ] = ()

    def __post_init__(self) -> None:
        if not all(key.isdecimal() for key in self._prefixes):
            raise ValueError("a prefix is the beginning of an international number")

    @property
    def _prefixes(self) -> tuple[str, ...]:
        return tuple(map(number_key, _texts(self.prefix)))

    @property
    def route(self) -> Route:
        """As the domain reads it."""
        accounts, senders = _texts(self.account), _texts(self.sender)
        return Route(
            channel=self.channel, connectors=self.connectors, prefixes=self._prefixes, accounts=accounts,
            senders=senders, by=self.by, weights=self.weights,
        )  # fmt: skip


def _texts(given: Texts) -> tuple[str, ...]:
    if isinstance(given, str):
        return (given,) if given else ()
    return given


class RoutingTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[routing]`: when a connector of a route is sick, so that its fellows take what it would get."""

    window_s: Annotated[Seconds, Meta(description="how far back answers of a connector count")] = 60
    errors: Annotated[float, Meta(gt=0, le=1, description="the share of failures from which on it is sick")] = 0.5
    least: Annotated[Count, Meta(description="so many answers are needed to say that")] = 20
    rest_s: Annotated[Seconds, Meta(description="how long it gets nothing then; doubled after each vain trial")] = 30
    trials: Annotated[Count, Meta(description="how many it gets after that, to see how it is")] = 10

    @property
    def limits(self) -> Limits:
        """As the domain reads it."""
        window, rest = int(self.window_s * SECOND), int(self.rest_s * SECOND)
        return Limits(window=window, errors=self.errors, least=self.least, rest=rest, trials=self.trials)


class MoneyTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[money]`: of accounts that pay in advance."""

    refund: Annotated[
        bool, Meta(description="whether what a delivery was charged and did not cost goes back at its end")
    ] = True


class Config(Struct, frozen=True, kw_only=True):
    """Everything an installation can decide. Tables named after a dialect's section are read by that dialect."""

    host: Annotated[str, Meta(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="port to listen on; 0: any free one")] = 8080
    data: Annotated[str, Meta(description="folder of the database and of made keys")] = "data"
    database: Annotated[
        str,
        Meta(
            pattern=r"^(sqlite|postgres(ql)?://\S+)\Z",
            description="sqlite (in the data folder), or the URL of a PostgreSQL database: postgresql://user:password@host/name",
        ),
    ] = "sqlite"
    log_level: Annotated[
        str, Meta(pattern="^(?i:debug|info|warning|error)\\Z", description="debug, info, warning or error")
    ] = "info"
    connectors: Annotated[tuple[dict[str, Any], ...], Meta(description="the ways out, a table each")] = ()
    voices: Annotated[tuple[dict[str, Any], ...], Meta(description="who can speak, a table each")] = ()
    routes: tuple[RouteTable, ...] = ()
    routing: RoutingTable = RoutingTable()
    money: MoneyTable = MoneyTable()
    engine: EngineTable = EngineTable()
    retention: RetentionTable = RetentionTable()
    nodes: NodesTable = NodesTable()
    reports: ReportsTable = ReportsTable()
    security: SecurityTable = SecurityTable()
    speech: SpeechTable = SpeechTable()
    voice: VoiceTable = VoiceTable()
    law: LawTable = LawTable()
    log: LogTable = LogTable()
    metrics: MetricsTable = MetricsTable()
    otel: OtelTable = OtelTable()
    alerting: AlertingTable = AlertingTable()
    alerts: tuple[AlertTable, ...] = ()
    sections: dict[str, Any] = {}
    """The tables of the dialects, as they are in the file."""

    def __post_init__(self) -> None:
        check_alerts(self.alerts, self.alerting)


_OWN = set(Config.__struct_fields__) - {"sections"}


def read_config(
    path: Path | None = None, flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> Config:
    """The configuration from a file, the environment and flags. Raises Invalid naming the place that is wrong."""
    raw = _from_file(path)
    for name, value in (os.environ if environment is None else environment).items():
        if name.startswith(PREFIX) and name not in _OTHERS:
            _put(raw, name.removeprefix(PREFIX).lower().split("__"), value)
    raw.update({name: value for name, value in (flags or {}).items() if value is not None})
    sections = {name: raw.pop(name) for name in list(raw) if name not in _OWN and isinstance(raw[name], dict)}
    unknown = sorted(set(raw) - _OWN)
    if unknown:
        raise Invalid(f"the configuration knows no {', '.join(unknown)}", unknown[0])
    try:
        return msgspec.convert({**raw, "sections": sections}, Config, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(f"configuration: {error}") from error


def _from_file(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError as error:
        raise Invalid(f"there is no configuration file {path}") from error
    except OSError as error:
        raise Invalid(f"the configuration file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} is not TOML: {error}") from error


def _put(raw: dict[str, Any], names: list[str], value: str) -> None:
    *tables, last = names
    for table in tables:
        inner: Any = raw.setdefault(table, {})
        if not isinstance(inner, dict):
            raise Invalid(f"{PREFIX}{'__'.join(names).upper()}: {table} is not a table", table)
        raw = cast("dict[str, Any]", inner)
    raw[last] = value


def printable(value: Any, name: str = "") -> Any:
    """A configuration value with every secret blanked, and all that lies below a secret's name."""
    if value and any(secret in name for secret in SECRETS):
        return HIDDEN
    if isinstance(value, Struct):
        return {field: printable(getattr(value, field), field) for field in value.__struct_fields__}
    if isinstance(value, Mapping):
        return {str(key): printable(inner, str(key)) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list | tuple):
        return [printable(inner, name) for inner in value]  # pyright: ignore[reportUnknownVariableType]
    return value
