"""What `say-as` makes of values, in the languages that have words of their own and in some that have not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.ssml.say_as import INTERPRETERS, LONGEST_VALUE, say_as
from omnibound.wire.ssml.words import words_of

POLISH = [
    ("cardinal", "", "1234", "tysiąc dwieście trzydzieści cztery"),
    ("cardinal", "", "-12,05", "minus dwanaście przecinek zero pięć"),
    ("cardinal", "", "12.5", "dwanaście przecinek pięć"),
    ("cardinal", "", "1.234", "tysiąc dwieście trzydzieści cztery"),
    ("cardinal", "", "1 234,5", "tysiąc dwieście trzydzieści cztery przecinek pięć"),
    ("cardinal", "", "1,234.5", "tysiąc dwieście trzydzieści cztery przecinek pięć"),
    ("cardinal", "", "007", "siedem"),
    ("ordinal", "", "3", "trzeci"),
    ("ordinal", "", "21.", "dwudziesty pierwszy"),
    ("digits", "", "40-71", "cztery, zero, siedem, jeden"),
    ("telephone", "", "+48 600 100 200", "plus cztery osiem, sześć zero zero, jeden zero zero, dwa zero zero"),
    ("telephone", "", "48600100200", "cztery osiem, sześć zero zero, jeden zero zero, dwa zero zero"),
    ("telephone", "", "112", "jeden jeden dwa"),
    ("characters", "", "SSML", "es, es, em, el"),
    ("characters", "", "Ż-1@", "żet, myślnik, jeden, małpa"),
    ("date", "", "2026-01-02", "drugiego stycznia dwa tysiące dwudziestego szóstego roku"),
    ("date", "", "13.03.1999", "trzynastego marca tysiąc dziewięćset dziewięćdziesiątego dziewiątego roku"),
    ("date", "", "3.5", "trzeciego maja"),
    ("date", "mdy", "11/23/2000", "dwudziestego trzeciego listopada dwutysięcznego roku"),
    ("date", "my", "02/2026", "luty dwa tysiące dwudziestego szóstego roku"),
    ("date", "y", "2026", "dwa tysiące dwudziestego szóstego roku"),
    ("date", "m", "12", "grudzień"),
    ("date", "ymd", "20260102", "drugiego stycznia dwa tysiące dwudziestego szóstego roku"),
    ("time", "", "14:30", "czternasta trzydzieści"),
    ("time", "", "2:05", "druga zero pięć"),
    ("time", "", "22:00", "dwudziesta druga"),
    ("time", "", "0:15", "zero piętnaście"),
    ("time", "", "3:20 pm", "piętnasta dwadzieścia"),
    ("time", "", "8:00:09", "ósma zero zero, dziewięć"),
    ("currency", "", "42,01 zł", "czterdzieści dwa złote, jeden grosz"),
    ("currency", "", "5 EUR", "pięć euro"),
    ("currency", "", "$1.00", "jeden dolar amerykański"),
    ("currency", "", "-3.50€", "minus trzy euro, pięćdziesiąt centów"),
    ("currency", "", "7 GBP", "siedem gie, be, pe"),
    ("spell-out", "", "ab", "a, be"),
    ("vxml:digits", "", "12", "jeden, dwa"),
]
ENGLISH = [
    ("cardinal", "", "1,234", "one thousand, two hundred and thirty-four"),
    ("cardinal", "", "-12.05", "minus twelve point zero five"),
    ("ordinal", "", "3rd", "third"),
    ("digits", "", "4071", "four, zero, seven, one"),
    ("telephone", "", "+1 (415) 555-0100", "plus one, four one five, five five five, zero one zero zero"),
    ("characters", "", "a.Z", "ay, dot, zee"),
    ("date", "", "2026-01-02", "January second, twenty twenty-six"),
    ("date", "", "1/2/1999", "January second, nineteen ninety-nine"),
    ("date", "dmy", "1/2/99", "February first, nineteen ninety-nine"),
    ("date", "ym", "2026-05", "May twenty twenty-six"),
    ("time", "", "14:30", "fourteen thirty"),
    ("time", "hms12", "14:30", "two thirty p m"),
    ("time", "", "2:05am", "two oh five a m"),
    ("time", "", "12:00 AM", "twelve o'clock a m"),
    ("time", "", "9:00", "nine o'clock"),
    ("currency", "", "$42.01", "forty-two dollars, one cent"),
    ("currency", "", "USD 5", "five dollars"),
    ("currency", "", "1,250.00 GBP", "one thousand, two hundred and fifty pounds sterling"),
    ("currency", "", "3.995 EUR", "three point nine nine five ee, you, ar"),
]
GERMAN = [
    ("cardinal", "", "1.234,5", "eintausendzweihundertvierunddreißig Komma fünf"),
    ("ordinal", "", "3.", "dritte"),
    ("digits", "", "10", "eins, null"),
    ("telephone", "", "030/12345", "null drei null, eins zwei drei vier fünf"),
    ("characters", "", "Öß_", "ö, eszett, Unterstrich"),
    ("date", "", "02.01.2026", "zweiter Januar zweitausendsechsundzwanzig"),
    ("time", "", "13:05", "dreizehn Uhr fünf"),
    ("time", "", "1:00", "ein Uhr"),
    ("currency", "", "1,50 €", "ein Euro und fünfzig Cent"),
    ("currency", "", "3 PLN", "drei pe, ell, enn"),
]
OTHERS = {
    "en-GB": [
        ("date", "", "1/2/1999", "February first, nineteen ninety-nine"),
        ("characters", "", "z", "zed"),
    ],
    "fr": [
        ("date", "", "1.3.2026", "premier mars deux mille vingt-six"),
        ("time", "", "21:05", "vingt et une heures cinq"),
        ("characters", "", "éW", "e accent aigu, double vé"),
    ],
    "es-MX": [
        ("date", "", "2026-01-02", "dos de enero de dos mil veintiséis"),
        ("time", "", "1:00", "una en punto"),
        ("currency", "", "2 EUR", "dos euros"),
    ],
    "it": [("date", "", "2.1", "due gennaio"), ("time", "", "14:30", "quattordici e trenta")],
    "uk": [
        ("date", "", "03.05.2026", "третього травня дві тисячі двадцять шостого року"),
        ("time", "", "03:05", "третя нуль п'ять"),
        ("currency", "", "42,01 UAH", "сорок дві гривні, одна копійка"),
    ],
    "cs": [
        ("cardinal", "", "21", "dvacet jedna"),
        ("cardinal", "", "-1,5", "-1,5"),
        ("ordinal", "", "3", "tři"),
        ("date", "", "2.1.2026", "dva, jedna, dva tisíce dvacet šest"),
        ("currency", "", "42 USD", "42 USD"),
    ],
    "xx": [
        ("cardinal", "", "21", "21"),
        ("digits", "", "407", "4, 0, 7"),
        ("characters", "", "Ab1", "A, b, 1"),
        ("time", "", "14:30", "14 30"),
    ],
}
TABLES = {"pl": POLISH, "en": ENGLISH, "de": GERMAN, **OTHERS}
CASES = [(language, *row) for language, rows in TABLES.items() for row in rows]


@pytest.mark.parametrize(("language", "kind", "form", "value", "words"), CASES)
def test_values_in_words(language: str, kind: str, form: str, value: str, words: str) -> None:
    assert say_as(f" {value}\n", kind, language, form) == words


@pytest.mark.parametrize(
    ("kind", "form", "value", "words"),
    [
        ("date", "", "jutro", "'jutro' cannot be said as date: no date in digits"),
        ("date", "", "30.2.2026", "'30.2.2026' cannot be said as date: day is out of range for month"),
        ("date", "dmy", "2.2026", "'2.2026' cannot be said as date: no date written as dmy"),
        (
            "date",
            "dd",
            "2",
            "'2' cannot be said as date: a format is one of mdy, dmy, ymd, ydm, md, dm, ym, my, y, m, d",
        ),
        ("time", "", "25:00", "'25:00' cannot be said as time: no time of day"),
        ("time", "", "13 pm", "'13 pm' cannot be said as time: no time of day"),
        ("time", "", "9", "'9' cannot be said as time: no time of day"),
        ("cardinal", "", "dwa", "'dwa' cannot be said as cardinal: no number"),
        ("cardinal", "", "1.2.3", "'1.2.3' cannot be said as cardinal: no number"),
        ("cardinal", "", "12,34,5", "'12,34,5' cannot be said as cardinal: no number"),
        ("ordinal", "", "-3", "'-3' cannot be said as ordinal: no number"),
        ("digits", "", "4O71", "'4O71' cannot be said as digits: no digits"),
        ("telephone", "", "call", "'call' cannot be said as telephone: no telephone number"),
        ("currency", "", "42", "'42' cannot be said as currency: no amount of money"),
        ("currency", "", "$42 USD", "'$42 USD' cannot be said as currency: no amount of money"),
        ("shout", "", "x", f"interpret-as is one of {', '.join(INTERPRETERS)}"),
        ("", "", "x", f"interpret-as is one of {', '.join(INTERPRETERS)}"),
        ("digits", "", "1" * (LONGEST_VALUE + 1), f"a value of say-as has at most {LONGEST_VALUE} characters"),
    ],
)
def test_what_cannot_be_said_is_told(kind: str, form: str, value: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        say_as(value, kind, "pl", form)


@pytest.mark.parametrize("kind", INTERPRETERS)
def test_nothing_is_nothing(kind: str) -> None:
    assert say_as("  ", kind, "pl") == ""


def test_a_number_that_is_too_long_is_said_digit_by_digit() -> None:
    assert say_as("1" * 16, "cardinal", "de") == ", ".join(["eins"] * 16)


def test_months_have_their_names_in_each_language() -> None:
    for language in ("pl", "en", "de", "fr", "es", "it", "uk"):
        words = words_of(language)
        assert [len(set(words.months)), len(set(words.bare_months or words.months))] == [12, 12]


VALUES = st.one_of(st.text(max_size=30), st.from_regex(r"[-+$€0-9 .,:/]{1,20}( ?(PLN|pm|zł))?", fullmatch=True))


@given(
    value=VALUES,
    kind=st.sampled_from(sorted(INTERPRETERS)),
    language=st.sampled_from(
        ["pl", "en", "en-GB", "de", "fr", "es", "it", "uk", "cs", "ja", "tr", "sv", "zz", "pt-BR"]
    ),
    form=st.sampled_from(["", "dmy", "hms12", "y", "?"]),
)
def test_whatever_comes_is_said_or_refused(value: str, kind: str, language: str, form: str) -> None:
    try:
        said = say_as(value, kind, language, form)
    except ValueError:
        return
    assert isinstance(said, str)
    assert bool(said) == bool(value.strip())
