"""What makes the configured ways out; a part of `bootstrap`."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from omnibound.channels.base import Deps, build_channel
from omnibound.channels.base.kinds import no_voice
from omnibound.channels.base.telephone import Speak, Telephone
from omnibound.config import Config
from omnibound.domain.errors import Invalid
from omnibound.ports import Channel, Store
from omnibound.services.heed_choices import HeedChoices
from omnibound.services.judge_members import JudgeMembers
from omnibound.services.mail_addresses import MailAddresses
from omnibound.services.message_ids import MessageIds

MakeChannel = Callable[[Mapping[str, Any]], Channel]
"""Makes a way out of its table. Raises Invalid for a wrong one."""


def _now_us() -> int:
    return time.time_ns() // 1000


def check_names(config: Config) -> None:
    """Raises Invalid for a connector without a name, or a name given twice."""
    names = [str(table.get("name", "")) for table in config.connectors]
    if "" in names:
        raise Invalid(f"connector number {names.index('') + 1} has no name", "connectors")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Invalid(f"two connectors are named {twice[0]}", "connectors")


def channel_maker(
    config: Config, store: Store, ids: MessageIds, clock: Callable[[], int] = _now_us,
    telephone: Telephone | None = None, speak: Speak = no_voice,
) -> MakeChannel:  # fmt: skip
    """`telephone` and `speak` are for those that call."""

    async def find_devices(account: int, application: str, addresses: list[str]) -> dict[str, list[str]]:
        return await store.devices.tokens(account, application, addresses)

    heed = HeedChoices(store, JudgeMembers(store, config.law.law, clock), clock)
    own = find_devices, ids.attempt_text, telephone, speak, heed, MailAddresses(store, ids, clock)
    return lambda table: build_channel(table, Deps(str(table["name"]), clock, *own))


def build_channels(
    config: Config, store: Store, ids: MessageIds, clock: Callable[[], int] = _now_us,
    telephone: Telephone | None = None, speak: Speak = no_voice,
) -> list[Channel]:  # fmt: skip
    """Every configured way out. Raises Invalid for a wrong table, a missing name or a name given twice."""
    check_names(config)
    make = channel_maker(config, store, ids, clock, telephone, speak)
    return [make(table) for table in config.connectors]
