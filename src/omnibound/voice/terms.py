"""From what the signalling agreed on to what the media engine needs: the two do not know each other."""

from typing import Final

from omnibound.voice import media
from omnibound.wire import sip
from omnibound.wire.rtp import Law

_LAWS: Final = {"PCMU": Law.MU, "PCMA": Law.A}


def terms_of(agreed: sip.Media) -> media.Terms:
    """Raises ValueError for an address that nobody can be sent to."""
    return media.Terms(
        address=agreed.address, port=agreed.port, law=_LAWS[agreed.codec], payload=agreed.payload,
        dtmf=agreed.dtmf, noise=agreed.noise, ptime=agreed.ptime, direction=agreed.direction,
    )  # fmt: skip
