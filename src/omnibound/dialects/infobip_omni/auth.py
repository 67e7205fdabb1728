"""Who asks: the Authorization header -> an account."""

import base64
import binascii

from omnibound.domain.account import Account
from omnibound.domain.errors import Unauthorized
from omnibound.services.base import Services


async def sign_in(services: Services, header: str) -> Account:
    """The account behind `Basic ...` or `App KEY`, in any case of the scheme. Unauthorized for everything else."""
    known = services.sign_in.remembered(header)
    if known is not None:
        return known
    account = await _check(services, header)
    services.sign_in.remember(header, account)
    return account


async def _check(services: Services, header: str) -> Account:
    scheme, _, credentials = header.strip().partition(" ")
    credentials = credentials.strip()
    match scheme.lower():
        case "basic" if credentials:
            return await services.sign_in.basic(*_pair(credentials))
        case "app" if credentials:
            return await services.sign_in.key(credentials)
        case _:
            raise Unauthorized("Basic or App credentials are needed")


def _pair(credentials: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(credentials, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Unauthorized("the Basic credentials cannot be read") from error
    username, colon, password = text.partition(":")
    if not colon or not username or "\0" in text:
        raise Unauthorized("the Basic credentials have no user name and password")
    return username, password
