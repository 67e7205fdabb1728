"""Lists, parameters, URIs, addresses, Via, and the headers of the extensions."""

from typing import Any

import pytest

from omnibound.wire import sip
from omnibound.wire.sip import Address, Interval, Uri, Via, Why

MESSAGE = sip.Request(method="BYE", uri="sip:x", headers={})


@pytest.mark.parametrize(
    ("value", "members"),
    [
        ("", []),
        ("a", ["a"]),
        ("a, b ,c", ["a", "b", "c"]),
        ('"a, b" <sip:x,y@z>, <sip:q>', ['"a, b" <sip:x,y@z>', "<sip:q>"]),
        ('"a\\", b", c', ['"a\\", b"', "c"]),
        (",,a,,", ["a"]),
        ('"open, never closed', ['"open', "never closed"]),
    ],
)
def test_lists(value: str, members: list[str]) -> None:
    assert sip.split_list(value) == members


@pytest.mark.parametrize(
    ("text", "params"),
    [
        ("", {}),
        ("a=1;B=2;c", {"a": "1", "b": "2", "c": ""}),
        ('text="x;y=\\"z\\"";q=0.5', {"text": 'x;y="z"', "q": "0.5"}),
        (" a = 1 ; a=2;;=3", {"a": "1"}),
    ],
)
def test_params(text: str, params: dict[str, str]) -> None:
    assert sip.read_params(text) == params
    assert sip.read_params(sip.write_params(params).lstrip(";")) == params


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("sip:carrier.example", Uri(host="carrier.example")),
        (
            "SIP:48221@c.example:5070;Transport=TCP;lr",
            Uri(user="48221", host="c.example", port=5070, params={"transport": "TCP", "lr": ""}),
        ),
        (
            "sip:+48221;phone-context=x@c;user=phone",
            Uri(user="+48221;phone-context=x", host="c", params={"user": "phone"}),
        ),
        ("sips:a%20b:secret@[2001:db8::1]:5061", Uri(scheme="sips", user="a b", host="[2001:db8::1]", port=5061)),
        ("sip:a?b@c?Subject=x", Uri(user="a?b", host="c", headers="Subject=x")),
        ("tel:+48-22;phone-context=+48", Uri(scheme="tel", user="+48-22", params={"phone-context": "+48"})),
    ],
)
def test_uris(text: str, uri: Uri) -> None:
    assert sip.read_uri(text) == uri
    assert sip.read_uri(str(uri)) == uri


def test_number_of_a_uri_is_without_its_parameters() -> None:
    assert sip.read_uri("sip:+48221;npdi@c").number == "+48221"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 416),
        ("http://x", 416),
        ("sip", 416),
        ("sip:", 400),
        ("sip:a@", 400),
        ("sip:a@b c", 400),
        ("sip:a@b:", 400),
        ("sip:a@b:x", 400),
        ("sip:a@b:70000", 400),
        ("sip:a@[::1", 400),
        ("sip:a@[::1]x", 400),
    ],
)
def test_no_uri(text: str, status: int) -> None:
    with pytest.raises(sip.SipError) as raised:
        sip.read_uri(text)
    assert raised.value.status == status


@pytest.mark.parametrize(
    ("text", "address", "written"),
    [
        ("sip:a@b;tag=1", Address(uri=Uri(user="a", host="b"), params={"tag": "1"}), "<sip:a@b>;tag=1"),
        (
            "<sip:a@b;lr>;tag=1",
            Address(uri=Uri(user="a", host="b", params={"lr": ""}), params={"tag": "1"}),
            "<sip:a@b;lr>;tag=1",
        ),
        ("Bob <sip:a@b>", Address(uri=Uri(user="a", host="b"), name="Bob"), '"Bob" <sip:a@b>'),
        (
            '"B<o>b, \\"x\\"" <sip:a@b> ; q=1',
            Address(uri=Uri(user="a", host="b"), name='B<o>b, "x"', params={"q": "1"}),
            '"B<o>b, \\"x\\"" <sip:a@b>;q=1',
        ),
    ],
)
def test_addresses(text: str, address: Address, written: str) -> None:
    assert sip.read_address(text) == address
    assert str(address) == written
    assert sip.read_address(written) == address


@pytest.mark.parametrize("text", ["", "<sip:a@b", '"a <sip:a@b>', "a <b>"])
def test_no_address(text: str) -> None:
    with pytest.raises(sip.SipError):
        sip.read_address(text)


@pytest.mark.parametrize(
    ("text", "via", "written"),
    [
        (
            "SIP/2.0/UDP 10.0.0.1:5060;branch=z9;rport",
            Via(transport="UDP", host="10.0.0.1", port=5060, params={"branch": "z9", "rport": ""}),
            "SIP/2.0/UDP 10.0.0.1:5060;branch=z9;rport",
        ),
        (
            "SIP / 2.0 / tcp host ; branch=z",
            Via(transport="TCP", host="host", params={"branch": "z"}),
            "SIP/2.0/TCP host;branch=z",
        ),
        ("SIP/2.0/TLS [::1]:5061", Via(transport="TLS", host="[::1]", port=5061), "SIP/2.0/TLS [::1]:5061"),
    ],
)
def test_vias(text: str, via: Via, written: str) -> None:
    assert (sip.read_via(text), str(via)) == (via, written)


@pytest.mark.parametrize("text", ["", "SIP/2.0/UDP", "SIP/1.0/UDP x", "SIP/2.0/UDP x y", "HTTP/1.1 x"])
def test_no_via(text: str) -> None:
    with pytest.raises(sip.SipError):
        sip.read_via(text)


def message(**headers: Any) -> sip.Request:
    found = {name.replace("_", "-"): [value] if isinstance(value, str) else value for name, value in headers.items()}
    return sip.Request(method="BYE", uri="sip:x", headers=found)


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ('Q.850;cause=17;text="User busy"', Why(17, "User busy")),
        ("q.850 ; cause=34", Why(34, "")),
        ('SIP;cause=600;text="Busy", Q.850;cause=17', Why(17, "")),
        (["SIP;cause=600;text=all", "Q.850;cause=x"], Why(0, "all")),
        ("Q.850;cause=99999", Why(0, "")),
        ([], Why()),
    ],
)
def test_reasons(reason: str | list[str], why: Why) -> None:
    assert sip.read_reason(message(reason=reason)) == why


def test_reason_is_written() -> None:
    written = sip.write_reason("Q.850", 16, "Normal")
    assert (written, sip.read_reason(message(reason=written))) == ('Q.850;cause=16;text="Normal"', Why(16, "Normal"))


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("1800", Interval(1800)),
        ("90;refresher=UAS", Interval(90, "uas")),
        (" 100 ; refresher=uac;x", Interval(100, "uac")),
        ("5;refresher=me", Interval(5)),
    ],
)
def test_intervals(text: str, interval: Interval) -> None:
    assert sip.read_interval(message(session_expires=text)) == interval
    assert sip.read_interval(message(session_expires=sip.write_interval(interval))) == interval


def test_no_interval() -> None:
    assert sip.read_interval(MESSAGE) is None
    with pytest.raises(sip.SipError):
        sip.read_interval(message(session_expires="soon"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), ("120 (maintenance)", 120), ("18;duration=3600", 18), ("later", None), ("", None)],
)
def test_seconds(text: str, seconds: int | None) -> None:
    assert sip.read_seconds(message(retry_after=text), "retry-after") == seconds
