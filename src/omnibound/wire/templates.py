"""Texts with `{{ voice_sms.custom.name }}` in them: Jinja's expressions, and of the rest only what cannot run long.

The values are data and nothing else: no attribute, method or function is reached, no loop is written. The sizes of a
text and of what it becomes are bounded, so a client's template costs no more than its length.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, UndefinedError, nodes
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


class BadTemplate(ValueError):
    """A template that cannot be filled, in words for whoever wrote it."""


def fill(text: str, values: Mapping[str, Any], *, xml: bool = False) -> str:
    """The text with its values; in `xml` they are escaped. Raises BadTemplate, naming a value that there is not."""
    if "{" not in text:
        return text
    made = _compiled(text, xml)
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
        _compiled(text, False)


def _bounded(made: Template, values: Mapping[str, Any]) -> str:
    parts: list[str] = []
    left = LONGEST
    for part in made.generate(values):
        left -= len(part)
        if left < 0:
            raise BadTemplate(f"the filled template is longer than {LONGEST} characters")
        parts.append(part)
    return "".join(parts)


class _Missing(StrictUndefined):
    """Says the name that there is no value for."""

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


def _environment(*, xml: bool) -> _Values:
    made = _Values(undefined=_Missing, autoescape=xml, finalize=_shown, keep_trailing_newline=True, cache_size=0)
    for known, kept in ((made.globals, ()), (made.filters, _FILTERS), (made.tests, _TESTS)):  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        for name in set(cast("dict[str, Any]", known)) - set(kept):
            del known[name]
    return made


def _shown(value: Any) -> Any:
    """A value as JSON's readers know it, rather than as Python says it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


_ENVIRONMENTS = {xml: _environment(xml=xml) for xml in (False, True)}


@lru_cache(maxsize=256)
def _compiled(text: str, xml: bool) -> Template:
    if len(text) > LONGEST:
        raise BadTemplate(f"the template is longer than {LONGEST} characters")
    environment = _ENVIRONMENTS[xml]
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
