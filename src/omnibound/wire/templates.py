"""Texts with `{{ voice_sms.custom.name }}` in them: Jinja's expressions, and of the rest only what cannot run long.

The values are data and nothing else: no attribute, method or function is reached, no loop is written. A value that is
not there is the empty string, and so is whatever is asked of it. The sizes of a text and of what it becomes are
bounded, so a client's template costs no more than its length.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote

from jinja2 import Template, TemplateError, TemplateSyntaxError, Undefined, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

LONGEST = 20_000
"""Characters of a template, and of what it becomes."""

_FILTERS = ("capitalize", "default", "int", "lower", "title", "trim", "upper")
_TESTS = ("defined", "undefined")
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List, nodes.Getattr, nodes.Getitem,
    nodes.Filter, nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.Test, nodes.And, nodes.Or, nodes.Not,
    nodes.Neg,
)  # fmt: skip

_ITSELF = "self"
"""The one name that Jinja gives a meaning of its own."""


_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


class BadTemplate(ValueError):
    """A template that cannot be filled, in words for whoever wrote it."""


class Form(Enum):
    """What a template is a piece of: it says how values are written, so that none of them is more than a value."""

    TEXT = "text"
    XML = "xml"
    JSON = "json"
    """Inside quotes. Numbers and truth values may stand without; lists and maps have to."""
    URL = "url"
    """A piece of a path, of a query or of a form."""
    LINE = "line"
    """One line: a header."""


def fill(text: str, values: Mapping[str, Any], form: Form = Form.TEXT) -> str:
    """The text with its values. Raises BadTemplate for what cannot be filled."""
    if "{" not in text:
        return text
    made = _compiled(text, form)
    try:
        return _bounded(made, values)
    except BadTemplate:
        raise
    except UndefinedError as error:
        raise BadTemplate(f"there is no value for {error.message}") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise BadTemplate(f"the template cannot be filled: {error}") from error


def check_template(text: str) -> None:
    """Raises BadTemplate for what could never be filled."""
    if "{" in text:
        _compiled(text, Form.TEXT)


def _bounded(made: Template, values: Mapping[str, Any]) -> str:
    parts: list[str] = []
    left = LONGEST
    for part in made.generate(values):
        left -= len(part)
        if left < 0:
            raise BadTemplate(f"the filled template is longer than {LONGEST} characters")
        parts.append(part)
    return "".join(parts)


class _Missing(Undefined):
    """Empty; says its name where a value is needed, as in `>`."""

    @property
    def _undefined_message(self) -> str:
        return repr(str(self._undefined_name))


class _Values(ImmutableSandboxedEnvironment):
    """Members of maps and items of lists are all that can be reached, whatever a member is called."""

    def getitem(self, obj: Any, argument: Any) -> Any:
        """See Jinja."""
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, Mapping) and argument in obj:
            return cast("Mapping[Any, Any]", obj)[argument]
        if isinstance(obj, Sequence) and not isinstance(obj, str) and isinstance(argument, int):
            items = cast("Sequence[Any]", obj)
            if -len(items) <= argument < len(items):
                return items[argument]
        return self.undefined(obj=obj, name=str(argument))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """See Jinja."""
        return self.getitem(obj, attribute)


def _environment(form: Form) -> _Values:
    made = _Values(
        undefined=_Missing, autoescape=form is Form.XML, finalize=_WRITTEN.get(form, _shown),
        keep_trailing_newline=True, cache_size=0,
    )  # fmt: skip
    for known, kept in ((made.globals, ()), (made.filters, _FILTERS), (made.tests, _TESTS)):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        for name in set(cast("dict[str, Any]", known)) - set(kept):
            del known[name]
    return made


def _shown(value: Any) -> Any:
    """A value as JSON's readers know it, rather than as Python says it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _in_json(value: Any) -> str:
    if isinstance(value, str):
        return json.dumps(value)[1:-1]
    return json.dumps(value) if isinstance(value, list | dict) else str(_shown(value))


def _in_url(value: Any) -> str:
    return quote(str(_shown(value)), safe="")


def _in_line(value: Any) -> str:
    return _CONTROLS.sub(" ", str(_shown(value)))


_WRITTEN: dict[Form, Callable[[Any], Any]] = {Form.JSON: _in_json, Form.URL: _in_url, Form.LINE: _in_line}
_ENVIRONMENTS = {form: _environment(form) for form in Form}


@lru_cache(maxsize=256)
def _compiled(text: str, form: Form) -> Template:
    if len(text) > LONGEST:
        raise BadTemplate(f"the template is longer than {LONGEST} characters")
    environment = _ENVIRONMENTS[form]
    try:
        tree = environment.parse(text)
        for node in tree.find_all(nodes.Node):
            if not isinstance(node, _ALLOWED):
                raise BadTemplate(f"line {node.lineno}: a template holds values, filters and conditions, nothing else")
            if isinstance(node, nodes.Name) and node.name == _ITSELF:
                raise BadTemplate(f"line {node.lineno}: there is no value for {_ITSELF!r}")
        return environment.from_string(tree)
    except TemplateSyntaxError as error:
        raise BadTemplate(f"line {error.lineno}: {error.message}") from error
    except RecursionError as error:
        raise BadTemplate("the template is nested too deeply") from error
