"""A scenario: a named, stored flow of an account; exactly one of an account's scenarios is its default."""

from msgspec import Struct


class ScenarioStep(Struct, frozen=True, gc=False, kw_only=True):
    """A channel and the sender used on it, as the client wrote them."""

    channel: str
    sender: str = ""


class Scenario(Struct, frozen=True, gc=False, kw_only=True):
    """`key` is 32 upper-case hex digits."""

    key: str
    account: int
    name: str
    steps: tuple[ScenarioStep, ...]
    default: bool
    created_at: int
