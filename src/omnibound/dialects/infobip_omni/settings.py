"""What an operator may choose about this dialect, in the `[omni]` table of the configuration."""

from typing import Literal

from msgspec import Struct


class OmniSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the vendor's own pages contradict each other, both are offered; limits are ours. `max_body` is in bytes."""

    create_status: Literal[200, 201] = 201
    """What creating a scenario answers: 201 (its own page) or 200 (the PUSH example's page)."""
    accepted_status: Literal["accepted", "enroute"] = "accepted"
    """What a destination is told: 0/0 MESSAGE_ACCEPTED (2016) or 1/7 PENDING_ENROUTE (today's pages)."""
    report_rows: Literal["final", "steps"] = "final"
    """One report a delivery, or one a step as the PUSH example's page shows."""
    seen_sent_member: Literal["sendAt", "sentAt", "both"] = "sendAt"
    """What a seen report calls the instant of sending: `sendAt` (today's pages), `sentAt` (older ones) or both."""
    throttles: bool = True
    """Whether an account may create 20 and update 40 scenarios in 10 minutes and read the log 120 times a minute."""
    max_destinations: int = 20_000
    max_body: int = 20 * 1024 * 1024
    min_validity_s: int = 30
    """The least validityPeriod a send may ask for, in seconds."""
    min_viber_validity_s: int = 35
    """On VIBER a validityPeriod must be longer than this, in seconds."""
