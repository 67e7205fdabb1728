"""Who wants no mail from whom: addresses that mail came back from, that complained, or that left."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

from omnibound.domain.changes import Changes, Suppressed
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.mail import CHANNEL, mail_key
from omnibound.domain.status import Reason
from omnibound.ports import Store
from omnibound.ports.campaigns import Suppression
from omnibound.ports.mail import Back, Unwanted
from omnibound.services.message_ids import MessageIds
from omnibound.wire.addresses import is_email

_MAC: Final = 12
_ACCOUNT: Final = 8
"""Octets of a leaving id: its check, and the account; the address is the rest."""
_LONGEST: Final = 1_024


class Leaving(NamedTuple):
    """Who wants no more mail from whom."""

    account: int
    address: str


class MailAddresses:
    """See ports.Mailing; and what whoever gets mail may ask."""

    def __init__(self, store: Store, ids: MessageIds, clock: Callable[[], int]) -> None:
        self._store = store
        self._ids = ids
        self._clock = clock

    # -- Ids that nobody can make up -----------------------------------------------------------------------------

    def bounce_id(self, delivery: int, number: int) -> str:
        """See ports.Mailing."""
        return self._ids.bounce_text(delivery, number)

    def bounced(self, id_: str) -> tuple[int, int] | None:
        """See ports.Mailing. Relays may have changed its capitals."""
        return self._ids.bounce(id_.lower())

    def leaving_id(self, account: int, address: str) -> str:
        """See ports.Mailing. It says all that is needed, so that it is good for as long as there is a key."""
        said = account.to_bytes(_ACCOUNT, "big") + address.encode()
        return urlsafe_b64encode(self._check(said) + said).rstrip(b"=").decode()

    def left(self, id_: str) -> Leaving:
        """Who leaves whom. Raises NotFound for what is no leaving id of ours."""
        try:
            octets = urlsafe_b64decode(id_[:_LONGEST].encode("ascii") + b"=" * (-len(id_) % 4))
            check, said = octets[:_MAC], octets[_MAC:]
            if hmac.compare_digest(check, self._check(said)):
                return Leaving(int.from_bytes(said[:_ACCOUNT], "big"), said[_ACCOUNT:].decode())
        except ValueError:
            pass
        raise NotFound("nobody is known by this link", "id")

    def _check(self, said: bytes) -> bytes:
        return self._ids.check(b"leaving", said)[:_MAC]

    # -- Who is not written to -----------------------------------------------------------------------------------

    async def leave(self, id_: str) -> None:
        """No more mail from this account to this address. Raises NotFound."""
        account, address = self.left(id_)
        await self.suppress([Unwanted(account, address, Reason.OPTED_OUT, self._clock())])

    async def block(self, account: int, addresses: Sequence[str], reason: Reason) -> None:
        """Never write to these. Raises Invalid for what is no address: then none is taken."""
        wrong = next((place for place, address in enumerate(addresses) if not is_email(mail_key(address))), None)
        if wrong is not None:
            raise Invalid("must be an e-mail address", f"emails[{wrong}]")
        now = self._clock()
        await self.suppress([Unwanted(account, address, reason, now) for address in addresses])

    async def blocked(self, account: int, after: str, limit: int) -> list[Suppression]:
        """Those after an address, in the order of the addresses as texts."""
        return await self._store.campaigns.suppressions(account, CHANNEL, mail_key(after), limit)

    async def unblock(self, account: int, address: str) -> None:
        """It may be written to again. Raises NotFound when it might."""
        if not await self._store.campaigns.unsuppress(account, CHANNEL, mail_key(address)):
            raise NotFound(f"the address {address} is not suppressed", "email")

    async def suppressed(self, account: int, addresses: Sequence[str]) -> dict[str, Reason]:
        """See ports.Mailing."""
        keys = {address: mail_key(address) for address in addresses}
        found = await self._store.campaigns.suppressed(account, CHANNEL, list(dict.fromkeys(keys.values())))
        return {address: found[key] for address, key in keys.items() if key in found} if found else {}

    async def suppress(self, unwanted: Sequence[Unwanted]) -> None:
        """See ports.Mailing."""
        await self._record([Suppressed(u.account, CHANNEL, mail_key(u.address), u.reason, u.at) for u in unwanted])

    async def suppress_back(self, back: Sequence[Back]) -> None:
        """See ports.Mailing."""
        found = [(await self._store.deliveries.known(each.delivery), each) for each in back]
        unwanted = [Unwanted(to.account, to.to.email, b.reason, b.at) for to, b in found if to and to.to.email]
        await self.suppress(unwanted)

    async def _record(self, rows: Iterable[Suppressed]) -> None:
        suppressed = list(rows)
        if suppressed:
            await self._store.record(Changes(suppressed=suppressed))
