"""Who asks: the Authorization header -> an account, or the operators."""

import base64
import binascii
import hmac

from omnibound.domain.account import Account
from omnibound.domain.errors import Unauthorized
from omnibound.services.base import Services


async def sign_in(services: Services, header: str) -> Account:
    """The account behind `Basic ...` or `App KEY`, in any case of the scheme. Raises Unauthorized, or Forbidden."""
    known = services.sign_in.remembered(header)
    if known is not None:
        return known
    scheme, credentials = _parts(header)
    if scheme == "basic" and credentials:
        account = await services.sign_in.basic(*_pair(credentials))
    elif scheme == "app" and credentials:
        account = await services.sign_in.key(credentials)
    else:
        raise Unauthorized("Basic or App credentials of an account are needed")
    services.sign_in.remember(header, account)
    return account


def check_operator(admin_key: str, header: str) -> None:
    """Raises Unauthorized unless the header is `App KEY` with the operators' key; an empty one opens nothing."""
    scheme, given = _parts(header)
    right = hmac.compare_digest(given.encode("utf-8", "surrogatepass"), admin_key.encode())
    if scheme != "app" or not admin_key or not right:
        raise Unauthorized("the operators' key is needed: Authorization: App KEY")


def _parts(header: str) -> tuple[str, str]:
    scheme, _, credentials = header.strip().partition(" ")
    return scheme.lower(), credentials.strip()


def _pair(credentials: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Unauthorized("the Basic credentials cannot be read") from error
    username, colon, password = text.partition(":")
    if not colon or not username or "\0" in text:
        raise Unauthorized("the Basic credentials have no user name and password")
    return username, password
