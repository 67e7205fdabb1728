"""Who is called back, run as a process of its own: it notes when each number was told of. `python -m ... PORT`."""

import asyncio
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable

from omnibound.cli.bench.sink_process import Receiver, Tally

IN_BODY = re.compile(rb'"to":\s*"(\d+)"')
IN_PATH = re.compile(rb"[?&]to=(\d+)")
PATH = re.compile(rb"^\w+ /(many|when|)/?(\d+)")
"""What is asked (nothing: a callback), and the number of the turn that it is about."""

When = dict[str, float]
"""When each number was told of first, in seconds, monotonic: the clock is the same for all of a machine."""
ASKED: dict[bytes, Callable[[When], object]] = {b"many": len, b"when": dict}


class Callback(Receiver):
    """One connection: numbers in the query of a GET or in the JSON of a POST; `/many/N` and `/when/N` ask for them."""

    def __init__(self, turns: defaultdict[int, When]) -> None:
        super().__init__(Tally())
        self._turns = turns

    def answer(self, head: bytes, body: bytes) -> None:
        """See `Receiver`."""
        line = head.partition(b"\r\n")[0]
        found = PATH.match(line)
        if found is None:
            self.say(b"{}")
            return
        turn = self._turns[int(found[2])]
        if found[1]:
            self.say(json.dumps(ASKED[found[1]](turn)).encode())
        else:
            now = time.monotonic()
            for number in (*IN_PATH.findall(line), *IN_BODY.findall(body)):
                turn.setdefault(number.decode(), now)
            self.accept()


async def serve(port: int) -> None:
    """Until somebody ends the process."""
    turns: defaultdict[int, When] = defaultdict(dict)
    server = await asyncio.get_running_loop().create_server(lambda: Callback(turns), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
