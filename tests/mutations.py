"""Octets that are almost right: what fuzzing feeds to whatever parses."""

import random
from collections.abc import Callable, Sequence

_NUMBERS = [b"0", b"-1", b"65536", b"4294967296", b"99999999999999999999", b"1e9", "١٢".encode(), b""]
_WORDS = [one.encode("latin-1") for one in ("\r\n", "\r\n\r\n", "\n", "\0", "\xff\xfe", *'"<>;,@:[%\\', "sip:")]


def _flip(data: bytearray, dice: random.Random) -> None:
    data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)


def _replace(data: bytearray, dice: random.Random) -> None:
    data[dice.randrange(len(data))] = dice.randrange(256)


def _cut(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data))
    del data[at : at + dice.randrange(1, 20)]


def _insert(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data))
    data[at:at] = dice.choice(_WORDS) * dice.choice([1, 1, 2, 200])


def _double(data: bytearray, dice: random.Random) -> None:
    at, end = sorted(dice.randrange(len(data)) for _ in range(2))
    data[at:at] = data[at:end]


def _end(data: bytearray, dice: random.Random) -> None:
    del data[dice.randrange(len(data)) :]


def _number(data: bytearray, dice: random.Random) -> None:
    places = [at for at, octet in enumerate(data) if 48 <= octet < 58]
    if places:
        at = dice.choice(places)
        data[at : at + 1] = dice.choice(_NUMBERS)


def _swap_lines(data: bytearray, dice: random.Random) -> None:
    lines = bytes(data).split(b"\r\n")
    dice.shuffle(lines)
    data[:] = b"\r\n".join(lines)


def _drop_line(data: bytearray, dice: random.Random) -> None:
    lines = bytes(data).split(b"\r\n")
    del lines[dice.randrange(len(lines))]
    data[:] = b"\r\n".join(lines)


OCTETS: Sequence[Callable[[bytearray, random.Random], None]] = (_flip, _replace, _cut, _insert, _double, _end)
TEXT = (*OCTETS, _number, _number, _swap_lines, _drop_line, _drop_line)


def mutated(
    data: bytes, dice: random.Random, ways: Sequence[Callable[[bytearray, random.Random], None]] = OCTETS
) -> bytes:
    """The same with one to three things wrong."""
    changed = bytearray(data)
    for _ in range(dice.choice([1, 1, 1, 2, 3])):
        if changed:
            dice.choice(ways)(changed, dice)
    return bytes(changed)
