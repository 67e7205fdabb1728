"""What is known of people of a campaign and of all that their calls depend on, at one instant."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.agent import queue_name
from omnibound.domain.agent_line import AgentLine
from omnibound.domain.campaign import CHANNEL, Campaign, Kind
from omnibound.domain.due import Dues, next_number
from omnibound.domain.errors import NotFound
from omnibound.domain.live import Live
from omnibound.domain.member import Member
from omnibound.domain.message import address_for
from omnibound.domain.number import number_key
from omnibound.domain.pacing import Bound
from omnibound.domain.parts import PARTS
from omnibound.domain.why import Look, Seen
from omnibound.ports import Loaded, Store
from omnibound.services.check_dials import case_of, known_of
from omnibound.services.keep_campaigns import Campaigns
from omnibound.services.name_parts import part_of

_NEEDED = ("dialer", "queue")
"""Parts that are asked for at each call; what else a campaign names, it has copied."""


def _unbound(account: int, campaign: str) -> Bound | None:
    return None


class Probe(NamedTuple):
    """What of the running engine is asked: whether a trunk can take calls ("": whether any can), why the dialer starts
    no more calls of a campaign (account, id), and how the lines of agents are."""

    is_up: Callable[[str], bool]
    bound: Callable[[int, str], Bound | None] = _unbound
    lines: Callable[[], Sequence[AgentLine]] = tuple


class LookAtMembers:
    """Looks."""

    def __init__(self, store: Store, campaigns: Campaigns, probe: Probe, clock: Callable[[], int]) -> None:
        self._store = store
        self._campaigns = campaigns
        self._probe = probe
        self._clock = clock

    async def at(self, account: Account, id_: str) -> Look:
        """A campaign, as it is now. Raises NotFound."""
        campaign = await self._campaigns.one(account, id_)
        missing = [name for name in _NEEDED if not await self._is_there(account, name, getattr(campaign, name))]
        return Look(
            campaign=campaign, dues=Dues(campaign, self._clock(), self._campaigns.law),
            up=campaign.kind is Kind.MESSAGES or self._probe.is_up(campaign.trunk),
            bound=self._probe.bound(account.id, id_) if campaign.dialled else None, lines=self._probe.lines(),
            queue=queue_name(account.id, campaign.queue), missing=missing,
        )  # fmt: skip

    async def _is_there(self, account: Account, name: str, id_: str) -> bool:
        try:
            return not id_ or bool(await part_of(self._store, account, PARTS[name], id_))
        except NotFound:
            return False

    async def seen(self, look: Look, members: Sequence[Member]) -> list[Seen]:
        """Some of its people."""
        campaign, law, now = look.campaign, self._campaigns.law, look.dues.now
        loaded = {each.live.id: each for each in await self._store.deliveries.load([member.id for member in members])}
        asked = [(member, _phone(campaign, member, loaded.get(member.id))) for member in members]
        known = await known_of(self._store, law, campaign, asked, now)
        return [
            Seen(
                member=member, live=_live(loaded.get(member.id)),
                case=case_of(law, campaign, member, phone, now, known),
            )
            for member, phone in asked
        ]  # fmt: skip

    async def with_block(self, seen: Seen) -> Seen:
        """With the instant since which a number of theirs is blocked, where one is."""
        if seen.case.blocked is None:
            return seen
        member = seen.member
        keys = [seen.case.phone, *map(number_key, member.numbers)]
        found = [await self._store.campaigns.suppression(member.account, CHANNEL, key) for key in dict.fromkeys(keys)]
        return replace(seen, blocked_at=min((each.at for each in found if each), default=0))


def _live(loaded: Loaded | None) -> Live | None:
    return None if loaded is None else loaded.live


def _phone(campaign: Campaign, member: Member, loaded: Loaded | None) -> str:
    """The number that is called next, as it is compared: that of the step, where one is known."""
    if loaded is not None and campaign.dialled and campaign.kind is not Kind.MESSAGES:
        return address_for(CHANNEL, loaded.delivery.to, loaded.live.step) or number_key(next_number(member))
    return number_key(next_number(member))
