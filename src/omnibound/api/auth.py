"""Who may do what only the operators may."""

import hmac

from omnibound.domain.errors import Unauthorized
from omnibound.wire.credentials import App, read_credentials

_NEEDED = "the operators' key is needed: Authorization: App KEY"


def check_operator(admin_key: str, header: str) -> None:
    """Raises Unauthorized unless the header is `App KEY` with the operators' key; an empty one opens nothing."""
    try:
        given = read_credentials(header)
    except Unauthorized as error:
        raise Unauthorized(_NEEDED) from error
    key = given.key if isinstance(given, App) else ""
    right = hmac.compare_digest(key.encode("utf-8", "surrogatepass"), admin_key.encode())
    if not admin_key or not right:
        raise Unauthorized(_NEEDED)
