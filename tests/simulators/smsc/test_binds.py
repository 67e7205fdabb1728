import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from omnibound.simulators.smsc import Smsc, SmscSettings, session
from omnibound.wire import smpp
from omnibound.wire.smpp import constants as c
from tests.simulators.smsc.esme import bound, linked, submit

pytestmark = pytest.mark.anyio

LOCKED = SmscSettings(system_id="user", password="pass")


@pytest.mark.parametrize("command", sorted(c.BINDS))
@pytest.mark.parametrize(
    ("system_id", "password", "status"),
    [
        ("user", "pass", c.ROK),
        ("user", "wrong", c.RINVPASWD),
        ("user", "", c.RINVPASWD),
        ("other", "pass", c.RINVSYSID),
        ("", "pass", c.RINVSYSID),
    ],
)
async def test_bind(command: int, system_id: str, password: str, status: int) -> None:
    async with Smsc(LOCKED) as smsc, linked(smsc) as esme:
        assert await esme.bind(command, system_id, password) == status
        assert (smsc.counts["binds"], smsc.counts["binds_refused"]) == (int(not status), int(bool(status)))


async def test_who_was_refused_may_try_again_and_who_is_bound_may_not() -> None:
    async with Smsc(LOCKED) as smsc, linked(smsc) as esme:
        assert [await esme.bind(password=word) for word in ("no", "pass", "pass")] == [c.RINVPASWD, 0, c.RALYBND]


async def test_anybody_is_let_in_without_a_system_id() -> None:
    async with Smsc() as smsc, bound(smsc, system_id="a", password="x"), bound(smsc, system_id="b", password=""):
        assert smsc.counts["binds"] == 2


async def test_answer_to_a_bind() -> None:
    async with Smsc() as smsc, linked(smsc) as esme:
        esme.ask(c.BIND_RECEIVER, smpp.write_bind(smpp.Bind(system_id="user")))
        assert smpp.read_bind_resp((await esme.read())[3]) == ("omnibound", 0x34)


@pytest.mark.parametrize("command", [None, c.BIND_RECEIVER])
async def test_submit_without_a_bind_that_may(command: int | None) -> None:
    async with Smsc() as smsc, linked(smsc) as esme:
        if command:
            await esme.bind(command)
        for submitting in (c.SUBMIT_SM, c.DATA_SM):
            sequence = esme.ask(submitting, submit("1"))
            assert await esme.read() == (submitting | c.RESPONSE, c.RINVBNDSTS, sequence, b"")
        assert smsc.statuses == {"ESME_RINVBNDSTS": 2}


async def test_unbind_answers_what_stood_before_it() -> None:
    async with Smsc() as smsc, bound(smsc) as esme:
        esme.send(smpp.pdu(c.SUBMIT_SM, 7, submit("1")) + smpp.pdu(c.UNBIND, 8) + smpp.pdu(c.SUBMIT_SM, 9, submit("1")))
        pdus, _ = smpp.split(await esme.gone())
    assert [pdu[:3] for pdu in pdus] == [
        (c.SUBMIT_SM_RESP, 0, 7),
        (c.UNBIND_RESP, 0, 8),
        (c.SUBMIT_SM_RESP, c.RINVBNDSTS, 9),
    ][: len(pdus)]
    assert len(pdus) >= 2
    assert smsc.counts["accepted"] == 1


async def test_unbind_without_a_bind() -> None:
    async with Smsc() as smsc, linked(smsc) as esme:
        esme.ask(c.UNBIND)
        assert await esme.read() == (c.UNBIND_RESP, c.RINVBNDSTS, 1, b"")
        assert await esme.gone() == b""


async def test_link_that_does_not_bind_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "UNBOUND_S", 0.01)
    async with Smsc() as smsc, linked(smsc) as esme:
        assert await esme.gone() == b""


async def test_stop_closes_links_and_port() -> None:
    smsc = Smsc()
    with pytest.raises(RuntimeError):
        _ = smsc.port
    await smsc.start()
    port = smsc.port
    async with bound(smsc) as esme:
        await smsc.stop()
        assert await esme.gone() == b""
    async with Smsc(SmscSettings(port=port)) as again, bound(again):
        assert again.port == port


async def test_tls(tmp_path: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    settings = SmscSettings(tls_certificate=str(certificate), tls_key=str(key), delay=0)
    async with Smsc(settings) as smsc, linked(smsc, ssl=trusting, server_hostname="localhost") as esme:
        await esme.bind()
        name = await esme.accepted("1")
        assert (await esme.receipt()).id == name
        await smsc.until(acknowledged=1)


def write_certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    form = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    (folder / "c.pem").write_bytes(made.public_bytes(form))
    (folder / "k.pem").write_bytes(key.private_bytes(form, serialization.PrivateFormat.PKCS8, plain))
    return folder / "c.pem", folder / "k.pem"
