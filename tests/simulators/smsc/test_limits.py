from collections import Counter

import pytest

from omnibound.simulators.smsc import Smsc, SmscSettings
from omnibound.simulators.smsc.tokens import Tokens
from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c
from tests.simulators.smsc.esme import Esme, bound, submit

pytestmark = pytest.mark.anyio


async def burst(esme: Esme, count: int) -> dict[int, int]:
    """Statuses of so many submits that are sent in one piece."""
    esme.send(b"".join([smpp.pdu(c.SUBMIT_SM, number, submit("1")) for number in range(1, count + 1)]))
    pdus = await esme.read_many(count)
    assert sorted(pdu[2] for pdu in pdus) == list(range(1, count + 1))
    return dict(Counter(pdu[1] for pdu in pdus))


async def test_rate() -> None:
    async with Smsc(SmscSettings(rate=0.001, delay=60)) as smsc, bound(smsc) as esme:
        assert await burst(esme, 20) == {c.ROK: 1, c.RTHROTTLED: 19}
        async with bound(smsc, system_id="another") as other:
            assert await burst(other, 2) == {c.ROK: 1, c.RTHROTTLED: 1}
        assert (smsc.counts["submitted"], smsc.counts["accepted"], smsc.counts["refused"]) == (22, 2, 20)
        assert smsc.statuses == {"ESME_RTHROTTLED": 20}


async def test_rate_is_that_of_all_binds_together() -> None:
    async with Smsc(SmscSettings(rate=0.001, delay=60)) as smsc, bound(smsc) as one, bound(smsc) as two:
        assert [await burst(one, 1), await burst(two, 1)] == [{c.ROK: 1}, {c.RTHROTTLED: 1}]


async def test_window_of_a_bind_whose_responses_are_slow() -> None:
    async with Smsc(SmscSettings(window=3, response_delay=0.05, delay=60)) as smsc, bound(smsc) as esme:
        assert await burst(esme, 5) == {c.ROK: 3, c.RMSGQFUL: 2}
        assert await burst(esme, 3) == {c.ROK: 3}


async def test_a_window_that_is_kept_is_never_refused() -> None:
    async with Smsc(SmscSettings(window=3, delay=60)) as smsc, bound(smsc) as esme:
        assert [await burst(esme, 3) for _ in range(20)] == [{c.ROK: 3}] * 20


async def test_backlog() -> None:
    async with Smsc(SmscSettings(backlog=2, delay=60)) as smsc, bound(smsc) as esme:
        assert await burst(esme, 1) == {c.ROK: 1}
        assert await burst(esme, 2) == {c.ROK: 1, c.RMSGQFUL: 1}


# (seconds since the last, wanted, rate, given)
@pytest.mark.parametrize(
    "steps",
    [
        [(0, 15, 10, 10), (0, 1, 10, 0), (0.1, 5, 10, 1), (0.55, 9, 10, 5), (100, 99, 10, 10)],
        [(0, 3, 0.5, 1), (1, 3, 0.5, 0), (1, 3, 0.5, 1)],
        [(0, 99, 0, 99), (0, 3, 2, 2), (0, 99, 0, 99), (0, 3, 2, 2)],
        [(0, 0, 10, 0), (0, 10, 10, 10), (5, 10, 4, 4)],
    ],
)
def test_tokens(steps: list[tuple[float, int, float, int]]) -> None:
    now = 0.0
    tokens = Tokens(lambda: now)
    for seconds, wanted, rate, given in steps:
        now += seconds
        assert tokens.take(wanted, rate) == given
