"""What each language calls signs and letters, and how it says a date or an hour: the tables behind `say-as`.

A language that is not here says numbers by num2words alone, and spells by the letters themselves.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace
from num2words import CONVERTER_CLASSES, num2words  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

Count = Callable[[int], str]

_LANGUAGES = frozenset(cast("dict[str, Any]", CONVERTER_CLASSES))
_in_words = cast("Callable[..., str]", num2words)


def in_words(number: int | Decimal, key: str, kind: str = "cardinal", **more: str) -> str:
    """What num2words says. It raises whatever comes for what a language lacks."""
    return str(_in_words(number, lang=key, to=kind, **more)).strip()


class Words(Struct, frozen=True, kw_only=True):
    """A language's own words. `key` is num2words' name of it, empty if it knows no such language."""

    key: str = ""
    minus: str = ""
    point: str = ""
    """Empty: the voice itself has to read what is no whole number."""
    decimal_comma: bool = True
    letters: Mapping[str, str] = {}
    signs: Mapping[str, str] = {}
    months: tuple[str, ...] = ()
    """As they stand beside a day."""
    bare_months: tuple[str, ...] = ()
    """As they stand without one, where that is different."""
    date: str = "{day}, {month}, {year}"
    day_and_month: str = "{day}, {month}"
    month_and_year: str = "{month}, {year}"
    year_alone: str = "{year}"
    month_first: bool = False
    day: Count | None = None
    year: Count | None = None
    hour: Count | None = None
    minutes: str = "{hour} {minute}"
    """Both are words; below ten `minute` begins with `nought`."""
    full_hour: str = "{hour}"
    nought: str = ""


def _ordinal(key: str) -> Count:
    return lambda number: in_words(number, key, "ordinal")


def _cardinal(key: str) -> Count:
    return lambda number: in_words(number, key)


def _row(names: str) -> tuple[str, ...]:
    return tuple(names.split(" "))


def _spelt(names: str, alphabet: str = "abcdefghijklmnopqrstuvwxyz") -> dict[str, str]:
    return dict(zip(alphabet, names.split("|"), strict=True))


# -- Polish ------------------------------------------------------------------------------------------------------


def _polish(hard: str, second: str, third: str) -> Count:
    """Ordinals in another form than the dictionary's: the words in -y get another ending."""

    def bent(word: str) -> str:
        if word in ("drugi", "trzeci"):
            return second if word == "drugi" else third
        return word[:-1] + hard if word.endswith(("szy", "ty", "my", "ny")) else word

    def say(number: int) -> str:
        return " ".join(bent(word) for word in _ordinal("pl")(number).split()) if number else "zero"

    return say


_POLISH = Words(
    key="pl",
    minus="minus",
    point="przecinek",
    letters=_spelt(
        "a|be|ce|de|e|ef|gie|ha|i|jot|ka|el|em|en|o|pe|ku|er|es|te|u|fał|wu|iks|igrek|zet"
        "|ą|cie|ę|eł|eń|o z kreską|eś|ziet|żet",
        "abcdefghijklmnopqrstuvwxyząćęłńóśźż",
    ),
    signs={
        ".": "kropka", "-": "myślnik", "_": "podkreślenie", "@": "małpa", "/": "ukośnik", "+": "plus",
        "#": "krzyżyk", "*": "gwiazdka",
    },
    months=_row("stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia"),
    bare_months=_row(
        "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień"
    ),
    date="{day} {month} {year} roku",
    day_and_month="{day} {month}",
    month_and_year="{month} {year} roku",
    year_alone="{year} roku",
    day=_polish("ego", "drugiego", "trzeciego"),
    year=_polish("ego", "drugiego", "trzeciego"),
    hour=_polish("a", "druga", "trzecia"),
    nought="zero",
)  # fmt: skip

# -- English -----------------------------------------------------------------------------------------------------

_ENGLISH = Words(
    key="en",
    minus="minus",
    point="point",
    decimal_comma=False,
    letters=_spelt(
        "ay|bee|see|dee|ee|eff|gee|aitch|eye|jay|kay|ell|em|en|oh|pee|cue|ar|ess|tee|you|vee|double you|ex|why|zee"
    ),
    signs={
        ".": "dot", "-": "dash", "_": "underscore", "@": "at", "/": "slash", "+": "plus", "#": "hash", "*": "star",
    },
    months=_row("January February March April May June July August September October November December"),
    date="{month} {day}, {year}",
    day_and_month="{month} {day}",
    month_and_year="{month} {year}",
    month_first=True,
    day=_ordinal("en"),
    year=lambda number: in_words(number, "en", "year"),
    hour=_cardinal("en"),
    full_hour="{hour} o'clock",
    nought="oh",
)  # fmt: skip

# -- German ------------------------------------------------------------------------------------------------------

_GERMAN = Words(
    key="de",
    minus="minus",
    point="Komma",
    letters=_spelt(
        "a|be|ze|de|e|eff|ge|ha|i|jott|ka|ell|emm|enn|o|pe|ku|err|ess|te|u|vau|we|ix|ypsilon|zett|ä|ö|ü|eszett",
        "abcdefghijklmnopqrstuvwxyzäöüß",
    ),
    signs={
        ".": "Punkt", "-": "Strich", "_": "Unterstrich", "@": "Klammeraffe", "/": "Schrägstrich", "+": "plus",
        "#": "Raute", "*": "Stern",
    },
    months=_row("Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    date="{day} {month} {year}",
    day_and_month="{day} {month}",
    month_and_year="{month} {year}",
    day=lambda number: _ordinal("de")(number) + "r",
    year=lambda number: in_words(number, "de", "year"),
    hour=lambda number: "ein" if number == 1 else _cardinal("de")(number),
    minutes="{hour} Uhr {minute}",
    full_hour="{hour} Uhr",
)  # fmt: skip

# -- French ------------------------------------------------------------------------------------------------------

_FRENCH = Words(
    key="fr",
    minus="moins",
    point="virgule",
    letters=_spelt(
        "a|bé|cé|dé|e|effe|gé|hache|i|ji|ka|elle|emme|enne|o|pé|ku|erre|esse|té|u|vé|double vé|ixe|i grec|zède"
        "|e accent aigu|e accent grave|a accent grave|cé cédille",
        "abcdefghijklmnopqrstuvwxyzéèàç",
    ),
    signs={
        ".": "point", "-": "tiret", "_": "tiret bas", "@": "arobase", "/": "barre oblique", "+": "plus",
        "#": "dièse", "*": "étoile",
    },
    months=_row("janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    date="{day} {month} {year}",
    day_and_month="{day} {month}",
    month_and_year="{month} {year}",
    day=lambda number: "premier" if number == 1 else _cardinal("fr")(number),
    year=_cardinal("fr"),
    hour=lambda number: _FRENCH_HOURS.get(number) or f"{_cardinal('fr')(number)} heures",
)  # fmt: skip
_FRENCH_HOURS = {0: "zéro heure", 1: "une heure", 21: "vingt et une heures"}

# -- Spanish and Italian -----------------------------------------------------------------------------------------

_SPANISH = Words(
    key="es",
    minus="menos",
    point="coma",
    letters=_spelt(
        "a|be|ce|de|e|efe|ge|hache|i|jota|ka|ele|eme|ene|o|pe|cu|erre|ese|te|u|uve|uve doble|equis|i griega|zeta|eñe",
        "abcdefghijklmnopqrstuvwxyzñ",
    ),
    signs={
        ".": "punto", "-": "guion", "_": "guion bajo", "@": "arroba", "/": "barra", "+": "más", "#": "almohadilla",
        "*": "asterisco",
    },
    months=_row("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    date="{day} de {month} de {year}",
    day_and_month="{day} de {month}",
    month_and_year="{month} de {year}",
    day=_cardinal("es"),
    year=_cardinal("es"),
    hour=lambda number: {1: "una", 21: "veintiuna"}.get(number) or _cardinal("es")(number),
    full_hour="{hour} en punto",
)  # fmt: skip

_ITALIAN = Words(
    key="it",
    minus="meno",
    point="virgola",
    letters=_spelt(
        "a|bi|ci|di|e|effe|gi|acca|i|i lunga|cappa|elle|emme|enne|o|pi|cu|erre|esse|ti|u|vu|doppia vu|ics|ipsilon|zeta"
    ),
    signs={
        ".": "punto", "-": "trattino", "_": "trattino basso", "@": "chiocciola", "/": "barra", "+": "più",
        "#": "cancelletto", "*": "asterisco",
    },
    months=_row("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
    date="{day} {month} {year}",
    day_and_month="{day} {month}",
    month_and_year="{month} {year}",
    day=lambda number: "primo" if number == 1 else _cardinal("it")(number),
    year=_cardinal("it"),
    hour=lambda number: "una" if number == 1 else _cardinal("it")(number),
    minutes="{hour} e {minute}",
)  # fmt: skip

# -- Ukrainian ---------------------------------------------------------------------------------------------------


def _ukrainian(ending: str, third: str) -> Count:
    def bent(word: str) -> str:
        return third if word == "третій" else word[:-2] + ending if word.endswith("ий") else word

    def say(number: int) -> str:
        return " ".join(bent(word) for word in _ordinal("uk")(number).split()) if number else "нуль"

    return say


_UKRAINIAN = Words(
    key="uk",
    minus="мінус",
    point="кома",
    letters=_spelt(
        "а|бе|ве|ге|ґе|де|е|є|же|зе|и|і|ї|йот|ка|ел|ем|ен|о|пе|ер|ес|те|у|еф|ха|це|че|ша|ща|м'який знак|ю|я",
        "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    ),
    signs={
        ".": "крапка", "-": "дефіс", "_": "підкреслення", "@": "равлик", "/": "скісна риска", "+": "плюс",
        "#": "решітка", "*": "зірочка",
    },
    months=_row("січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня"),
    bare_months=_row("січень лютий березень квітень травень червень липень серпень вересень жовтень листопад грудень"),
    date="{day} {month} {year} року",
    day_and_month="{day} {month}",
    month_and_year="{month} {year} року",
    year_alone="{year} року",
    day=_ukrainian("ого", "третього"),
    year=_ukrainian("ого", "третього"),
    hour=_ukrainian("а", "третя"),
    nought="нуль",
)  # fmt: skip

_KNOWN = {words.key: words for words in (_POLISH, _ENGLISH, _GERMAN, _FRENCH, _SPANISH, _ITALIAN, _UKRAINIAN)}


_BRITISH = replace(_ENGLISH, month_first=False, letters={**_ENGLISH.letters, "z": "zed"})
"""All English but that of the United States."""


@cache
def words_of(language: str) -> Words:
    """The words of a language tag such as `pl`, `en-GB` or `pt_BR`."""
    parts = language.replace("_", "-").split("-")
    primary = parts[0].lower()
    full = "_".join([primary, *(part.upper() for part in parts[1:2])])
    found = _KNOWN.get(primary)
    if found is not None:
        return _BRITISH if primary == "en" and full not in ("en", "en_US") else found
    return Words(key=next((key for key in (full, primary) if key in _LANGUAGES), ""))
