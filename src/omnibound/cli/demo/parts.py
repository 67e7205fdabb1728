"""What the demonstration runs: simulated carriers, and a server that is connected to them."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import uvicorn

from omnibound.bootstrap import Running, now_us, running
from omnibound.bootstrap_watching import watched
from omnibound.cli.serve import freeze, web_server
from omnibound.config import LAWLESS, Config, VoiceTable
from omnibound.domain.errors import Invalid
from omnibound.domain.ids import Mint
from omnibound.ports import Channel
from omnibound.services.keep_accounts import Accounts
from omnibound.simulators import http
from omnibound.simulators.smsc import Smsc, SmscSettings

if TYPE_CHECKING:
    from omnibound.simulators.sip import SipNetwork

USERNAME, PASSWORD = "Aladdin", "open sesame"
CALLER = "48221234567"


class Demo(NamedTuple):
    """What is running."""

    api_key: str
    server: uvicorn.Server
    smsc: Smsc
    network: "SipNetwork"
    trunk: Channel
    folder: Path


@asynccontextmanager
async def started(folder: Path, port: int) -> AsyncGenerator[Demo]:
    """Everything but the HTTP server's serving."""
    # Late: most commands need not wait for numpy.
    from omnibound.simulators.sip import SipNetwork, SipSettings

    credentials = folder / "fcm-service-account.json"
    async with (
        Smsc(SmscSettings(delay=0.3)) as smsc,
        http.running(["fcm"], credentials=credentials) as fcm,
        SipNetwork(SipSettings(sound="record", ring_s=0.5)) as network,
    ):
        config = Config(
            data=str(folder), port=port, log_level="warning", voice=VoiceTable(bind="127.0.0.1:0"),
            connectors=connectors(smsc.port, fcm, credentials, network.port), law=LAWLESS,
        )  # fmt: skip
        async with running(config) as parts, watched(config, parts) as watch:
            api_key = await _account(parts)
            freeze()
            trunk = next(channel for channel in parts.channels if channel.channel == "VOICE")
            yield Demo(api_key, web_server(config, parts, watch), smsc, network, trunk, folder)


def connectors(smsc_port: int, fcm: str, credentials: Path, sip_port: int) -> tuple[dict[str, Any], ...]:
    """The tables of the ways to the simulated carriers."""
    sms = {
        "name": "simulated-smsc", "kind": "smpp", "channel": "SMS", "host": "127.0.0.1", "port": smsc_port,
        "system_id": "demo", "password": "demo",
    }  # fmt: skip
    push = {
        "name": "simulated-fcm", "kind": "fcm", "channel": "PUSH", "base_url": fcm, "token_url": f"{fcm}/token",
        "credentials": str(credentials),
    }  # fmt: skip
    calls = {
        "name": "simulated-trunk", "kind": "sip", "channel": "VOICE", "host": "127.0.0.1", "port": sip_port,
        "caller_id": CALLER, "lines": 10, "rate": 10,
    }  # fmt: skip
    return sms, push, calls


async def _account(parts: Running) -> str:
    accounts = Accounts(parts.store.accounts, Mint(1), now_us)
    try:
        made = await accounts.add("demo", username=USERNAME, password=PASSWORD)
    except Invalid:
        return "(as printed when this data folder was new)"
    return made.api_key
