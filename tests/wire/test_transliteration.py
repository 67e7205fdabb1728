"""Texts made to fit the GSM alphabet, language by language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire import gsm
from omnibound.wire.transliteration import TABLES, transliterate

NAMES = {"NONE", "ALL", "NON_UNICODE", "BALTIC", "CENTRAL_EUROPEAN", "COLOMBIAN", "CYRILLIC", "GREEK", "PORTUGUESE",
         "SERBIAN_CYRILLIC", "TURKISH", "BULGARIAN_CYRILLIC"}  # fmt: skip


def test_every_name_of_the_api_is_there() -> None:
    assert set(TABLES) == NAMES


@pytest.mark.parametrize(
    ("name", "text", "fitting"),
    [
        ("CENTRAL_EUROPEAN", "Zażółć gęślą jaźń", "Zazolc gesla jazn"),
        ("CENTRAL_EUROPEAN", "Příliš žluťoučký kůň, Đurđa, őű, ß ö", "Prilis zlutoucky kun, Durda, ou, ß ö"),
        ("BALTIC", "Ąžuolas, ķēniņš, õnn", "Azuolas, kenins, onn"),
        ("TURKISH", "İstanbul'a hoş geldiniz, ığdır ÇÖÜ", "Istanbul'a hos geldiniz, igdir ÇÖÜ"),
        ("PORTUGUESE", "Não há opção; você à mesa", "Nao ha opcao; voce à mesa"),
        ("COLOMBIAN", "¿Qué más? Año útil, café", "¿Qué mas? Año util, café"),
        ("GREEK", "Καλημέρα, Ώρα ς ΐ", "KAΛHMEPA, ΩPA Σ I"),
        ("CYRILLIC", "Привет, Щука! Объём", "Privet, Shchuka! Obieem"),
        ("CYRILLIC", "Київ ґанок", "Kiiv ganok"),
        ("SERBIAN_CYRILLIC", "Ђорђе и Љиљана, џак, Жућа", "Djordje i Ljiljana, dzak, Zuca"),
        ("BULGARIAN_CYRILLIC", "Щъркел, Юлия, център", "Shtarkel, Yuliya, tsentar"),
        ("NON_UNICODE", "„Quoted” – it’s…\u00a0done\u200b", '"Quoted" - it\'s... done'),
        ("NON_UNICODE", "Đặng Ægir Þór ﬁne", "Dang Ægir Thór fine".replace("ó", "o")),
        ("NON_UNICODE", "e\u0301 z\u0307 q\u0307", "é z q"),
        ("NON_UNICODE", "Привет", "Привет"),
        ("ALL", "Привет – Καλημέρα – ağır 😀", "Privet - KAΛHMEPA - agir 😀"),
        ("ALL", "`code`\t1", "'code' 1"),
    ],
)
def test_a_text_is_made_to_fit(name: str, text: str, fitting: str) -> None:
    assert transliterate(text, name) == fitting


@given(st.text())
def test_none_changes_nothing(text: str) -> None:
    assert transliterate(text, None) == transliterate(text, "NONE") == transliterate(text, "") == text


@given(st.text(st.sampled_from(sorted(gsm.CHARACTERS))), st.sampled_from(sorted(NAMES)))
def test_what_fits_stays(text: str, name: str) -> None:
    assert transliterate(text, name) == text


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_table_leads_into_the_alphabet_and_takes_nothing_from_it(name: str) -> None:
    assert all(gsm.encode(plain) is not None for plain in TABLES[name].values())
    assert not {chr(code) for code in TABLES[name]} & gsm.CHARACTERS


@given(st.text(), st.sampled_from(sorted(NAMES)))
def test_twice_is_once(text: str, name: str) -> None:
    once = transliterate(text, name)
    assert transliterate(once, name) == once


@pytest.mark.parametrize("alphabet", ["абвгдежзийклмнопрстуфхцчшщъыьэюяёєіїґў", "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
                                      "áčďéěíňóřšťúůýžąćęłńóśźżāēģīķļņšūžãõçâêôığşœæøþð"])  # fmt: skip
def test_all_leaves_no_letter_of_these(alphabet: str) -> None:
    for text in (alphabet, alphabet.upper()):
        assert gsm.encode(transliterate(text, "ALL")) is not None


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(KeyError):
        transliterate("x", "KLINGON")
