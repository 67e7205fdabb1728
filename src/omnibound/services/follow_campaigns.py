"""A campaign was changed: the people who wait in it follow, those that are held in memory and those in the store."""

from omnibound.domain.campaign import Campaign
from omnibound.services.judge_members import JudgeMembers

PASSES = 3
"""What somebody else has moved in the middle of a pass is found by the next one."""


class Follow:
    """Call it with a campaign as it is now, while nobody else changes its state: who waits is due as it says."""

    def __init__(self, judge: JudgeMembers) -> None:
        self._judge = judge

    async def __call__(self, campaign: Campaign) -> None:
        """Returns when all do. Done again it changes nothing, so one that was cut off is simply asked for again."""
        for _ in range(PASSES):
            if not await self._judge.of_campaign(campaign):
                return
