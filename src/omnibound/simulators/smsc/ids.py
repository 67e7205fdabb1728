"""Message ids: how the carrier spells them in its answers, and in its receipts."""

import itertools
import time
import uuid
from typing import Final

from omnibound.simulators.smsc.settings import SmscSettings

_FORMS: Final = {"hex": b"%X", "decimal": b"%d"}


class MessageIds:
    """Numbers from the clock on, so that a carrier started again does not give the same ids."""

    def __init__(self) -> None:
        self._numbers = itertools.count(time.time_ns() // 1_000)

    def next(self, settings: SmscSettings) -> tuple[bytes, bytes]:
        """A new id, as submit_sm_resp has it and as the receipt has it."""
        if settings.ids == "uuid":
            name = str(uuid.uuid4()).encode()
            return name, name
        number = next(self._numbers)
        name = _FORMS[settings.ids] % number
        if settings.receipt_ids == "same":
            return name, name
        return name, _FORMS[settings.receipt_ids] % number
