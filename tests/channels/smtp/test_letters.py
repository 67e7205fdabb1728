"""Mails as they are written: read back by the standard library, signatures by another implementation."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from omnibound.channels.smtp.letters import Letter, Letters
from omnibound.channels.smtp.settings import read_sender
from omnibound.channels.smtp.signing import read_signer
from omnibound.domain.errors import Invalid
from omnibound.domain.facts import Failure
from omnibound.domain.mail import mail_key
from omnibound.domain.message import Attempt, Content
from omnibound.domain.status import Reason
from omnibound.ports.mail import PlainMailing
from tests.channels.smtp.peers import an_attempt, make

NOW = 1_700_000_000_000_000
CONTROLS = "no control characters in a header"


def letters(**settings: Any) -> Letters:
    table = make(25, **settings).settings
    return Letters(table, PlainMailing(), read_signer(table))


def written(attempt: Attempt, **settings: Any) -> Letter:
    letter = letters(**settings).write(attempt, NOW)
    assert isinstance(letter, Letter), letter
    return letter


def undotted(letter: Letter) -> bytes:
    """What whoever gets it sees."""
    return letter.content.replace(b"\r\n..", b"\r\n.")


def read(letter: Letter) -> EmailMessage:
    mail = message_from_bytes(undotted(letter), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert mail.defects == []
    return mail


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def test_a_plain_mail_is_written_so() -> None:
    letter = written(an_attempt(text="Hello\n.dot\n", subject="News"), bounce_domain="b.example")
    assert (letter.sender, letter.recipient, letter.utf8, letter.id) == (
        "bounce-1-1@b.example", "ann@mail.example", False, "1-1",
    )  # fmt: skip
    assert letter.content.decode().split("\r\n") == [
        "From: Shop <info@shop.example>",
        "Subject: News",
        "To: <ann@mail.example>",
        "Message-ID: <1-1@shop.example>",
        "Date: Tue, 14 Nov 2023 22:13:20 +0000",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=us-ascii",
        "Content-Transfer-Encoding: 7bit",
        "",
        "Hello",
        "..dot",
        "",
    ]


def test_a_mail_in_two_forms() -> None:
    subject = "Gęś, " * 30 + "!"
    attempt = an_attempt(text="Zażółć", html="<p>Zażółć</p>", replyTo="Żaba <help@shop.example>", subject=subject)
    letter = written(attempt, unsubscribe_url="https://shop.example/unsubscribe")
    mail = read(letter)
    assert mail.get_content_type() == "multipart/alternative"
    assert (text_of(mail), text_of(mail, "html")) == ("Zażółć\n", "<p>Zażółć</p>\n")
    assert mail["subject"] == subject
    assert mail["reply-to"].addresses[0].display_name == "Żaba"
    assert mail["list-unsubscribe"] == "<https://shop.example/unsubscribe/1-ann@mail.example>"
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert letter.content.isascii()
    assert letter.sender == "info@shop.example"
    assert max(map(len, letter.content.split(b"\r\n"))) <= 998


@given(text=st.text(max_size=400), html=st.text(max_size=100), subject=st.text(max_size=100))
def test_whatever_is_said_arrives(text: str, html: str, subject: str) -> None:
    made = LETTERS.write(an_attempt(text=text, html=html, subject=subject), NOW)
    if isinstance(made, Failure):
        controls = any(ord(letter) < 0x20 or letter in "\x7f\x85\u2028\u2029" for letter in subject)
        assert controls or not (text or html or subject)
        return
    content = made.content
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")
    assert b"\r\n.\r\n" not in content
    mail = read(made)
    for kind, said in (("plain", text), ("html", html)):
        if said:
            plain = said.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
            assert text_of(mail, kind).rstrip("\n") == plain.rstrip("\n")


LETTERS = letters()


@pytest.mark.parametrize(
    ("attempt", "failure"),
    [
        (an_attempt(text="", subject=""), Failure(Reason.NO_CONTENT, "smtp:nothing is said")),
        (an_attempt(subject="a\r\nBcc: all@x"), Failure(Reason.INVALID_CONTENT, f"smtp:Subject: {CONTROLS}")),
        (an_attempt(replyTo="x"), Failure(Reason.INVALID_CONTENT, "smtp:option replyTo")),
        (an_attempt(replyTo="a@b\nBcc: c@d"), Failure(Reason.INVALID_CONTENT, "smtp:option replyTo")),
        (an_attempt(html=3), Failure(Reason.INVALID_CONTENT, "smtp:option html")),
        (an_attempt(cc="x@y"), Failure(Reason.INVALID_CONTENT, "smtp:option cc")),
        (an_attempt(sender="InfoSMS"), Failure(Reason.INVALID_SENDER, "smtp:5.1.7")),
        (an_attempt(sender="a@b\r\nX: y"), Failure(Reason.INVALID_SENDER, "smtp:5.1.7")),
        (an_attempt(to=""), Failure(Reason.INVALID_ADDRESS, "smtp:5.1.3")),
        (an_attempt(to="a@b>\r\n"), Failure(Reason.INVALID_ADDRESS, "smtp:5.1.3")),
    ],
)  # fmt: skip
def test_what_makes_no_mail(attempt: Attempt, failure: Failure) -> None:
    assert LETTERS.write(attempt, NOW) == failure


def test_senders_of_steps() -> None:
    assert read(written(an_attempt(sender="Desk <desk@shop.example>")))["from"] == "Desk <desk@shop.example>"
    own = letters(sender_domains=["shop.example"])
    assert isinstance(own.write(an_attempt(sender="desk@Shop.example"), NOW), Letter)
    assert isinstance(own.write(an_attempt(), NOW), Letter)
    assert own.write(an_attempt(sender="boss@bank.example"), NOW) == Failure(Reason.INVALID_SENDER, "smtp:5.1.7")


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("a@b", ("", "a@b")), (" A B <a@b> ", ("A B", "a@b")), ('"A, B" <a@b>', ("A, B", "a@b")),
        ("", None), ("a", None), ("A <a>", None), ("a@b, c@d", None), ("A\n <a@b>", None),
    ],
)  # fmt: skip
def test_reading_senders(text: str, sender: tuple[str, str] | None) -> None:
    assert read_sender(text) == sender


@pytest.mark.parametrize("name", ['Shop, Inc. "A"', "Żaba", "=?utf-8?q?x?=", "a\\b"])
def test_names_arrive(name: str) -> None:
    mail = read(written(an_attempt(sender=f"{name} <a@shop.example>")))
    assert mail["from"].addresses[0].display_name == name.strip('"')


def test_what_is_said_to_many_is_written_once() -> None:
    content = Content(text="Zażółć", subject="x", options={"html": "<p>x</p>"})
    own = letters()
    first, second = (own.write(an_attempt(n, f"p{n}@mail.example", of=content), NOW) for n in (1, 2))
    assert isinstance(first, Letter)
    assert isinstance(second, Letter)
    # The boundary is random: the same one means that it was not written anew.
    assert first.content.partition(b"MIME-Version")[2] == second.content.partition(b"MIME-Version")[2]
    assert first.content != second.content


@pytest.mark.parametrize(
    ("address", "key"),
    [("Ann@Mail.Example", "ann@mail.example"), (" a@ŻABA.example", "a@xn--aba-22a.example"), ("x", "x"), ("", "")],
)
def test_addresses_are_compared_so(address: str, key: str) -> None:
    assert mail_key(address) == key


# -- Signatures --------------------------------------------------------------------------------------------------


def pem(key: Any) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def record_of(key: RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    """What DNS would say."""
    import base64

    if isinstance(key, RSAPrivateKey):
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


RSA, EDWARDS = generate_private_key(65537, 2048), Ed25519PrivateKey.generate()


@pytest.mark.parametrize("key", [RSA, EDWARDS], ids=["rsa", "ed25519"])
@pytest.mark.parametrize(
    "attempt",
    [
        an_attempt(),
        an_attempt(text=".\n..  two  spaces \n\n\n", subject="  long " * 40),
        an_attempt(text="Zażółć " * 80, html="<p>x</p>", subject="Gęś", replyTo="Ż <a@b>"),
        an_attempt(text="", subject="only this"),
    ],
    ids=range(4),
)
def test_signatures_are_good(key: Any, attempt: Attempt, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(pem(key))
    letter = written(
        attempt, dkim_domain="shop.example", dkim_selector="s1", dkim_key=str(path), unsubscribe_url="https://x/u"
    )  # fmt: skip
    asked: list[bytes] = []

    def dns(name: bytes, timeout: int = 5) -> bytes:
        asked.append(name)
        return record_of(key)

    content = undotted(letter)
    assert dkim.verify(content, dnsfunc=dns)
    assert asked[0].rstrip(b".") == b"s1._domainkey.shop.example"
    assert not dkim.verify(content + b"more\r\n", dnsfunc=dns)
    assert not dkim.verify(content.replace(b"To: <ann@", b"To: <bob@"), dnsfunc=dns)
    assert not dkim.verify(content.replace(b"List-Unsubscribe: <https", b"List-Unsubscribe: <http"), dnsfunc=dns)


@pytest.mark.parametrize("key", [b"nonsense", pem(generate_ec(SECP256R1()))], ids=["no key", "a strange one"])
def test_keys_that_cannot_sign(key: bytes, tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(key)
    with pytest.raises(Invalid) as refused:
        letters(dkim_domain="a", dkim_selector="b", dkim_key=str(path))
    assert refused.value.field == "dkim_key"
