"""A person of a campaign, by our id or by the client's own."""

import re

from omnibound.domain.account import Account
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import NotFound
from omnibound.domain.member import Member, Progress
from omnibound.ports import Store
from omnibound.ports.members import Search

_ID = re.compile(r"[0-9a-f]{24}|[0-9a-f]{32}", re.ASCII)
"""Ids of 24 and of 32 digits are in use."""

_LARGEST = (1 << 63) - 1


async def find_member(store: Store, account: Account, campaign: str, who: str) -> Member:
    """Raises NotFound."""
    member = await _by_id(store, account, campaign, who) or await _by_external(store, account, campaign, who)
    if member is None:
        raise NotFound(f"nobody of the campaign has the id {who}", "member")
    return member


async def customer(store: Store, campaign: Campaign, id_: int) -> Member | None:
    """By the number behind our id; None where nobody of the campaign has it, or who had it was deleted."""
    member = await _own(store, campaign.account, campaign.id, id_)
    return member if member and member.stand.progress is not Progress.GONE else None


async def _by_id(store: Store, account: Account, campaign: str, who: str) -> Member | None:
    text = who.replace("-", "").lower()
    id_ = int(text, 16) if _ID.fullmatch(text) else 0
    return await _own(store, account.id, campaign, id_) if 0 < id_ <= _LARGEST else None


async def _own(store: Store, account: int, campaign: str, id_: int) -> Member | None:
    found = (await store.campaigns.members_of([id_])).get(id_)
    return found if found and (found.account, found.campaign) == (account, campaign) else None


async def _by_external(store: Store, account: Account, campaign: str, who: str) -> Member | None:
    """Searched by a pattern, of which an id is one that fits itself, and maybe others."""
    found = await store.members.search(Search(account=account.id, campaign=campaign, external=who))
    return next((member for member in found if member.external == who), None)
