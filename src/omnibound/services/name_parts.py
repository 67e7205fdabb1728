"""What a campaign names is there, and what it copies of it is as it is now: parts that are shared, and its scenario."""

from typing import Any

from msgspec.structs import replace

from omnibound.domain.account import Account
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.flow import Flow
from omnibound.domain.parts import PARTS, PartKind
from omnibound.domain.scenario import Scenario
from omnibound.ports import Store
from omnibound.services.send_messages import Timing, steps_of


class NameParts:
    """Call it with a campaign that names parts."""

    def __init__(self, store: Store, timing: Timing) -> None:
        self._store = store
        self._timing = timing

    async def __call__(self, account: Account, campaign: Campaign) -> Campaign:
        """The campaign with what it has copied. Raises NotFound, naming the member, and Invalid for a scenario."""
        for kind in PARTS.values():
            id_ = kind.used(campaign)
            if id_:
                campaign = kind.put(campaign, await part_of(self._store, account, kind, id_))
        return replace(campaign, flow=await self._flow(account, campaign))

    async def _flow(self, account: Account, campaign: Campaign) -> Flow | None:
        if not campaign.scenario:
            return None
        scenario = await self._store.scenarios.one(account.id, campaign.scenario)
        if scenario is None:
            raise NotFound(f"no scenario has the key {campaign.scenario}", "scenario")
        _check_channels(scenario, campaign)
        timing = self._timing
        return Flow(
            steps=steps_of(scenario, timing, {}), retry_for=timing.retry_for, receipt_wait=timing.receipt_wait,
            report_steps=True, dialled=campaign.dialled,
        )  # fmt: skip


def _check_channels(scenario: Scenario, campaign: Campaign) -> None:
    if not scenario.steps:
        raise Invalid("the scenario has no steps", "scenario")
    channels = {step.channel for step in scenario.steps}
    silent = next((channel for channel in campaign.message if channel not in channels), None)
    if silent is not None:
        raise Invalid("is no channel of the scenario", f"message.{silent}")


async def part_of(store: Store, account: Account, kind: PartKind, id_: str) -> Any:
    """A part by its id, `DEFAULT` or digits in any case. Raises NotFound, naming the kind."""
    wanted = kind.read_id(id_)
    found = await store.parts.one(account.id, kind.word, wanted)
    if found is None and kind.always is not None and wanted == kind.always.id:
        return kind.always
    if found is None:
        raise NotFound(f"no {kind.word} has the id {id_}", kind.word)
    return found
