"""A server that runs already: what it tells of itself, as `omnibound doctor` tells it."""

from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException

import msgspec
from msgspec import Struct

from omnibound.cli.findings import Finding
from omnibound.config import Config

ANSWERS_WITHIN_S = 3.0
AT_MOST = 1_000_000
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what is listened on, to where it is asked


class Trouble(Struct, frozen=True, kw_only=True):
    """A connector that sends nothing, and why."""

    connector: str
    why: str


class Health(Struct, frozen=True, kw_only=True):
    """What `/health` tells."""

    status: str
    version: str
    troubles: list[Trouble] = []


def running(config: Config) -> Health | None:
    """What the server that listens where this configuration says tells; None where none answers."""
    connection = HTTPConnection(_ANY.get(config.host, config.host), config.port, timeout=ANSWERS_WITHIN_S)
    try:
        connection.request("GET", "/health")
        return msgspec.json.decode(connection.getresponse().read(AT_MOST), type=Health)
    except (OSError, HTTPException, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    finally:
        connection.close()


def of_health(config: Config, told: Health) -> Iterator[Finding]:
    """What is well and what is not."""
    yield True, f"a server of version {told.version} runs at {config.host}:{config.port}"
    well = told.status == "ok"
    yield well, "its database answers" if well else "its database does not answer"
    for trouble in told.troubles:
        yield False, f"its connector {trouble.connector}: {trouble.why}"
