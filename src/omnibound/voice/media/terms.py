"""What both sides of a call agreed on, as the media engine needs it; and the units that it counts in."""

import ipaddress
from functools import lru_cache
from typing import Final, Literal

import msgspec

from omnibound.wire.rtp import RATE, Law

SLOT_MS: Final = 5
"""Everything is sent in slots of this length: a frame of 20 ms every fourth one, so calls are spread over four
phases.
"""
SLOT_SAMPLES: Final = RATE * SLOT_MS // 1_000
PTIMES: Final = range(10, 61, 5)
"""Milliseconds of sound in one packet that we can send."""

_address = lru_cache(1_024)(ipaddress.ip_address)
"""Carriers have few addresses, and each is asked for several times a call."""

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
"""Ours, by SDP's names: with recvonly or inactive we send nothing."""


class Terms(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Where to send, and what. Raises ValueError when made of what nobody can be sent.

    `payload` is the number that stands for `law` (None: the static one), `dtmf` the one for keys (RFC 4733; None: they
    do not know them, so tones are sent), `noise` the one for comfort noise (None: silence is sent whole). `rtcp_port`
    0 is the port above.
    """

    address: str
    port: int
    law: Law = Law.MU
    payload: int | None = None
    dtmf: int | None = None
    noise: int | None = None
    ptime: int = 20
    direction: Direction = "sendrecv"
    rtcp_port: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be: groups and broadcasts would multiply what we send."""
        address = _address(self.address)
        if address.is_multicast or address == ipaddress.IPv4Address("255.255.255.255"):
            raise ValueError(f"{self.address} is not one telephone")
        if not 0 < self.port < 65_536 or not 0 <= self.rtcp_port < 65_536:
            raise ValueError(f"port {self.port}, RTCP {self.rtcp_port}")
        if self.ptime not in PTIMES:
            raise ValueError(
                f"packets of {self.ptime} ms; between {PTIMES[0]} and {PTIMES[-1]} in steps of {PTIMES.step}"
            )
        for number in (self.payload, self.dtmf, self.noise):
            if number is not None and (not 0 <= number < 128 or 64 <= number <= 95):
                raise ValueError(f"payload type {number}")

    @property
    def number(self) -> int:
        """The payload type of sound."""
        return self.law.payload_type if self.payload is None else self.payload

    @property
    def sends(self) -> bool:
        """Whether we may send. The null address is how old telephones say that they are on hold."""
        return self.direction in {"sendrecv", "sendonly"} and not _address(self.address).is_unspecified

    @property
    def hears(self) -> bool:
        """Whether they may send."""
        return self.direction in {"sendrecv", "recvonly"}

    @property
    def slots(self) -> int:
        """Slots between two packets."""
        return self.ptime // SLOT_MS

    @property
    def samples(self) -> int:
        """Samples, which are octets, in one packet."""
        return self.slots * SLOT_SAMPLES
