"""Our numbers, as operators keep them: whose messages to a number are, and where those are pushed."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from msgspec import Struct

from omnibound.domain.account import Account
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.ids import Mint
from omnibound.domain.number import Number, keyword_key, number_key
from omnibound.ports import AccountStore, Listing, NumberStore, Taken

LENGTHS = {"number": 20, "channel": 20, "keyword": 160, "url": 2048}
"""The most characters of each; 20 are what SMPP carries as a number."""
NEEDED = ("number", "channel")


class NumberWish(Struct, frozen=True, kw_only=True):
    """An entry as it is asked for, with the account's name; an empty `format` is the first there is."""

    number: str
    account: str
    channel: str = "SMS"
    keyword: str = ""
    url: str = ""
    format: str = ""


class Numbers:
    """Entries of numbers. `formats`: how what is pushed may be written, a word -> the name of the one who writes it."""

    def __init__(
        self,
        numbers: NumberStore,
        accounts: AccountStore,
        formats: Mapping[str, str],
        mint: Mint,
        clock: Callable[[], int],
    ) -> None:
        self._numbers = numbers
        self._accounts = accounts
        self._formats = formats
        self._mint = mint
        self._clock = clock

    async def add(self, wish: NumberWish) -> Listing:
        """A new entry. It gets what came to it in the last 48 hours and was nobody's.

        Raises Invalid for what cannot be, or where the number and keyword have an entry.
        """
        owner = await self._account(wish.account)
        entry = self._entry(wish, owner)
        try:
            await self._numbers.add(entry)
        except Taken as error:
            words = f"{entry.number} with the keyword {entry.keyword}" if entry.keyword else entry.number
            raise Invalid(f"{words} belongs to an account already", "number") from error
        return Listing(entry, owner.name, owner.notify_url, True)

    async def all(self) -> list[Listing]:
        """All entries, the oldest first."""
        return await self._numbers.all()

    async def drop(self, id_: str) -> None:
        """An entry is no more; what its account has received stays the account's. Raises NotFound."""
        known = id_.isascii() and id_.isdecimal() and int(id_) < 1 << 63
        if not known or not await self._numbers.drop(int(id_)):
            raise NotFound(f"no number has the id {id_}", "number")

    def word(self, format_: str) -> str:
        """What a format is called to people."""
        return next((word for word, name in self._formats.items() if name == format_), format_)

    async def _account(self, name: str) -> Account:
        owner = next((each for each in await self._accounts.all() if each.name == name), None)
        if owner is None:
            raise Invalid(f"no account is named {name}", "account")
        return owner

    def _entry(self, wish: NumberWish, owner: Account) -> Number:
        read = {
            "channel": wish.channel.strip().upper(),
            "number": number_key(wish.number),
            "keyword": keyword_key(wish.keyword),
            "url": _url(wish.url),
        }
        _check(read)
        now = self._clock()
        (id_,) = self._mint.take(1, now)
        return Number(id=id_, account=owner.id, format=self._format(wish.format), created_at=now, **read)

    def _format(self, word: str) -> str:
        word = word or next(iter(self._formats))
        if word not in self._formats:
            raise Invalid(f"there are the formats {', '.join(self._formats)}", "format")
        return self._formats[word]


def _check(read: Mapping[str, str]) -> None:
    for name, text in read.items():
        if name in NEEDED and not text:
            raise Invalid("must not be empty", name)
        if len(text) > LENGTHS[name]:
            raise Invalid(f"has at most {LENGTHS[name]} characters", name)


def _url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Invalid("must be an http or https address", "url") from error
    if url and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise Invalid("must be an http or https address", "url")
    return url
