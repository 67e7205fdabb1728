"""Templates: what is filled in, what is escaped, and that nothing but values is reached."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnibound.wire.templates import LONGEST, BadTemplate, Form, check_template, fill

VALUES: dict[str, Any] = {
    "voice_sms": {
        "id": "77",
        "custom": {
            "name": 'A & <b> "c"',
            "items": "not a method",
            "count": 5,
            "paid": True,
            "gone": None,
            "list": ["x", "y"],
            "with space": "z",
            "big": "x" * (LONGEST // 2),
        },
    }
}

FILLED = [
    ("no braces", "no braces"),
    ("Dear {{ voice_sms.custom.name }}!", 'Dear A & <b> "c"!'),
    ("{{ voice_sms.custom.items }}", "not a method"),
    ("{{ voice_sms['custom']['with space'] }}{{ voice_sms.custom.list[1] }}{{ voice_sms.custom.list[-2] }}", "zyx"),
    ("{{ voice_sms.custom.paid }} {{ voice_sms.custom.gone }} {{ voice_sms.custom.count }}", "true  5"),
    ("{{ voice_sms.custom.nick|default('friend')|upper }}", "FRIEND"),
    ("{{ nobody.has.this|default('-') }}", "-"),
    ("{% if voice_sms.custom.count > 3 and not voice_sms.custom.gone %}many{% else %}few{% endif %}", "many"),
    ("{% if voice_sms.custom.nick is defined %}a{% elif voice_sms.id in ['77'] %}b{% endif %}", "b"),
    ("{{ 'even' if voice_sms.custom.count == 4 else 'odd' }}", "odd"),
    ("{# a remark #}{% raw %}{{ x }}{% endraw %}\n", "{{ x }}\n"),
    ("a { b } c", "a { b } c"),
    ("<{{ voice_sms.custom.nme }}>", "<>"),
    ("<{{ contact }}{{ contact.name.first['a'][0] }}>", "<>"),
    ("<{{ voice_sms.custom.name.first }}{{ voice_sms.custom.list[2] }}{{ voice_sms.custom.gone.deep }}>", "<>"),
    ("<{{ voice_sms.custom.nick|upper }}{{ voice_sms.custom.nick|trim|capitalize|title|lower }}>", "<>"),
    ("{{ 'a' if voice_sms.custom.nick else 'b' }}{{ 'c' if voice_sms.custom.nick == 'x' else 'd' }}", "bd"),
    ("<{{ ''.__class__ }}{{ voice_sms.__init__.__globals__ }}{{ range }}>", "<>"),
]


@pytest.mark.parametrize(("text", "filled"), FILLED)
def test_values_are_filled_in(text: str, filled: str) -> None:
    check_template(text)
    assert fill(text, VALUES) == filled


def test_values_are_escaped_in_xml_and_the_template_is_not() -> None:
    text = '<sub alias="{{ voice_sms.custom.name }}">{{ voice_sms.custom.name }}</sub>'
    safe = "A &amp; &lt;b&gt; &#34;c&#34;"
    assert fill(text, VALUES, Form.XML) == f'<sub alias="{safe}">{safe}</sub>'


@pytest.mark.parametrize(
    ("form", "written"),
    [
        (Form.TEXT, 'A & <b> "c"|5|true||~'),
        (Form.JSON, 'A & <b> \\"c\\"|5|true||["x", "y"]'),
        (Form.URL, "A%20%26%20%3Cb%3E%20%22c%22|5|true||~"),
        (Form.LINE, 'A & <b> "c"|5|true||~'),
    ],
)
def test_values_are_written_as_their_place_wants_it(form: Form, written: str) -> None:
    names = ("name", "count", "paid", "gone")
    text = "|".join([f"{{{{ voice_sms.custom.{name} }}}}" for name in names])
    last = "{{ voice_sms.custom.list }}" if form is Form.JSON else "~"
    assert fill(f"{text}|{last}", VALUES, form) == written


@pytest.mark.parametrize(
    ("form", "written"),
    [(Form.JSON, "a\\r\\nb\\\\"), (Form.URL, "a%0D%0Ab%5C"), (Form.LINE, "a b\\"), (Form.XML, "a\r\nb\\")],
)
def test_no_value_begins_a_line_where_that_means_something(form: Form, written: str) -> None:
    assert fill("{{ x }}", {"x": "a\r\nb\\"}, form) == written


REFUSED = [
    ("{{ voice_sms.custom.nme > 3 }}", "there is no value for 'nme'"),
    ("{{ -contact.name }}", "there is no value for 'contact'"),
    ("{{ self }}", "line 1: there is no value for 'self'"),
    ("a\n{{", "line 2: unexpected 'end of template'"),
    ("{{ 1 + }}", "line 1: unexpected 'end of print statement'"),
    ("{{ voice_sms.id|center(99) }}", "line 1: No filter named 'center'."),
    ("{{ voice_sms.custom.name > 3 }}", "the template cannot be filled: '>' not supported between instances of"),
    (
        "{{ voice_sms.custom.big }}{{ voice_sms.custom.big }}!",
        f"the filled template is longer than {LONGEST} characters",
    ),
    ("{{ x }}" + "a" * LONGEST, f"the template is longer than {LONGEST} characters"),
    ("{{" + "(" * 5000 + "1" + ")" * 5000 + "}}", "the template is nested too deeply"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=[text[:30] for text, _ in REFUSED])
def test_what_cannot_be_filled_is_told(text: str, words: str) -> None:
    with pytest.raises(BadTemplate) as raised:
        fill(text, VALUES)
    assert str(raised.value).startswith(words)


@pytest.mark.parametrize(
    "text",
    [
        "{% for x in voice_sms.custom.list %}{{ x }}{% endfor %}",
        "{% set x = 1 %}",
        "{% macro f() %}{% endmacro %}",
        "{% include 'x' %}",
        "{% block x %}{% endblock %}",
        "{% filter upper %}x{% endfilter %}",
        "{{ range(9) }}",
        "{{ voice_sms.custom.name.upper() }}",
        "{{ 'a' * 9 }}",
        "{{ 'a' ~ 'b' }}",
        "{{ 1 + 1 }}",
        "{{ 9 ** 9 }}",
        "{{ '%s' % 3 }}",
        "{{ [1, 2, 3][0:2] }}",
        "{{ voice_sms.id|default(**{}) }}",
    ],
)
def test_nothing_else_is_written(text: str) -> None:
    for use in (check_template, lambda text: fill(text, VALUES)):
        with pytest.raises(BadTemplate, match="line 1: a template holds values, filters and conditions, nothing else"):
            use(text)


WORDS = "{{ }} {% %} if endif voice_sms .custom .name |default | ( ) 'a' [0] x 1 in #} -"
PARTS = st.sampled_from(WORDS.split())


@given(st.one_of(st.text(max_size=50), st.lists(PARTS, max_size=12).map(" ".join)))
def test_whatever_comes_is_filled_or_refused(text: str) -> None:
    try:
        assert isinstance(fill(text, VALUES, Form.XML), str)
    except BadTemplate:
        return
