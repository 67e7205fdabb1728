"""A message from a person to one of our numbers, as a deliver_sm or data_sm brings it."""

from omnibound.domain.facts import Inbound
from omnibound.wire.smpp import Deliver
from omnibound.wire.smpp import constants as c
from omnibound.wire.sms_reading import cuts_character, decode_text, split_header

Reference = tuple[int, int, int]


def read_inbound(deliver: Deliver, *, connector: str, channel: str, alphabet: str, at: int) -> Inbound:
    """The fact. What is no text stays in `data`; a part says in `reference` which one it is. `at`: microseconds UTC."""
    octets, reference = deliver.content, _sar(deliver.tlvs)
    if deliver.esm_class & c.ESM_UDHI:
        header, octets = split_header(octets)
        if header:
            reference = (header.reference, header.total, header.number)
    text = decode_text(octets, deliver.data_coding, alphabet)
    is_cut = reference is not None and cuts_character(octets, deliver.data_coding)
    return Inbound(
        connector=connector,
        channel=channel,
        sender=deliver.source,
        recipient=deliver.destination,
        # No store keeps a NUL, and no person types one.
        text=(text or "").replace("\0", "\ufffd"),
        at=at,
        data=octets if text is None or is_cut else b"",
        reference=reference,
    )


def _sar(tlvs: dict[int, bytes]) -> Reference | None:
    """The SAR TLVs (SMPP 3.4, 5.3.2.22-24); None without them, or where they contradict themselves."""
    if c.TAG_SAR_REFERENCE not in tlvs:
        return None
    tags = (c.TAG_SAR_REFERENCE, c.TAG_SAR_TOTAL, c.TAG_SAR_SEQUENCE)
    reference, total, number = (int.from_bytes(tlvs.get(tag, b"")) for tag in tags)
    return (reference, total, number) if 1 <= number <= total <= 255 else None
