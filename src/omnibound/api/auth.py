"""Who may do what only the operators may."""

import hmac

from omnibound.domain.errors import Unauthorized
from omnibound.wire.credentials import App, read_credentials

_NEEDED = "the operators' key is needed: Authorization: App KEY"


def is_operator(admin_key: str, header: str) -> bool:
    """Whether the header is `App KEY` with the operators' key; an empty one opens nothing."""
    try:
        given = read_credentials(header)
    except Unauthorized:
        return False
    key = given.key if isinstance(given, App) else ""
    right = hmac.compare_digest(key.encode("utf-8", "surrogatepass"), admin_key.encode())
    return bool(admin_key) and right


def check_operator(admin_key: str, header: str) -> None:
    """Raises Unauthorized unless it is so."""
    if not is_operator(admin_key, header):
        raise Unauthorized(_NEEDED)
