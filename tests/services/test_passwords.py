"""Chosen passwords: right and wrong ones, lanes by user name, and what strangers can learn."""

import asyncio
import time

import pytest

from omnibound.domain.errors import Throttled
from omnibound.services.passwords import WAITING_AT_MOST, Passwords, is_chosen, password_hash

pytestmark = pytest.mark.anyio

STORED = password_hash("open sesame")


@pytest.mark.parametrize(
    ("stored", "password", "right"),
    [(STORED, "open sesame", True), (STORED, "Open sesame", False), ("", "", False), ("sha256$00", "x", False)],
    ids=["right", "wrong", "nobody", "made"],
)
async def test_verify(stored: str, password: str, right: bool) -> None:
    assert await Passwords().verify("u", stored, password) is right


def test_only_chosen_ones_are_argon2() -> None:
    assert (is_chosen(STORED), is_chosen("sha256$00"), is_chosen("")) == (True, False, False)


async def test_a_name_that_is_guessed_at_keeps_nobody_else_waiting() -> None:
    passwords = Passwords()
    guesses = [asyncio.create_task(passwords.verify("victim", STORED, "wrong")) for _ in range(WAITING_AT_MOST)]
    await asyncio.sleep(0)
    with pytest.raises(Throttled):
        await passwords.verify("victim", STORED, "wrong")
    assert await passwords.verify("other", STORED, "open sesame")
    assert sum(guess.done() for guess in guesses) < WAITING_AT_MOST
    assert await asyncio.gather(*guesses) == [False] * WAITING_AT_MOST
    assert await passwords.verify("victim", STORED, "open sesame")


async def test_an_unknown_name_is_refused_as_slowly_as_a_known_one() -> None:
    passwords = Passwords()
    await passwords.verify("known", STORED, "wrong")
    began = time.perf_counter()
    await passwords.verify("known", STORED, "wrong")
    known = time.perf_counter() - began
    began = time.perf_counter()
    await passwords.verify("unknown", "", "wrong")
    assert time.perf_counter() - began > known / 4
