"""The binds, their answers, and outbind (SMPP 3.4, 4.1). All raise PduError only."""

import re
import struct
from typing import Final

import msgspec

from omnibound.wire.smpp import constants as c
from omnibound.wire.smpp.frames import PduError, c_string, cut_string, octets, read_tlvs, write_tlvs

CREDENTIAL: Final = 64
"""Octets we let a system_id or a password have. The specification says 15 and 8, carriers hand out longer ones."""

_bind_tail = struct.Struct(">BBB")
_cut_bind = re.compile(rb"([^\0]*)\0([^\0]*)\0([^\0]*)\0(...)([^\0]*)\0", re.DOTALL).match


class Bind(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """bind_transmitter, bind_receiver, bind_transceiver (4.1.1, 4.1.3, 4.1.5) and outbind (4.1.7.1)."""

    system_id: str
    password: str = ""
    system_type: str = ""
    interface_version: int = c.VERSION_3_4
    addr_ton: int = 0
    addr_npi: int = 0
    address_range: str = ""


def write_bind(bind: Bind) -> bytes:
    """The body of any of the three binds."""
    return b"".join(
        (
            c_string(bind.system_id, CREDENTIAL, "system_id"),
            c_string(bind.password, CREDENTIAL, "password"),
            c_string(bind.system_type, 12, "system_type"),
            octets(bind.interface_version, bind.addr_ton, bind.addr_npi),
            c_string(bind.address_range, 40, "address_range"),
        )
    )


def read_bind(body: bytes) -> Bind:
    """The body of any of the three binds."""
    match = _cut_bind(body)
    if match is None:
        raise PduError("a bind cut short")
    system_id, password, system_type, tail, address_range = match.groups()
    version, ton, npi = _bind_tail.unpack(tail)
    return Bind(
        system_id=system_id.decode("latin-1"),
        password=password.decode("latin-1"),
        system_type=system_type.decode("latin-1"),
        interface_version=version,
        addr_ton=ton,
        addr_npi=npi,
        address_range=address_range.decode("latin-1"),
    )


def read_outbind(body: bytes) -> Bind:
    """An outbind: only the carrier's system_id and password are there."""
    system_id, _, rest = body.partition(b"\0")
    return Bind(system_id=system_id.decode("latin-1"), password=cut_string(rest))


def write_bind_resp(system_id: str, version: int = c.VERSION_3_4) -> bytes:
    """The body of a bind's good answer, with sc_interface_version (4.1.2)."""
    return c_string(system_id, CREDENTIAL, "system_id") + write_tlvs({c.TAG_INTERFACE_VERSION: octets(version)})


def read_bind_resp(body: bytes) -> tuple[str, int | None]:
    """The carrier's system_id and its interface version, None where it does not say. A failed bind's body is empty."""
    system_id, _, rest = body.partition(b"\0")
    version = read_tlvs(rest).get(c.TAG_INTERFACE_VERSION)
    return system_id.decode("latin-1"), version[0] if version else None
