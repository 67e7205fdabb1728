"""What a client asks to be sent, and what it is told at once; and the report it gets in the end."""

from msgspec import Struct

from omnibound.domain.account import VoiceCodes
from omnibound.domain.live import Outcome
from omnibound.domain.message import Addresses, Class, Content
from omnibound.domain.push import Notify
from omnibound.domain.status import Reason


class Person(Struct, frozen=True, gc=False):
    """One destination: where to reach it, the client's own id (or empty), and what is wrong with it."""

    to: Addresses
    ref: str = ""
    fault: Reason | None = None


class Order(Struct, frozen=True, gc=False, kw_only=True):
    """One request to send. `validity` is in microseconds by channel; `send_at` in microseconds UTC, 0 for at once.

    `scenario` is a key, empty for the account's default one. With `notify` None its
    reports are not pushed, whatever the account says.
    """

    people: list[Person]
    content: dict[str, Content]
    scenario: str = ""
    bulk: str = ""
    validity: dict[str, int] = {}
    send_at: int = 0
    callback_data: str = ""
    extras: dict[str, object] = {}
    cls: Class | None = None
    notify: Notify | None = Notify()


class PlacedRow(Struct, frozen=True, gc=False):
    """What a client is told of one person of its order: the delivery's public id, and why it is refused if it is."""

    message_id: str
    to: Addresses
    refused: Reason | None = None


class Placed(Struct, frozen=True, gc=False, kw_only=True):
    """The answer to an order, one row a person in its order. `bulk` is the client's or a made one."""

    bulk: str
    own_bulk: bool
    scheduled: bool
    rows: list[PlacedRow]


class Report(Struct, frozen=True, gc=False, kw_only=True):
    """A fact told to the client: how a delivery (or one step of it) ended. `to` is the address of the step used."""

    message_id: str
    bulk: str
    channel: str
    sender: str
    to: str
    addresses: Addresses
    outcome: Outcome
    callback_data: str
    many: bool
    """Whether the order had several destinations, or a bulk id of the client's own."""
    price: float = 0.0
    """Of a part; of a call all of it."""
    charged: float = 0.0
    """Of all parts."""
    currency: str = "EUR"
    mcc_mnc: str = ""
    voice_codes: VoiceCodes = "50xx"
