"""Digest authentication: the RFCs' own examples, and both sides together."""

import msgspec
import pytest

from omnibound.wire import sip
from omnibound.wire.sip import digest
from omnibound.wire.sip.digest import Asked, Challenge

MUFASA = Asked(
    method="GET", uri="/dir/index.html", username="Mufasa", password="Circle Of Life", cnonce="0a4f113b", count=1
)
RFC_2617 = Challenge(
    realm="testrealm@host.com",
    nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
    qop="auth",
    opaque="5ccc069c403ebaf9f0171e9517f40e41",
)
RFC_7616 = Challenge(
    realm="http-auth@example.org",
    nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    qop="auth",
    opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS",
)
MUFASA_7616 = msgspec.structs.replace(
    MUFASA, password="Circle of Life", cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
)


@pytest.mark.parametrize(
    ("challenge", "asked", "response"),
    [
        (RFC_2617, MUFASA, "6629fae49393a05397450978507c4ef1"),
        (RFC_7616, MUFASA_7616, "8ca523f5e9506fed4657c9700eebdbec"),
        (
            msgspec.structs.replace(RFC_7616, algorithm="SHA-256"),
            MUFASA_7616,
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
        # The session's form, from RFC 2617's formula (3.2.2.2) with another program.
        (msgspec.structs.replace(RFC_2617, algorithm="MD5-SESS"), MUFASA, "8e3825c57e897f5a0dec6c2d4e5059d0"),
        # The old form without qop, computed by hand from RFC 2069's formula.
        (msgspec.structs.replace(RFC_2617, qop=""), MUFASA, "670fd8c2df070c60b045671b8b24ff02"),
    ],
)
def test_examples_of_the_rfcs(challenge: Challenge, asked: Asked, response: str) -> None:
    assert digest.digest(challenge, asked) == response


def test_answer_is_written() -> None:
    assert digest.write_answer(RFC_2617, MUFASA) == (
        'Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", '
        'uri="/dir/index.html", response="6629fae49393a05397450978507c4ef1", algorithm=MD5, qop=auth, nc=00000001, '
        'cnonce="0a4f113b", opaque="5ccc069c403ebaf9f0171e9517f40e41"'
    )


@pytest.mark.parametrize("algorithm", digest.STRONGEST_FIRST)
@pytest.mark.parametrize("qop", ["auth", ""])
def test_both_sides(algorithm: str, qop: str) -> None:
    challenge = Challenge(realm='r"1', nonce="n", algorithm=algorithm, qop=qop)
    value = digest.write_answer(challenge, MUFASA)
    assert digest.is_right(value, challenge, "GET", MUFASA.password)
    assert not digest.is_right(value, challenge, "PUT", MUFASA.password)
    assert not digest.is_right(value, challenge, "GET", "another")
    assert not digest.is_right(value, msgspec.structs.replace(challenge, nonce="m"), "GET", MUFASA.password)


@pytest.mark.parametrize(
    ("value", "challenge"),
    [
        ('Digest realm="r", nonce="n"', Challenge(realm="r", nonce="n")),
        (
            'digest  nonce="n,1",realm="r" , qop="auth-int, auth", algorithm=sha-256, stale=TRUE, opaque="o"',
            Challenge(realm="r", nonce="n,1", qop="auth", algorithm="SHA-256", stale=True, opaque="o"),
        ),
    ],
)
def test_challenges_are_read(value: str, challenge: Challenge) -> None:
    assert digest.read_challenge(value) == challenge
    assert digest.read_challenge(digest.write_challenge(challenge)) == challenge


@pytest.mark.parametrize(
    "value",
    [
        "",
        'Basic realm="r"',
        'Digest realm="r"',
        'Digest nonce="n", algorithm=AKAv1-MD5',
        'Digest nonce="n", qop="auth-int"',
    ],
)
def test_challenges_that_we_cannot_answer(value: str) -> None:
    with pytest.raises(sip.SipError):
        digest.read_challenge(value)
    with pytest.raises(sip.SipError):
        digest.best_challenge([value])


@pytest.mark.parametrize("count", ["zzz", "000000001", "-1", "٣"])
def test_counts_that_are_none_are_wrong(count: str) -> None:
    value = digest.write_answer(RFC_2617, MUFASA).replace("00000001", count)
    assert not digest.is_right(value, RFC_2617, "GET", MUFASA.password)
