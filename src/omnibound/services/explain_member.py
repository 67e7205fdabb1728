"""Why is this person not being called? One answer."""

from typing import NamedTuple

from omnibound.domain.account import Account
from omnibound.domain.filters import excluded_by
from omnibound.domain.member import Member
from omnibound.domain.why import Cause, Why, why
from omnibound.ports import Store
from omnibound.services.find_member import find_member
from omnibound.services.look_at_members import LookAtMembers
from omnibound.wire.conditions import write_condition


class Explained(NamedTuple):
    """A person, and the answer."""

    member: Member
    why: Why


class ExplainMember:
    """Call it with a campaign and one of its people, by id or by the client's own id."""

    def __init__(self, store: Store, look: LookAtMembers) -> None:
        self._store = store
        self._look = look

    async def __call__(self, account: Account, campaign: str, who: str) -> Explained:
        """The first cause that holds. Raises NotFound."""
        look = await self._look.at(account, campaign)
        member = await find_member(self._store, account, campaign, who)
        (seen,) = await self._look.seen(look, [member])
        told = why(look, await self._look.with_block(seen))
        found = excluded_by(look.campaign.excluded, member.attributes)
        if told.cause is Cause.FILTERED and found:
            told = told._replace(detail=write_condition(found))
        return Explained(member=member, why=told)
