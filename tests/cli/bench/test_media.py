"""The media benchmark in small: real processes, everything that was due arrives, and what the figures are made of."""

import sys
import time

import pytest

from omnibound.cli.bench.floor import kernel_share
from omnibound.cli.bench.media import likeness, media
from omnibound.cli.bench.player import tune
from omnibound.cli.bench.telephones import SILENCE, Telephones
from omnibound.wire.rtp import Law, Packet, write

pytestmark = pytest.mark.anyio


@pytest.mark.slow
async def test_a_small_one() -> None:
    figures = {figure.what.partition(": ")[2]: figure.value for figure in await media(4, 0.5)}
    # Nothing is said of time: the machine may be busy.
    assert 50 < figures["frames arrived of those due"] <= 100
    assert figures["frames heard of those said"] > 50
    assert figures["CPU for 1,000 of them"] > 0
    assert figures["of that the kernel's, for sending and receiving alone"] > 0


def test_the_yardstick_is_what_some_calls_of_the_kernel_take() -> None:
    assert 1 < kernel_share() < 1_000


def testlikeness() -> None:
    octets = tune(0.5).octets[Law.MU]
    gap = octets[:160] + SILENCE + octets[320:]
    assert likeness([octets.hex(), octets[160:].hex(), octets[::-1].hex(), gap.hex()], 0.5) == 50
    assert likeness([], 0.2) == 0


def test_the_tune_is_the_same_in_every_process() -> None:
    assert tune(0.5).octets == tune(0.5).octets
    assert (tune(0.5).seconds, tune(1).samples) == (0.5, 8_000)


def test_telephones_count_and_answer() -> None:
    phones = Telephones()
    caller, phone = phones.sockets[0], phones.sockets[1]
    try:
        for number in (1, 4, 2):
            packet = Packet(
                payload_type=0, sequence=number, timestamp=160 * number, ssrc=9, payload=bytes([number]) * 160
            )
            caller.sendto(write(packet), phone.getsockname())
        phones.take(phone)
        counts = phones.counts()
        answers = [caller.recv(2_048)[12] for _ in range(3)]
    finally:
        for each in phones.sockets:
            each.close()
    assert (counts["frames"], answers) == (3, [1, 4, 2])
    assert counts["sounds"] == [b"".join(bytes([number]) * 160 for number in (1, 2, 255, 4)).hex()]


def test_gaps() -> None:
    phones = Telephones()
    for each in phones.sockets:
        each.close()
    phones.gaps[200] = 998
    phones.gaps[450] = 2
    assert (phones.gap_ms(0.5), phones.gap_ms(0.998), phones.gap_ms(0.999), phones.gap_ms(1.0)) == (20, 20, 45, 45)


def test_numpy_is_not_loaded_by_the_commands() -> None:
    """It takes a tenth of a second, which whoever types a command would wait for."""
    import subprocess

    code = "import sys, omnibound.cli.main; sys.exit('numpy' in sys.modules)"
    began = time.perf_counter()
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0, (
        time.perf_counter() - began
    )
