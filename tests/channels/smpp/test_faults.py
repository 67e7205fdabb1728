"""What a carrier may do wrong: half PDUs, nonsense, broken streams. The bind's task survives everything."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from omnibound.channels.base import Deps
from omnibound.channels.smpp import build
from omnibound.channels.smpp.binds import Bind
from omnibound.channels.smpp.link import Link as Wire
from omnibound.domain.facts import Accepted, Failed, Inbound, Link, Receipt, Returned, Unknown
from omnibound.domain.status import Status
from omnibound.wire.smpp import Deliver, pdu, write_data, write_message, write_receipt
from omnibound.wire.smpp import constants as c
from tests.channels.smpp.peers import LOOPS, Carrier, Core, attempts, clock, joined, settings

pytestmark = pytest.mark.anyio

RECEIPT = Deliver(esm_class=4, short_message=write_receipt("9", "UNDELIV", submitted="", done="", error="001"))
NICE = [
    pdu(c.DELIVER_SM, 3, write_message(RECEIPT)),
    pdu(c.DELIVER_SM, 4, write_message(Deliver(source="1", destination="2", short_message=b"hi"))),
    pdu(c.DATA_SM, 5, write_data(RECEIPT)),
    pdu(c.SUBMIT_SM_RESP, 2, b"7\0"),
    pdu(c.ENQUIRE_LINK, 6),
    pdu(c.ALERT_NOTIFICATION, 7, b"\1\1123\0\1\1456\0"),
    pdu(c.OUTBIND, 8, b"id\0pw\0"),
    pdu(c.GENERIC_NACK, 2, status=8),
    pdu(c.BIND_TRANSCEIVER_RESP, 1, b"x\0"),
]


async def test_half_pdus() -> None:
    async with joined() as (channel, core, carrier, link):
        carrier.on_submit = None
        await channel.send(attempts())
        (got,) = await link.expect(c.SUBMIT_SM)
        stream = pdu(c.SUBMIT_SM_RESP, got[2], b"id\0") + NICE[0] + NICE[4]
        for octet in stream:
            link.write(bytes((octet,)))
            await asyncio.sleep(0)
        await link.expect(c.ENQUIRE_LINK_RESP)
        assert [a.provider_ids for a in core.of(Accepted)] == [("id",)]
        assert [(r.provider_id, r.status, r.raw) for r in core.of(Receipt)] == [
            ("9", Status.FAILED, "stat:UNDELIV err:001")
        ]


async def test_every_command_has_its_answer() -> None:
    async with joined() as (channel, core, _, link):
        link.write(*NICE, pdu(0x99, 20), pdu(0x80000099, 21), pdu(c.QUERY_SM, 22), pdu(c.ENQUIRE_LINK, 23))
        await link.expect(c.ENQUIRE_LINK_RESP, 2)
        await link.expect(c.DATA_SM_RESP)
        answers = {(got[0], got[1], got[2]) for got in link.got if got[0] & c.RESPONSE}
        assert answers == {
            (c.DELIVER_SM_RESP, 0, 3),
            (c.DELIVER_SM_RESP, 0, 4),
            (c.DATA_SM_RESP, 0, 5),
            (c.ENQUIRE_LINK_RESP, 0, 6),
            (c.ENQUIRE_LINK_RESP, 0, 23),
            (c.GENERIC_NACK, c.RINVCMDID, 20),
            (c.GENERIC_NACK, c.RINVCMDID, 22),
        }
        assert [len(core.of(Receipt)), len(core.of(Inbound)), channel.up()] == [2, 1, True]
        assert channel.condition()["counts"] == {
            "alert_notification": 1, "outbind": 1, "generic_nack": 1, "unknown commands": 3, "strange answers": 1,
        }  # fmt: skip


async def test_malformed_bodies_are_refused_and_the_rest_is_read() -> None:
    async with joined() as (channel, core, _, link):
        cut = pdu(c.DELIVER_SM, 1, b"\0\1")
        tlv = pdu(c.DELIVER_SM, 2, write_message(RECEIPT) + b"\4\x27\0")
        nameless = pdu(c.DELIVER_SM, 4, write_message(Deliver(esm_class=4, short_message=b"stat:DELIVRD")))
        link.write(cut, tlv, pdu(c.DATA_SM, 3, b"\0"), nameless, NICE[0].replace(b"\0\0\0\3", b"\0\0\0\5"))
        await core.get(Receipt)
        await link.expect(c.DELIVER_SM_RESP, 4)
        assert [got[1:3] for got in link.all(c.DELIVER_SM_RESP)] == [
            (c.RINVMSGLEN, 1),
            (c.RINVOPTPARSTREAM, 2),
            (0, 4),
            (0, 5),
        ]
        assert [got[1:3] for got in link.all(c.DATA_SM_RESP)] == [(c.RINVMSGLEN, 3)]
        assert (len(core.of(Receipt)), channel.up()) == (1, True)


async def test_a_nack_refuses_its_submit() -> None:
    async with joined() as (channel, core, carrier, _):
        carrier.on_submit = lambda link, got: link.write(pdu(c.GENERIC_NACK, got[2], status=c.RTHROTTLED))
        await channel.send(attempts())
        await core.until(lambda: any(fact.throttled_until for fact in core.of(Link)))


@LOOPS
async def test_a_lost_stream_is_nacked_and_bound_anew() -> None:
    async with joined() as (channel, core, carrier, link):
        carrier.on_submit = None
        await channel.send(attempts())
        (got,) = await link.expect(c.SUBMIT_SM)
        link.write(pdu(c.SUBMIT_SM_RESP, got[2], b"id\0"), b"GET / HTTP/1.1\r\n\r\n")
        await core.get(Accepted)
        assert [one[1] for one in await link.expect(c.GENERIC_NACK)] == [c.RINVCMDLEN]
        await carrier.connected(2)
        await core.until(channel.up)
        assert core.of(Unknown) == []


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Good PDUs with some octets changed, dropped or put in; or plain noise."""
    if draw(st.booleans()):
        return draw(st.binary(min_size=1, max_size=200))
    data = bytearray(b"".join(draw(st.lists(st.sampled_from(NICE), min_size=1, max_size=6))))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data) - 1)) if data else 0
        match draw(st.integers(0, 2)):
            case 0 if data:
                data[at] = draw(st.integers(0, 255))
            case 1:
                del data[at : at + draw(st.integers(1, 9))]
            case _:
                data[at:at] = draw(st.binary(min_size=1, max_size=9))
    return bytes(data)


@examples(max_examples=15)
@given(st.lists(streams(), min_size=5, max_size=20))
async def test_no_stream_ends_a_bind(noises: list[bytes]) -> None:
    async with joined(window=5) as (channel, core, carrier, _):
        for noise in noises:
            link = carrier.connections[-1]
            before = len(carrier.connections)
            link.write(noise)
            link.transport.close()
            await link.closed.wait()
            await carrier.connected(before + 1)
            await core.until(channel.up)
            assert not any(task.done() for task in channel._binds._tasks.values())
        await channel.send(attempts())
        await core.until(lambda: any(fact.delivery == 1 for fact in core.of(Accepted)))


@given(streams(), st.lists(st.integers(1, 40), max_size=30))
async def test_any_stream_in_any_pieces(noise: bytes, sizes: list[int]) -> None:
    """Without a socket: many more streams a second."""
    core = Core()
    channel = build(settings(), Deps("a", clock))
    channel._emit, channel._wake = core.emit, core.wake
    bind = channel._binds.all()[0]
    link = MemoryLink(bind)
    await channel.send(attempts(3))
    for size in [*sizes, len(noise)]:
        if not link.transport.is_closing():
            link.data_received(noise[:size])
        noise = noise[size:]
    link.connection_lost(None)
    told = [fact.delivery for fact in core.facts if isinstance(fact, Accepted | Unknown | Failed | Returned)]
    assert set(told) <= {1, 2, 3}
    assert len(bind.window) == 0
    await asyncio.gather(*channel._commits)


class Memory(asyncio.Transport):
    """A transport that keeps what is written, a list entry a write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.ended = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def is_closing(self) -> bool:
        return self.ended

    def close(self) -> None:
        self.ended = True

    abort = close


class MemoryLink(Wire):
    """A bind's link over such a transport."""

    def __init__(self, bind: Bind) -> None:
        super().__init__(bind)
        self.transport = Memory()
        self.connection_made(self.transport)
        bind._link, bind.bound = self, True


async def test_one_write_for_many() -> None:
    core = Core()
    channel = build(settings(window=500), Deps("a", clock))
    channel._emit, channel._wake = core.emit, core.wake
    link = MemoryLink(channel._binds.all()[0])
    writes = link.transport.writes
    await channel.send([*attempts(100), *attempts(50, "another", first=101), *attempts(9, "long " * 50, first=151)])
    assert len(writes) == 1
    deliver = write_message(RECEIPT)
    link.data_received(b"".join([pdu(c.DELIVER_SM, n, deliver) for n in range(1, 101)]))
    assert ([len(facts) for facts in core.lists], len(writes)) == ([100], 1)
    await asyncio.gather(*channel._commits)
    assert (len(writes), writes[1].count(b"\x80\0\0\5")) == (2, 100)
    link.connection_lost(None)


async def test_a_full_transport_has_no_room() -> None:
    core = Core()
    channel = build(settings(), Deps("a", clock))
    channel._emit, channel._wake = core.emit, core.wake
    link = MemoryLink(channel._binds.all()[0])
    link.pause_writing()
    assert channel.room() == 0
    link.resume_writing()
    assert (channel.room(), core.woken) == (200, 1)
    link.connection_lost(OSError("cable cut"))
    assert channel.room() == 0


async def test_a_carrier_that_does_not_wait_is_not_read_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnibound.channels.smpp.link._MOST_OWED", 4)
    async with joined() as (_, core, _, link):
        core.gate.clear()
        deliver = write_message(RECEIPT)
        link.write(*[pdu(c.DELIVER_SM, number, deliver) for number in range(1, 6)])
        await core.get(Receipt, 5)
        link.write(pdu(c.DELIVER_SM, 6, deliver))
        await asyncio.sleep(0.01)
        assert len(core.of(Receipt)) == 5
        core.gate.set()
        await link.expect(c.DELIVER_SM_RESP, 6)


async def test_a_carrier_that_never_answers_the_bind() -> None:
    carrier, core = Carrier(), Core()
    carrier.answer = lambda connection, got: None
    await carrier.start()
    channel = build(settings(carrier.port, response_timeout_s=0.01), Deps("a", clock))
    await channel.start(core.emit, core.wake)
    (down,) = await core.get(Link)
    assert (down.up, down.why) == (False, "no answer in time")
    await carrier.connected(3)
    await channel.stop()
    await carrier.stop()


async def test_a_carrier_that_closes_at_once() -> None:
    carrier, core = Carrier(), Core()
    carrier.answer = lambda connection, got: connection.transport.close()
    await carrier.start()
    channel = build(settings(carrier.port), Deps("a", clock))
    await channel.start(core.emit, core.wake)
    await carrier.connected(4)
    assert {fact.why for fact in core.of(Link)} == {"the carrier closed the connection"}
    del carrier.answer
    await core.until(channel.up)
    await channel.stop()
    await carrier.stop()


# -- TLS ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "carrier")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "carrier.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def server_side(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@LOOPS
@pytest.mark.parametrize("verify", [True, False])
async def test_tls(certificate: Path, verify: bool) -> None:
    given = {"tls_ca": str(certificate)} if verify else {"tls_verify": False}
    async with joined(server_side(certificate), tls=True, **given) as (channel, core, _, _):
        await channel.send(attempts(3))
        await core.get(Accepted, 3)


async def test_tls_with_a_stranger_is_refused(certificate: Path) -> None:
    carrier, core = Carrier(), Core()
    await carrier.start(server_side(certificate))
    channel = build(settings(carrier.port, tls=True), Deps("a", clock))
    await channel.start(core.emit, core.wake)
    (down,) = await core.get(Link)
    assert (down.up, "certificate verify failed" in down.why) == (False, True)
    await channel.stop()
    await carrier.stop()
