"""A body that is not JSON: read as it comes, by whoever asked for it, and no more than that one allows."""

from collections.abc import AsyncIterator

from starlette.requests import Request

from omnibound.api.problems import TooBig
from omnibound.domain.errors import Invalid


class Upload:
    """The body of a request that nobody has read yet."""

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        self._length = request.headers.get("content-length", "")
        self.kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        """What the client says that it is; empty if nothing."""

    async def parts(self, most: int) -> AsyncIterator[bytes]:
        """Pieces of it. Raises TooBig as soon as it is known to have more octets, Invalid if it ends early."""
        told = self._length
        if told.isascii() and told.isdecimal() and (len(told) > 18 or int(told) > most):
            raise _too_big(most)
        octets, more = 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Invalid("the body ended too early")
            part: bytes = message.get("body", b"")
            octets += len(part)
            if octets > most:
                raise _too_big(most)
            if part:
                yield part
            more = message.get("more_body", False)


def _too_big(most: int) -> TooBig:
    return TooBig(f"at most {most} octets are taken ({most / 1_000_000:g} MB)")
