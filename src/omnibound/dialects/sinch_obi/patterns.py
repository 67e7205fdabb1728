"""Patterns of a whole value: `*` stands for any run of characters, `?` for one; letters of any case are alike."""


def fits(pattern: str, text: str) -> bool:
    """Whether a text is as a pattern wants it, in time of the product of their lengths at most."""
    pattern, text = pattern.lower(), text.lower()
    at = place = anew = 0
    star = -1
    while place < len(text):
        if pattern[at : at + 1] == "*":
            star, anew = at, place
            at += 1
        elif pattern[at : at + 1] in ("?", text[place]):
            at, place = at + 1, place + 1
        elif star >= 0:
            # The last star takes one character more.
            anew += 1
            at, place = star + 1, anew
        else:
            return False
    return not pattern[at:].strip("*")
