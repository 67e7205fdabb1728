"""Dates and times of day in words."""

import re
from datetime import date

from omnibound.wire.ssml.numbers import say_count
from omnibound.wire.ssml.words import Count, Words

FORMATS = ("mdy", "dmy", "ymd", "ydm", "md", "dm", "ym", "my", "y", "m", "d")
_TIME = re.compile(r"(\d{1,2})(?:[:.hH](\d{2}))?(?:[:.](\d{2}))? ?(?:([AaPp])\.?[Mm]\.?)?", re.ASCII)
_LEAP = 2000
"""A year in which every date is one."""


def say_date(text: str, words: Words, order: str = "") -> str:
    """`2026-01-02` as the day it is. `order` is one of `FORMATS`; empty: as it looks. ValueError."""
    parts = _parts(text.strip(), order)
    order = order or _order_of(parts, words)
    if order not in FORMATS:
        raise ValueError(f"a format is one of {', '.join(FORMATS)}")
    if len(parts) != len(order):
        raise ValueError(f"no date written as {order}")
    told = {letter: int(part) for letter, part in zip(order, parts, strict=True)}
    if "y" in told and len(parts[order.index("y")]) <= 2:
        told["y"] += 2000 if told["y"] < 70 else 1900
    date(told.get("y", _LEAP), told.get("m", 1), told.get("d", 1))
    return _said(told, words)


def say_time(text: str, words: Words, order: str = "") -> str:
    """`14:30` or `2:30 pm` as the time it is; by twelve hours in English where it is written so. ValueError."""
    match = _TIME.fullmatch(text.strip())
    if not match or not (match[2] or match[4]):
        raise ValueError("no time of day")
    hour, minute, second = (int(part or 0) for part in match.group(1, 2, 3))
    half = (match[4] or "").lower()
    if hour > (12 if half else 24) or (half and not hour) or minute > 59 or second > 59:
        raise ValueError("no time of day")
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return _time_said(hour % 24, minute, second, words, twelve=bool(half) or "12" in order)


def _parts(text: str, order: str) -> list[str]:
    parts = re.findall(r"\d+", text, re.ASCII)
    if not re.fullmatch(r"\d+(?:[-./ ]+\d+){0,2}\.?", text, re.ASCII):
        raise ValueError("no date in digits")
    if len(parts) == 1 and len(parts[0]) == 8 and order in ("", "ymd", "dmy", "mdy"):
        ends = (2, 4) if order in ("dmy", "mdy") else (4, 6)
        parts = [parts[0][: ends[0]], parts[0][ends[0] : ends[1]], parts[0][ends[1] :]]
    if any(len(part) > 4 for part in parts):
        raise ValueError("no date in digits")
    return parts


def _order_of(parts: list[str], words: Words) -> str:
    lengths = [len(part) for part in parts]
    day_month = "md" if words.month_first else "dm"
    match lengths:
        case [4, _, _]:
            return "ymd"
        case [_, _, _]:
            return day_month + "y"
        case [4, _] | [_, 4]:
            return "ym" if lengths[0] == 4 else "my"
        case [_, _]:
            return day_month
        case _:
            return "y" if lengths[0] == 4 else "d"


def _said(told: dict[str, int], words: Words) -> str:
    month = ""
    if "m" in told:
        names = words.months if "d" in told else words.bare_months or words.months
        month = names[told["m"] - 1] if names else say_count(str(told["m"]), words)
    said = {
        "month": month,
        "day": (words.day or _count(words))(told["d"]) if "d" in told else "",
        "year": (words.year or _count(words))(told["y"]) if "y" in told else "",
    }
    patterns = {"dmy": words.date, "dm": words.day_and_month, "my": words.month_and_year, "y": words.year_alone}
    return patterns.get("".join(sorted(told)), "{day}{month}{year}").format(**said)


def _count(words: Words) -> Count:
    return lambda number: say_count(str(number), words)


def _time_said(hour: int, minute: int, second: int, words: Words, *, twelve: bool) -> str:
    half = ""
    if twelve and words.key.startswith("en"):
        half, hour = " p m" if hour >= 12 else " a m", hour % 12 or 12
    told = (words.hour or _count(words))(hour)
    minutes = say_count(str(minute), words)
    if minute < 10 and words.nought:
        minutes = f"{words.nought} {minutes}"
    pattern = words.minutes if minute or second else words.full_hour
    said = pattern.format(hour=told, minute=minutes) + half
    return f"{said}, {say_count(str(second), words)}" if second else said
