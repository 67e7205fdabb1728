"""Who is asking: the Authorization header of a request -> an account."""

from omnibound.domain.account import Account
from omnibound.services.sign_in import SignIn
from omnibound.wire.credentials import App, Basic, read_credentials


async def who_asks(sign_in: SignIn, header: str, scopes: tuple[str, ...] = (), address: str = "") -> Account:
    """The account behind a header; what was verified is remembered for a while.

    Any one of `scopes` is enough for a key that is limited to some; `address` is the client's. Raises Unauthorized,
    Forbidden.
    """
    account = sign_in.remembered(header)
    if account is None:
        account = await _verified(sign_in, header)
        sign_in.remember(header, account)
    if account.limits:
        account.limits.check(scopes, address)
    return account


async def _verified(sign_in: SignIn, header: str) -> Account:
    match read_credentials(header):
        case Basic(username, password):
            return await sign_in.basic(username, password)
        case App(key):
            return await sign_in.key(key)
        case token:
            return await sign_in.token(*token)
