"""Mail addresses as they are compared."""

from typing import Final

CHANNEL: Final = "EMAIL"


def mail_key(address: str) -> str:
    """What addresses of one person have in common: no capitals, and the domain as DNS has it (IDNA).

    Letters before the @ may differ by capitals only in theory; who wants no mail gets none in practice.
    """
    user, at, domain = address.strip().rpartition("@")
    return f"{user.casefold()}{at}{ascii_domain(domain.casefold())}"


def ascii_domain(domain: str) -> str:
    """A domain in the letters of DNS; as it is where it has no such form."""
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return domain
