"""The tables of the configuration that say how a server is watched; a part of `config`."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct
from msgspec.structs import replace

from omnibound.domain.alerts import Kind, Rule, rule_of

Seconds = Annotated[float, Meta(gt=0, le=3_153_600_000)]
NotNegative = Annotated[float, Meta(ge=0, le=1e12)]


class MetricsTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[metrics]`: who may read `/metrics`."""

    token: Annotated[
        str, Meta(description="whoever sends it as `Authorization: Bearer` may; empty: this machine only")
    ] = ""


class LogTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[log]`: how the log is written."""

    format: Annotated[Literal["auto", "text", "json"], Meta(description="auto: text on a terminal, JSON elsewhere")] = (
        "auto"
    )


class OtelTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[otel]`: OpenTelemetry, where `omnibound[otel]` is installed."""

    endpoint: Annotated[
        str,
        Meta(
            pattern=r"^(https?://\S+)?\Z",
            description="a collector's address for OTLP over HTTP; empty: nothing is told",
        ),
    ] = ""
    headers: Annotated[dict[str, str], Meta(description="headers that the collector wants")] = {}
    metrics_s: Annotated[Seconds, Meta(description="how often the metrics are sent")] = 60
    service: Annotated[str, Meta(description="the name of this service there")] = "omnibound"


class AlertingTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[alerting]`: how alerts are told, and the mail server that takes those for `mailto:`."""

    look_s: Annotated[float, Meta(ge=0.05, le=3_600, description="how often all rules are looked at")] = 5
    timeout_s: Annotated[Seconds, Meta(description="how long a receiver or mail server may take")] = 10
    host: Annotated[str, Meta(description="the mail server; without one there is no mail")] = ""
    port: Annotated[int, Meta(ge=1, le=65_535, description="its port")] = 25
    tls: Annotated[
        Literal["none", "starttls", "tls"], Meta(description="whether and how the connection is encrypted")
    ] = "none"
    username: Annotated[str, Meta(description="who signs in there; empty: nobody")] = ""
    password: Annotated[str, Meta(description="with this")] = ""
    sender: Annotated[str, Meta(description="who the mails are from")] = "omnibound@localhost"


class AlertTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[[alerts]]`: whom to tell of what."""

    kind: Annotated[Kind, Meta(description="what is looked at")]
    to: Annotated[str | tuple[str, ...], Meta(description="where it is told: URLs (http, https), `mailto:` addresses")]
    name: Annotated[str, Meta(max_length=100, description="how it is called; empty: by its kind")] = ""
    threshold: Annotated[NotNegative | None, Meta(description="where it becomes bad; none: as the kind has it")] = None
    for_s: Annotated[
        NotNegative | None, Meta(description="how long it has to be bad, and then well; none: as the kind has it")
    ] = None
    only: Annotated[tuple[str, ...], Meta(description="connectors, channels, hosts or accounts; empty: all")] = ()
    over_s: Annotated[Seconds, Meta(description="of `delivery_rate`: the span that the rate is of")] = 900
    least: Annotated[int, Meta(ge=1, description="of `delivery_rate`: how many ends it takes to speak of one")] = 100

    def __post_init__(self) -> None:
        for each in self._targets:
            _check_target(each)

    @property
    def _targets(self) -> tuple[str, ...]:
        return (self.to,) if isinstance(self.to, str) else self.to

    @property
    def rule(self) -> Rule:
        """As the domain reads it."""
        wishes = {"threshold": self.threshold, "hold_s": self.for_s, "over_s": self.over_s, "least": self.least}
        return replace(rule_of(self.name or self.kind.value, self.kind, self._targets, **wishes), only=self.only)


def check_alerts(alerts: tuple[AlertTable, ...], alerting: AlertingTable) -> None:
    """Raises ValueError for what could not be told, or not told apart."""
    rules = [table.rule for table in alerts]
    names = [rule.name for rule in rules]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise ValueError(f"two [[alerts]] are called {twice}: give them names")
    mail = next((to for rule in rules for to in rule.to if to.startswith("mailto:")), "")
    if mail and not alerting.host:
        raise ValueError(f"{mail} needs a mail server: [alerting] host")


def _check_target(to: str) -> None:
    parts = urlsplit(to)
    if parts.scheme == "mailto":
        if "@" not in parts.path or any(c.isspace() for c in parts.path):
            raise ValueError(f"{to} is no mail address")
    elif parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{to} is neither a URL nor a mailto: address")
