"""A recording that calls play."""

import re

from msgspec import Struct

from omnibound.domain.errors import Invalid

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_NAME_LENGTH = 200


class Announcement(Struct, frozen=True, gc=False, kw_only=True):
    """A recording of an account: `id` is what calls name it by. `created_at`: microseconds UTC.

    `octets` is what was uploaded, `length_ms` how long it plays. `stem` names its files and is never used again:
    another recording under the same id has another.
    """

    id: str
    account: int
    name: str
    length_ms: int
    octets: int
    stem: str
    created_at: int


def check_announcement(id_: str, name: str) -> None:
    """Raises Invalid for an id that cannot stand in an address, and for a name that is too long."""
    if not _ID.fullmatch(id_):
        raise Invalid(
            "an id has 1 to 64 letters, digits, dots, dashes and underscores; a letter or digit is first", "id"
        )
    if len(name) > _NAME_LENGTH or "\0" in name:
        raise Invalid(f"a name has at most {_NAME_LENGTH} characters, and no NUL", "name")
