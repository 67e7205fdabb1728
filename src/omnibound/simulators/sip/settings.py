"""What a simulated telephone network can be told to be like."""

from typing import Literal

import msgspec

Sound = Literal["echo", "record", "nothing"]


class SipSettings(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """Times are in seconds. `checked` says what values make no sense."""

    host: str = "127.0.0.1"
    port: int = 0
    """For UDP and TCP; 0 takes any free one."""
    username: str = ""
    password: str = ""
    """With a password, INVITE, BYE and REGISTER are challenged (digest)."""
    algorithm: Literal["MD5", "SHA-256"] = "MD5"
    ring_s: float = 0.2
    """From the first 180 to the answer."""
    t1: float = 0.5
    """How soon an answer that is not acknowledged is sent again; then after twice as long, and so on."""
    magic: bool = True
    """Whether the last three digits of a number decide what becomes of the call (magic.py)."""
    sound: Sound = "echo"
    """What is done with the RTP that comes: sent back, kept, or nothing."""
    ptime: int = 0
    """Milliseconds of sound in each packet that phones want, 10 to 60; 0: what they are offered."""
    lines: int = 0
    """Calls at a time; above it 503. 0 = no limit."""
    last: int = 1_000
    """Of how many calls that are over the record is kept."""


def checked(settings: SipSettings) -> SipSettings:
    """The same settings. Raises ValueError for values that contradict themselves or have the wrong type."""
    settings = msgspec.convert(msgspec.to_builtins(settings), SipSettings)
    for name in ("ring_s", "lines", "last"):
        if not 0 <= getattr(settings, name) < float("inf"):
            raise ValueError(f"{name} has to be 0 or more")
    if settings.ptime and settings.ptime not in range(10, 61, 10):
        raise ValueError("ptime is 10 to 60 in steps of 10, or 0")
    if not 0 < settings.t1 < float("inf"):
        raise ValueError("t1 has to be more than 0")
    if settings.password and not settings.username:
        raise ValueError("a password without a username")
    return settings
