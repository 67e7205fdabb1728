"""Texts made to fit the GSM alphabet, so that 160 characters cost one message and not three.

What GSM has stays as it is (é, ñ, Ø, Δ ...). The tables are ours; where a script has a national system that its readers
know from timetables and passports, they follow it: Russian and Ukrainian as in passports, Bulgarian by its
Transliteration Act, Serbian as in its own Latin script. Greek becomes capitals, because GSM has just those Greek
capitals that have no Latin look-alike. What no table knows (an emoji, Chinese) stays, and the text goes as UCS-2.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

from omnibound.wire import gsm

Table = dict[int, str]

_SPECIAL_LATIN: Final = {
    "đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ı": "i", "ħ": "h", "Ħ": "H", "ŧ": "t", "Ŧ": "T", "œ": "oe", "Œ": "OE",
    "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "ŋ": "ng", "Ŋ": "Ng", "ĸ": "k", "ſ": "s", "ẞ": "SS", "ĳ": "ij",
    "Ĳ": "IJ", "ŉ": "'n", "ƒ": "f", "ə": "a", "Ə": "A",
}  # fmt: skip

_PUNCTUATION: Final = {
    '"': "“”„‟«»″〝〞＂",
    "'": "‘’‚‛‹›′`´ʹʻʼˈ＇",
    "-": "‐‑‒–—―−⁃﹘﹣－",
    "...": "…",
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\n": "\u0085\u2028\u2029",
    "": "\u00ad\u200b\u200c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff",
    "*": "•●▪◦∙★☆",
    ".": "·․",
    "/": "÷⁄∕",
    "x": "×",
    "<": "≤",
    ">": "≥",
    "|": "¦",
    "(c)": "©",
    "(R)": "®",
    "TM": "™",
    "No.": "№",
    "a": "ª",
    "o": "º°",
    "1": "¹",
    "2": "²",
    "3": "³",
    "1/2": "½",
    "1/4": "¼",
    "3/4": "¾",
    "+-": "±",
    "u": "µ",
    "->": "→",
    "<-": "←",
    "fi": "ﬁ",
    "fl": "ﬂ",
    "c": "¢",
}
_TYPOGRAPHY: Final[Table] = {ord(one): plain for plain, all_of_it in _PUNCTUATION.items() for one in all_of_it}


def _fold(letter: str) -> str | None:
    """A Latin letter without what GSM cannot say of it; None when nothing Latin is left."""
    if letter in _SPECIAL_LATIN:
        return _SPECIAL_LATIN[letter]
    bare = unicodedata.normalize("NFD", letter)[0]
    bare = _SPECIAL_LATIN.get(bare, bare)
    sayable = (bare.isascii() and bare.isalpha()) or (bare in gsm.CHARACTERS and bare != letter)
    return bare if sayable else None


def _latin(letters: Iterable[str]) -> Table:
    folded = {ord(letter): _fold(letter) for letter in letters if letter not in gsm.CHARACTERS}
    return {code: plain for code, plain in folded.items() if plain is not None}


def _both_cases(small: dict[str, str]) -> Table:
    """The table for small letters and for their capitals: ж zh, Ж Zh."""
    table = {ord(letter): plain for letter, plain in small.items()}
    capitals = {ord(letter.upper()): plain.capitalize() for letter, plain in small.items()}
    return table | capitals


_CYRILLIC_BASE: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i", "й": "i", "к": "k",
    "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "ie", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia",
    "ё": "e",
    # Ukrainian, Belarusian, Macedonian, Kazakh
    "є": "ie", "і": "i", "ї": "i", "ґ": "g", "ў": "u", "ѓ": "gj", "ѕ": "dz", "ќ": "kj", "ә": "a", "ғ": "g", "қ": "q",
    "ң": "n", "ө": "o", "ұ": "u", "ү": "u", "һ": "h",
    # Serbian letters in a text that is not called Serbian
    "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz",
}  # fmt: skip
_BULGARIAN: Final = _CYRILLIC_BASE | {
    "й": "y", "х": "h", "щ": "sht", "ъ": "a", "ь": "y", "ю": "yu", "я": "ya",
}  # fmt: skip
_SERBIAN: Final = _CYRILLIC_BASE | {
    "ж": "z", "х": "h", "ц": "c", "ч": "c", "ш": "s", "ђ": "dj", "ћ": "c", "џ": "dz", "й": "j",
}  # fmt: skip

_GREEK_CAPITALS: Final = {
    "Α": "A", "Β": "B", "Γ": "Γ", "Δ": "Δ", "Ε": "E", "Ζ": "Z", "Η": "H", "Θ": "Θ", "Ι": "I", "Κ": "K", "Λ": "Λ",
    "Μ": "M", "Ν": "N", "Ξ": "Ξ", "Ο": "O", "Π": "Π", "Ρ": "P", "Σ": "Σ", "Τ": "T", "Υ": "Y", "Φ": "Φ", "Χ": "X",
    "Ψ": "Ψ", "Ω": "Ω",
}  # fmt: skip


def _greek() -> Table:
    """Every Greek letter, with accents or breathings or without, as the capital it is of."""
    table: Table = {0x037E: ";", 0x0387: "."}
    for code in (*range(0x0370, 0x0400), *range(0x1F00, 0x2000)):
        bare = unicodedata.normalize("NFD", chr(code))[0].upper()
        if bare in _GREEK_CAPITALS and chr(code) not in gsm.CHARACTERS:
            table[code] = _GREEK_CAPITALS[bare]
    return table


_GREEK: Final = _greek()
_CYRILLIC: Final = _both_cases(_CYRILLIC_BASE)
_ALL_LATIN: Final = _latin(map(chr, (*range(0x00C0, 0x0250), 0x0259, *range(0x1E00, 0x1F00))))
_MARKS: Final[Table] = dict.fromkeys(range(0x0300, 0x0370), "")
"""Combining marks that no letter before them took up when the text was composed."""

TABLES: Final[dict[str, Table]] = {
    "NONE": {},
    "ALL": _TYPOGRAPHY | _MARKS | _ALL_LATIN | _GREEK | _CYRILLIC,
    "NON_UNICODE": _TYPOGRAPHY | _MARKS | _ALL_LATIN,
    "BALTIC": _TYPOGRAPHY | _latin("āčēģīķļņōŗšūžĀČĒĢĪĶĻŅŌŖŠŪŽąęėįųĄĘĖĮŲõÕ"),
    "CENTRAL_EUROPEAN": _TYPOGRAPHY
    | _latin("áčďěíľĺňóôŕřšťúůýžÁČĎĚÍĽĹŇÓÔŔŘŠŤÚŮÝŽąćęłńśźżĄĆĘŁŃŚŹŻőűŐŰđĐăâîșşțţĂÂÎȘŞȚŢëË"),
    "COLOMBIAN": _TYPOGRAPHY | _latin("áíóúÁÍÓÚïÏ"),
    "CYRILLIC": _TYPOGRAPHY | _CYRILLIC,
    "GREEK": _TYPOGRAPHY | _GREEK,
    "PORTUGUESE": _TYPOGRAPHY | _latin("áâãçêíóôõúÁÂÃÀÊÍÓÔÕÚ"),
    "SERBIAN_CYRILLIC": _TYPOGRAPHY | _both_cases(_SERBIAN),
    "TURKISH": _TYPOGRAPHY | _latin("ıİğĞşŞçâÂîÎûÛ"),
    "BULGARIAN_CYRILLIC": _TYPOGRAPHY | _both_cases(_BULGARIAN),
}
"""The names that a client may ask for -> character -> what stands for it in GSM."""


def transliterate(text: str, name: str | None) -> str:
    """`text` with every character of the table called `name` replaced; None, "" and "NONE" change nothing.

    A text that already fits GSM is not touched. Raises KeyError for a name that TABLES does not have.
    """
    table = TABLES[name or "NONE"]
    if not table or (text.isascii() and "`" not in text and "\t" not in text):
        return text
    return unicodedata.normalize("NFC", text).translate(table)
