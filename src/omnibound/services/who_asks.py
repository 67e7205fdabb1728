"""Who is asking: the Authorization header of a request -> an account."""

from omnibound.domain.account import Account
from omnibound.services.sign_in import SignIn
from omnibound.wire.credentials import Basic, read_credentials


async def who_asks(sign_in: SignIn, header: str) -> Account:
    """The account behind `Basic ...` or `App KEY`; a verified header is remembered. Raises Unauthorized, Forbidden."""
    known = sign_in.remembered(header)
    if known is not None:
        return known
    given = read_credentials(header)
    account = await (sign_in.basic(*given) if isinstance(given, Basic) else sign_in.key(given.key))
    sign_in.remember(header, account)
    return account
