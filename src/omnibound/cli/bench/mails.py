"""Mail: bulks of 1,000 to a simulated relay, from the first request to the last report."""

import asyncio
import json
import time
from itertools import count

from omnibound.cli.bench.client import request
from omnibound.cli.bench.figures import Figure
from omnibound.cli.bench.load import BULK, TEXT, Failed, connections, pull
from omnibound.cli.bench.procs import Server, free_port, relay, server, usage

WARM_UP = 1_000
TAKEN = b'"DELIVERED_TO_OPERATOR"'
_FLOW = {"name": "mail", "flow": [{"channel": "EMAIL", "from": "Shop <news@shop.example>"}], "default": True}


def table(port: int) -> str:
    """A connector to a relay, with all that costs something but a signature."""
    return (
        f'[[connectors]]\nname = "mail"\nkind = "smtp"\nhost = "127.0.0.1"\nport = {port}\ntls = "none"\n'
        'from = "news@shop.example"\nbounce_domain = "bounces.shop.example"\n'
        f'lmtp_port = {free_port()}\nunsubscribe_url = "https://shop.example/unsubscribe"\n'
    )


async def mails(total: int, database: str) -> list[Figure]:
    """As fast as they are taken, reports pulled while they go."""
    async with relay() as port, server(table(port), database=database) as served:
        await _scenario(served)
        await _send(served, WARM_UP, 0)
        before, began = usage(served.pid), time.perf_counter()
        others = await _send(served, total, WARM_UP)
        took, after = time.perf_counter() - began, usage(served.pid)
        return [
            Figure("mail: bulk of 1,000 to a local sink", total / took, "mails/s", ">= 1,000"),
            Figure("mail: server CPU", (after.cpu_us - before.cpu_us) / total, "us each", "<= 300"),
            Figure("mail: peak memory", after.peak_mib, "MiB"),
            Figure("mail: not taken", others, "mails", "0"),
        ]


async def _scenario(served: Server) -> None:
    async with connections(served, 1) as (connection,):
        status, _ = await connection.ask(
            request("POST", "/omni/1/scenarios", served.keys[0], json.dumps(_FLOW).encode())
        )
    if status != 201:
        raise Failed(f"a scenario was answered {status}")


async def _send(served: Server, total: int, start: int) -> int:
    """How many were not taken."""
    _, others = await asyncio.gather(_bulks(served, total, start), pull(served, total, word=TAKEN))
    return others


async def _bulks(served: Server, total: int, start: int) -> None:
    starts = count(0, BULK)

    async def one(at: int) -> None:
        while (first := next(starts)) < total:
            people = [f"person{n}@mail.example" for n in range(start + first, start + min(first + BULK, total))]
            destinations = [{"to": {"emailAddress": address}} for address in people]
            body = {"destinations": destinations, "email": {"text": TEXT, "subject": "Your parcel"}}
            prepared = request("POST", "/omni/1/advanced", served.keys[0], json.dumps(body).encode())
            status, _ = await made[at].ask(prepared)
            if status != 200:
                raise Failed(f"a bulk was answered {status}")

    async with connections(served, 4) as made:
        await asyncio.gather(*(one(at) for at in range(4)))
