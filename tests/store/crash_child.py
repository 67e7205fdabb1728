"""Records without end and says what is committed, until it is killed. Run by `test_crash`: FOLDER FIRST-ID."""

import asyncio
import sys
from pathlib import Path

from omnibound.domain.changes import Changes, HandOverList, Ref, Reportable
from omnibound.store.opened import OpenedStore, open_store
from tests.store import nouns


def order(first: int) -> Changes:
    """Three deliveries of one message: one still lives, one ends at once, and a hand-over of both."""
    born = nouns.born(*[nouns.live(first + n, of=first) for n in range(3)])
    born.refs = [Ref(nouns.ACCOUNT, 1, first + n, first + n) for n in range(3)]
    born.outcomes = [nouns.outcome(first + 1)]
    born.reports = [Reportable(nouns.ACCOUNT, first + 1, 1, "SMS")]
    born.handovers = [HandOverList(first, 1, "c1", [(first, 1), (first + 1, 1)], 0)]
    return born


async def live_on(store: OpenedStore, first: int) -> None:
    while True:
        orders = [first + 10 * n for n in range(20)]
        futures = [store.record(order(id_)) for id_ in orders]
        futures += [store.record(Changes(ended=[(id_ + 1, 0)])) for id_ in orders]
        await asyncio.gather(*futures)
        sys.stdout.write(f"{orders[-1]}\n")
        sys.stdout.flush()
        first += 200


async def main() -> None:
    await live_on(open_store(Path(sys.argv[1])), int(sys.argv[2]))


if __name__ == "__main__":
    asyncio.run(main())
