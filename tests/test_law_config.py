"""`[law]` and the trunks: who rings too short is refused at the start, and who shows a number is known."""

from pathlib import Path

import pytest

from omnibound.bootstrap import running
from omnibound.bootstrap_calls import trunks_of
from omnibound.config import Config, LawTable, VoiceTable
from omnibound.domain.campaign import Campaign, State, Wish
from omnibound.domain.errors import Invalid
from omnibound.domain.ids import Mint
from omnibound.services.keep_accounts import Accounts

TRUNK = {"name": "t", "kind": "sip", "channel": "VOICE", "host": "127.0.0.1", "lines": 1, "rate": 1, "ring_s": 20}


@pytest.mark.parametrize(("ring_s", "fine"), [(15, True), (20, True), (20.5, False)])
def test_a_trunk_rings_as_long_as_the_law_wants(tmp_path: Path, ring_s: float, fine: bool) -> None:
    config = Config(data=str(tmp_path), connectors=(TRUNK,), law=LawTable(ring_s=ring_s))
    if fine:
        assert [trunk.name for trunk in trunks_of(config)] == ["t"]
        return
    with pytest.raises(Invalid, match=r"t: ring_s is 20, and \[law\] wants 20.5 at least"):
        trunks_of(config)


@pytest.mark.slow
@pytest.mark.anyio
async def test_a_campaign_shows_a_number_of_its_own_or_of_its_trunks(tmp_path: Path) -> None:
    trunks = ({**TRUNK, "caller_id": "48221234567"}, {**TRUNK, "name": "u"})
    voice = VoiceTable(bind="127.0.0.1:0", rtp_ports=(31_000, 31_010))
    async with running(Config(data=str(tmp_path), connectors=trunks, voice=voice)) as parts:
        await Accounts(parts.store.accounts, Mint(1), lambda: 1).add("a")
        (account,) = await parts.store.accounts.all()
        campaigns = parts.services.campaigns

        async def started(id_: str, caller: str = "", trunk: str = "") -> State:
            await campaigns.add(account, Campaign(id=id_, account=0, name=id_, caller=caller, trunk=trunk))
            return (await campaigns.say(account, id_, Wish.START)).state

        assert await started("own", caller="48221234567") is State.STARTED
        assert await started("trunk", trunk="t") is State.STARTED
        for id_, trunk in (("any", ""), ("none", "u")):
            with pytest.raises(Invalid, match="the law wants that a number is shown"):
                await started(id_, trunk=trunk)
            assert (await campaigns.one(account, id_)).state is State.NEW
