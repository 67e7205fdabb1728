"""What keeps a text from being spoken and is not the text's fault; that is `domain.errors.Invalid`."""

from omnibound.domain.errors import Refused


class Unspoken(Refused):
    """The voice or the disk did not do it: the same text may be spoken another time."""
