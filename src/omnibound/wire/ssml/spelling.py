"""Characters one by one, by their names."""

import unicodedata

from omnibound.wire.ssml.numbers import say_count
from omnibound.wire.ssml.words import Words


def say_characters(text: str, words: Words) -> str:
    """`AB-1` as the names of its characters; one that has none in this language stands for itself."""
    names = [_name(character, words) for character in unicodedata.normalize("NFC", text) if not character.isspace()]
    return ", ".join(names)


def _name(character: str, words: Words) -> str:
    if character.isascii() and character.isdecimal():
        return say_count(character, words)
    small = character.lower()
    return words.letters.get(small) or words.signs.get(small) or character
