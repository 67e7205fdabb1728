"""What the signalling agreed on reaches the media engine whole."""

import pytest

from omnibound.voice.media import Terms
from omnibound.voice.terms import terms_of
from omnibound.wire.rtp import Law
from omnibound.wire.sip import Media


def test_every_field() -> None:
    agreed = Media(
        address="192.0.2.1", port=7000, codec="PCMA", payload=97, dtmf=98, ptime=30, direction="recvonly", noise=13
    )
    assert terms_of(agreed) == Terms(
        address="192.0.2.1", port=7000, law=Law.A, payload=97, dtmf=98, noise=13, ptime=30, direction="recvonly"
    )


@pytest.mark.parametrize("address", ["224.0.0.1", "255.255.255.255", "sound.example"])
def test_who_cannot_be_sent_to(address: str) -> None:
    with pytest.raises(ValueError, match=r"\."):
        terms_of(Media(address=address, port=7000, codec="PCMU", payload=0, dtmf=None, ptime=20))
