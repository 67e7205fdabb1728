"""Events of campaigns' members, as they are told to applications: a member as it stood then."""

from msgspec.structs import replace

from omnibound.domain.live import Live, Outcome, Stage
from omnibound.domain.member import Member
from omnibound.domain.push import Push
from omnibound.domain.standing import stand_of
from omnibound.domain.webhook import MemberEvent, MemberNews, event_of
from omnibound.ports import Store


class MemberEvents:
    """What is told of a member after an attempt."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def told(self, push: Push) -> MemberNews | None:
        """What a push tells; None if its member, or the campaign, is no more.

        When the next attempt is due is said only while it waits: nothing keeps when it was due.
        """
        event = event_of(push.number)
        member = (await self._store.campaigns.members_of([push.delivery])).get(push.delivery)
        campaign = await self._store.campaigns.one(push.account, member.campaign) if member else None
        if member is None or campaign is None:
            return None
        rows = await self._store.reports.rows([(push.delivery, push.attempt)])
        outcome = rows[0][1] if rows else None
        return MemberNews(
            event=event,
            at=outcome.done_at if outcome else member.changed_at,
            member=_then(member, event, outcome),
            live=await self._waiting(push) if event is MemberEvent.RETRY else None,
            campaign=campaign,
            only=push.request.only if push.request else {},
        )

    async def _waiting(self, push: Push) -> Live | None:
        loaded = await self._store.deliveries.load([push.delivery])
        lives = [each.live for each in loaded]
        return next((live for live in lives if live.attempt == push.attempt + 1 and live.stage is Stage.WAITING), None)


def _then(member: Member, event: MemberEvent, outcome: Outcome | None) -> Member:
    """The member as it stood: calls since then are taken back."""
    closed = event is MemberEvent.CLOSED
    if outcome is None:
        return replace(member, stand=replace(member.stand, closed=closed))
    stand = replace(stand_of(outcome), closed=closed)
    return replace(member, stand=stand, detail=outcome.detail, changed_at=outcome.done_at)
