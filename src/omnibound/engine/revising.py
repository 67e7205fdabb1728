"""A campaign goes another way from now on: what is held in memory of it does as well."""

from msgspec.structs import replace

from omnibound.domain.flow import Flow
from omnibound.domain.message import Message
from omnibound.engine.book import Book, Entry
from omnibound.engine.routes import Routes


def revise(book: Book, routes: Routes, account: int, campaign: str, flow: Flow) -> None:
    """The next move of each of its deliveries follows this flow; who waits for a connector is routed anew.

    What is under way goes on as it began.
    """
    fresh: dict[int, Message] = {}
    old: list[Message] = []
    for entry in book.entries.values():
        message = entry.message
        if message.campaign == campaign and message.account == account:
            # Kept until the end, so that nothing else has its identity: of one id there may be a message a person.
            old.append(message)
            entry.message = fresh.get(id(message)) or fresh.setdefault(id(message), replace(message, flow=flow))

    def is_of(entry: Entry) -> bool:
        return entry.message.campaign == campaign and entry.message.account == account

    for sender in routes.senders() if fresh else ():
        routes.enqueue(sender.queue.withdraw(is_of))
