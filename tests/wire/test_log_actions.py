"""Every line that the code logs has its row in the table, and every row its line."""

import ast
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from omnibound.wire.log_actions import BY_TEXT, LINES, Line
from tests.docs.pages import PACKAGE

METHODS = {"info", "warning", "error", "exception", "critical", "log"}
"""`debug` is for whoever looks for a fault, not for operators."""
OUTSIDE = {"simulators"}
_PLACEHOLDER = re.compile(r"%[sdr]")


def logged() -> Iterator[tuple[str, str]]:
    """(where, text) of all that is logged; a text that is no constant is told as its code."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if name.parts[0] not in OUTSIDE:
            code = path.read_text()
            for node in ast.walk(ast.parse(code)) if "log." in code else ():
                if text := _text(node):
                    yield f"{name}:{getattr(node, 'lineno', 0)}", text


def _text(node: ast.AST) -> str:
    """What a call of a logger says, also where it is handed to somebody who calls it."""
    if not isinstance(node, ast.Call):
        return ""
    method = _method(node.func)
    args = node.args
    if not method:
        handed = [at for at, arg in enumerate(args) if _method(arg)]
        method, args = ("handed", args[handed[0] + 1 :]) if handed else ("", args)
    if not method:
        return ""
    text = args[1] if method == "log" else args[0]
    return text.value if isinstance(text, ast.Constant) and isinstance(text.value, str) else ast.unparse(text)


def _method(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("_log", "log"):
        return node.attr if node.attr in METHODS else ""
    return ""


TEXTS = list(logged())


def test_every_line_has_its_row() -> None:
    assert [(where, text) for where, text in TEXTS if text not in BY_TEXT] == []


def test_every_row_has_its_line() -> None:
    used = {text for _, text in TEXTS}
    assert [line for line in LINES if line.text not in used] == []


def test_there_is_something_to_test() -> None:
    assert len(TEXTS) > 100


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.action)
def test_every_value_has_a_name(line: Line) -> None:
    assert len(_PLACEHOLDER.findall(line.text)) == len(line.fields)
    assert len(set(line.fields)) == len(line.fields)
    assert not {"timestamp", "level", "logger", "event", "action", "exception"} & set(line.fields)


def test_actions_are_stable_words() -> None:
    assert [line.action for line in LINES if not re.fullmatch(r"[a-z]+\.[a-z_]+", line.action)] == []
    assert [action for action, number in Counter(line.action for line in LINES).items() if number > 1] == []
    assert [text for text, number in Counter(line.text for line in LINES).items() if number > 1] == []
