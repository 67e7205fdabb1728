"""Messages as PDUs: alphabet, parts, kinds of address, validity, and what is made once for many."""

from typing import Any

import pytest

from omnibound.channels.smpp.texts import Recent, Run, Texts, _bucket
from omnibound.domain.facts import Failure
from omnibound.domain.flow import Step
from omnibound.domain.message import Attempt
from omnibound.domain.status import Reason
from omnibound.wire.smpp import Submit, read_submit, split
from omnibound.wire.smpp import constants as c
from tests.channels.smpp.peers import NOW, attempts, message, settings

HOUR = 3_600_000_000
LONG = "ab" * 100
OVERRIDES = {"source_ton": 2, "source_npi": 8, "dest_ton": 0, "dest_npi": 0}


def runs(given: list[Attempt], **table: Any) -> tuple[list[Run], list[Failure]]:
    made, failed = Texts(settings(**table), "SMS").runs(given, NOW)
    return made, [failure for _, failure in failed]


def submits(given: list[Attempt], **table: Any) -> list[Submit]:
    made, failed = runs(given, **table)
    assert failed == []
    out = [t.encode_many(1, run.destinations) for run in made for t in run.templates]
    single = [t.encode(1, to) for run in made for t in run.templates for to in run.destinations]
    pdus = split(b"".join(out))[0]
    assert [pdu[3] for pdu in pdus] == [pdu[3] for pdu in split(b"".join(single))[0]]
    return [read_submit(body) for *_, body in pdus]


def one(text: str = "hello", sender: str = "Acme", to: str = "41791234567", **table: Any) -> Submit:
    options = table.pop("options", {})
    step = Step(channel="SMS", sender=sender)
    said = message(text, step=step, **options)
    (submit,) = submits([Attempt(1, 1, step, to, said.content["SMS"], said, NOW + 48 * HOUR)], **table)
    return submit


def test_the_whole_submit() -> None:
    assert one(service_type="VAS") == Submit(
        service_type="VAS",
        source_ton=5,
        source_npi=0,
        source="Acme",
        destination_ton=1,
        destination_npi=1,
        destination="41791234567",
        validity=b"000002000000000R",
        registered_delivery=1,
        short_message=b"hello",
    )


@pytest.mark.parametrize(
    ("text", "alphabet", "options", "coding", "octets"),
    [
        ("10 €", "gsm", {}, 0, b"10 \x1be"),
        ("@£", "gsm", {}, 0, b"\x00\x01"),
        ("żółw", "gsm", {}, 8, "żółw".encode("utf-16-be")),
        ("żółw", "gsm", {"transliteration": "CENTRAL_EUROPEAN"}, 0, b"zolw"),
        ("żółw", "gsm", {"transliteration": "NON_UNICODE"}, 0, b"zolw"),
        ("ê", "gsm+latin1", {}, 3, b"\xea"),
        ("é", "latin1", {}, 0, b"\xe9"),
        ("€", "ascii", {}, 8, b"\x20\xac"),
        ("😀", "gsm", {}, 8, b"\xd8\x3d\xde\x00"),
    ],
)
def test_alphabet(text: str, alphabet: str, options: dict[str, str], coding: int, octets: bytes) -> None:
    submit = one(text, default_alphabet=alphabet, options=options)
    assert (submit.data_coding, submit.short_message) == (coding, octets)


@pytest.mark.parametrize(
    ("sender", "to", "table", "kinds", "wire"),
    [
        ("Acme", "41791234567", {}, (5, 0, 1, 1), ("Acme", "41791234567")),
        ("41790000000", "+41 79 123 45 67", {}, (1, 1, 1, 1), ("41790000000", "41791234567")),
        ("+4179", "41791234567", {}, (1, 1, 1, 1), ("4179", "41791234567")),
        ("1234", "5678", {}, (3, 0, 3, 0), ("1234", "5678")),
        ("", "41791234567", {}, (0, 0, 1, 1), ("", "41791234567")),
        ("Acme", "41791234567", OVERRIDES, (2, 8, 0, 0), ("Acme", "41791234567")),
    ],
)  # fmt: skip
def test_kinds_of_address(
    sender: str, to: str, table: dict[str, Any], kinds: tuple[int, ...], wire: tuple[str, str]
) -> None:
    s = one(sender=sender, to=to, **table)
    assert (s.source_ton, s.source_npi, s.destination_ton, s.destination_npi) == kinds
    assert (s.source, s.destination) == wire


@pytest.mark.parametrize(
    ("text", "sender", "to", "options", "failure"),
    [
        ("x", "Acme", "", {}, Failure(Reason.INVALID_ADDRESS)),
        ("x", "Acme", "4" * 21, {}, Failure(Reason.INVALID_ADDRESS)),
        ("x", "Acme", "41\0", {}, Failure(Reason.INVALID_ADDRESS)),
        ("x", "A" * 21, "41791234567", {}, Failure(Reason.INVALID_SENDER, "smpp:0xc2")),
        ("", "Acme", "41791234567", {}, Failure(Reason.NO_CONTENT)),
        ("x" * 40_000, "Acme", "41791234567", {}, Failure(Reason.TOO_LONG)),
        ("x", "Acme", "41791234567", {"transliteration": "X"}, Failure(Reason.INVALID_CONTENT, "transliteration:X")),
        ("x", "Acme", "41791234567", {"transliteration": [1]}, Failure(Reason.INVALID_CONTENT, "transliteration:[1]")),
    ],
)  # fmt: skip
def test_what_no_pdu_can_carry(text: str, sender: str, to: str, options: dict[str, Any], failure: Failure) -> None:
    step = Step(channel="SMS", sender=sender)
    said = message(text, step=step, **options)
    given = Attempt(1, 1, step, to, said.content["SMS"], said, NOW + HOUR)
    assert runs([given]) == ([], [failure])
    assert Texts(settings(), "SMS").parts(said) == 1


def test_no_content_for_the_channel_is_one_part() -> None:
    assert Texts(settings(), "VIBER").parts(message()) == 1


# -- Long --------------------------------------------------------------------------------------------------------


def test_long_by_header() -> None:
    first, second = submits(attempts(1, LONG, until=NOW + HOUR))
    assert (first.esm_class, second.esm_class) == (0x40, 0x40)
    assert first.short_message[:3] == b"\x05\x00\x03"
    assert (first.short_message[4:6], second.short_message[4:6]) == (b"\2\1", b"\2\2")
    assert (first.short_message[6:] + second.short_message[6:]).decode() == LONG


def test_long_by_wide_header() -> None:
    first, second = submits(attempts(1, LONG, until=NOW + HOUR), long_messages="udh16")
    assert (first.short_message[:3], second.short_message[5:7]) == (b"\x06\x08\x04", b"\2\2")


def test_long_by_sar() -> None:
    first, second = submits(attempts(1, LONG, until=NOW + HOUR), long_messages="sar")
    assert (first.short_message + second.short_message).decode() == LONG
    assert [s.tlvs[c.TAG_SAR_TOTAL] + s.tlvs[c.TAG_SAR_SEQUENCE] for s in (first, second)] == [b"\2\1", b"\2\2"]
    assert first.tlvs[c.TAG_SAR_REFERENCE] == second.tlvs[c.TAG_SAR_REFERENCE]


def test_long_by_payload() -> None:
    (whole,) = submits(attempts(1, LONG, until=NOW + HOUR), long_messages="payload")
    assert (whole.short_message, whole.tlvs) == (b"", {c.TAG_PAYLOAD: LONG.encode()})


def test_two_texts_have_two_references() -> None:
    texts = Texts(settings(), "SMS")
    made, _ = texts.runs(attempts(1, of=message(LONG, 1)) + attempts(1, of=message(LONG, 2)), NOW)
    firsts = [read_submit(split(run.templates[0].encode(1, b"1"))[0][0][3]).short_message for run in made]
    assert firsts[0][3] != firsts[1][3]


# -- Validity ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left_s", "bucket"),
    [(-5, 1), (0, 1), (1, 1), (59.9, 59), (60, 60), (69, 60), (3599, 3590), (3600, 3600), (3659, 3600),
     (172_800, 172_800), (172_799, 172_740), (1e12, 99 * 360 * 86_400)],
)  # fmt: skip
def test_validity_is_rounded_down(left_s: float, bucket: int) -> None:
    assert _bucket(int(left_s * 1_000_000)) == bucket


def test_validity_can_be_left_to_the_carrier() -> None:
    assert one(validity=False).validity == b""


# -- Once for many -----------------------------------------------------------------------------------------------


def test_a_bulk_is_one_run() -> None:
    said = message()
    given = attempts(50, of=said, until=NOW + HOUR)
    made, failed = runs(given)
    assert [(len(run.attempts), run.parts) for run in made] == [(50, 50)]
    assert failed == []
    head, tail = made[0].cut(20)
    assert (head.attempts, tail.attempts) == (given[:20], given[20:])
    assert (len(head.destinations), len(tail.destinations)) == (20, 30)


def test_templates_are_shared_within_a_bucket() -> None:
    texts = Texts(settings(), "SMS")
    said = message()
    (one,), _ = texts.runs(attempts(1, of=said, until=NOW + 2 * HOUR + 1_000_000), NOW)
    (two,), _ = texts.runs(attempts(1, of=said, until=NOW + 2 * HOUR + 2_000_000), NOW)
    (three,), _ = texts.runs(attempts(1, of=said, until=NOW + HOUR), NOW)
    assert one.templates is two.templates
    assert one.templates is not three.templates


def test_content_of_its_own_is_not_mistaken_for_the_messages() -> None:
    texts = Texts(settings(), "SMS")
    one, two = message("one", 7), message("two", 7)
    given = attempts(1, of=one, until=NOW + HOUR) + attempts(1, of=two, until=NOW + HOUR)
    made, _ = texts.runs(given, NOW)
    bodies = [split(run.templates[0].encode(1, b"1"))[0][0][3] for run in made]
    assert [read_submit(body).short_message for body in bodies] == [b"one", b"two"]
    assert [texts.parts(one), texts.parts(two)] == [1, 1]


def test_odd_numbers_in_a_bulk_fail_alone() -> None:
    said = message()
    good = attempts(2, of=said, until=NOW + HOUR)
    bad = Attempt(9, 1, good[0].step, "", said.content["SMS"], said, NOW + HOUR)
    made, failed = runs([good[0], bad, good[1]])
    assert [a.delivery for run in made for a in run.attempts] == [1, 2]
    assert failed == [Failure(Reason.INVALID_ADDRESS)]


def test_recent_forgets_the_oldest() -> None:
    recent: Recent[int, str] = Recent(2)
    for key, value in ((1, "a"), (2, "b"), (2, "c"), (3, "d")):
        recent.put(key, value)
    assert [recent.get(key) for key in (1, 2, 3)] == [None, "c", "d"]
