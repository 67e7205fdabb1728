"""The values of SSML's attributes: times, and how fast, high and loud. Each raises ValueError saying what it reads."""

import re
from collections.abc import Callable, Mapping

LONGEST_PAUSE_MS = 60_000

_TIME = re.compile(r"\+?(\d+(?:\.\d+)?|\.\d+)(ms|s)", re.ASCII)
_NUMBER = re.compile(r"([+-]?)(\d+(?:\.\d+)?|\.\d+)(%|st|dB|Hz)?", re.ASCII)

STRENGTHS = {"none": 0, "x-weak": 100, "weak": 250, "medium": 500, "strong": 750, "x-strong": 1000}
"""A break's strength in milliseconds."""

_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.25, "x-fast": 1.6}
_PITCHES = {"x-low": 0.6, "low": 0.8, "medium": 1.0, "default": 1.0, "high": 1.25, "x-high": 1.5}
_VOLUMES = {"silent": 0.0, "x-soft": 0.25, "soft": 0.5, "medium": 1.0, "default": 1.0, "loud": 1.5, "x-loud": 2.0}


def read_pause(time: str, strength: str) -> int:
    """Milliseconds; `time` wins over `strength`, and with neither it is a medium break."""
    if not time:
        if strength not in STRENGTHS and strength:
            raise ValueError(f"a break's strength is one of {', '.join(STRENGTHS)}")
        return STRENGTHS[strength or "medium"]
    match = _TIME.fullmatch(time)
    if not match:
        raise ValueError("a break's time is written as 500ms or 1.5s")
    ms = round(float(match[1]) * (1000 if match[2] == "s" else 1))
    if ms > LONGEST_PAUSE_MS:
        raise ValueError(f"a break lasts at most {LONGEST_PAUSE_MS // 1000}s")
    return ms


def read_rate(text: str) -> float:
    """`slow`, `80%`, `+20%`, `1.2`: 0.2 to 5."""
    return _factor(text, _RATES, {"%": _share, "": _times}, (0.2, 5), "a rate is slow, 80%, +20% or 1.2, from 0.2 to 5")


def read_pitch(text: str) -> float:
    """`high`, `+10%`, `-2st`: 0.25 to 4. A voice's own pitch in Hz is not known, so none is read."""
    return _factor(text, _PITCHES, {"%": _share, "st": _tones}, (0.25, 4), "a pitch is high, +10% or -2st")


def read_volume(text: str) -> float:
    """`loud`, `+6dB`, `-20%`, `50` of 100: 0 to 4."""
    kinds = {"%": _share, "dB": _decibels, "": _share}
    return _factor(text, _VOLUMES, kinds, (0, 4), "a volume is loud, +6dB, -20%, or 0 to 100")


Kind = Callable[[str, float], float]


def _factor(
    text: str, names: Mapping[str, float], kinds: Mapping[str, Kind], bounds: tuple[float, float], said: str
) -> float:
    if text in names:
        return names[text]
    match = _NUMBER.fullmatch(text)
    kind = kinds.get(match[3] or "") if match else None
    # Three hundred decibels are no number any more.
    if match is None or kind is None or float(match[2]) > 10_000:
        raise ValueError(said)
    factor = kind(match[1], float(match[2]))
    if not bounds[0] <= factor <= bounds[1]:
        raise ValueError(said)
    return factor


def _share(sign: str, number: float) -> float:
    return 1 + _signed(sign, number) / 100 if sign else number / 100


def _times(sign: str, number: float) -> float:
    return 1 + _signed(sign, number) if sign else number


def _tones(sign: str, number: float) -> float:
    return 2.0 ** (_signed(sign, min(number, 100)) / 12)


def _decibels(sign: str, number: float) -> float:
    return 10.0 ** (_signed(sign, min(number, 100)) / 20)


def _signed(sign: str, number: float) -> float:
    return -number if sign == "-" else number
