"""What a simulated carrier can be told to be like."""

from typing import Final, Literal

import msgspec

Keep = Literal["messages", "numbers"]
Ids = Literal["hex", "decimal", "uuid"]
ReceiptIds = Literal["same", "hex", "decimal"]
Receipts = Literal["text", "tlv", "both"]


class SmscSettings(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """Times are in seconds. `checked` says what values make no sense."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 takes any free port."""
    control_port: int | None = None
    """Where JSON lines are understood (control.py); 0 takes any free port, None leaves it out."""
    tls_certificate: str = ""
    """Path of a PEM file; with it, the SMPP port speaks TLS."""
    tls_key: str = ""
    system_id: str = ""
    """Empty: anybody may bind, each system_id with receipts of its own."""
    password: str = ""
    """Empty: any will do."""
    rate: float = 0
    """Messages a second for each system_id, in bursts of at most one second's worth; above it 0x58. 0 = no limit."""
    window: int = 0
    """Messages a bind may have unanswered; above it 0x14. 0 = no limit."""
    delay: float = 0.1
    """From submit to receipt."""
    response_delay: float = 0
    """From submit to its response; the receipt never overtakes it, except where that is asked for."""
    ids: Ids = "hex"
    receipt_ids: ReceiptIds = "same"
    """How a receipt spells the message id."""
    receipts: Receipts = "text"
    receipt_first: bool = False
    """The receipt goes out at once, before the submit's response."""
    resend_s: float = 10
    """After this long a deliver_sm without a good response is sent again."""
    deliver_window: int = 5_000
    """Deliver_sm that a bind may leave unanswered before it gets no more. 0 = no limit."""
    backlog: int = 1_000_000
    """Receipts and inbound messages not yet acknowledged, above which submits are answered 0x14."""
    magic: bool = True
    """Whether the last three digits of a destination decide its fate (magic.py)."""
    keep: Keep = "messages"
    """numbers: also count the accepted messages of each destination, without bound."""
    last: int = 10_000
    """How many of the last accepted messages can be read again; 0 = none."""


FIXED: Final = frozenset({"host", "port", "control_port", "tls_certificate", "tls_key", "last", "keep"})
"""What cannot change while it runs."""

_NEVER_NEGATIVE: Final = ("rate", "window", "delay", "response_delay", "deliver_window", "backlog", "last")


def checked(settings: SmscSettings) -> SmscSettings:
    """The same settings. Raises ValueError for values that contradict themselves or have the wrong type."""
    # Built by hand, a struct is not checked; read back from builtins it is. Types first, so that comparing cannot fail.
    settings = msgspec.convert(msgspec.to_builtins(settings), SmscSettings)
    for name in _NEVER_NEGATIVE:
        if not 0 <= getattr(settings, name) < float("inf"):
            raise ValueError(f"{name} has to be 0 or more")
    if not 0 < settings.resend_s < float("inf"):
        raise ValueError("resend_s has to be more than 0")
    if settings.ids == "uuid" and settings.receipt_ids != "same":
        raise ValueError("a uuid has one spelling only: receipt_ids has to be same")
    if settings.tls_key and not settings.tls_certificate:
        raise ValueError("tls_key without tls_certificate")
    return settings


def changed(settings: SmscSettings, changes: dict[str, object]) -> SmscSettings:
    """The settings with some of them changed while running. Raises ValueError."""
    if unknown := set(changes) - set(SmscSettings.__struct_fields__):
        raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
    if fixed := FIXED & set(changes):
        raise ValueError(f"cannot change while it runs: {', '.join(sorted(fixed))}")
    return checked(msgspec.convert({**msgspec.to_builtins(settings), **changes}, SmscSettings))
