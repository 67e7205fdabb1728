"""Does an answer look as the OpenAPI document says?"""

import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from omnibound.api.routes import TABLE, described
from omnibound.wire.openapi import PROBLEM_TYPE
from tests.asgi import Answer


@cache
def _validator(ref: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": ref, "components": described()["components"]})


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for line in TABLE:
        operation = line.operation
        pattern = re.sub(r"\{\w+\}", ".*" if operation.path.endswith("}") else "[^/]+", operation.path)
        if operation.method == method and re.fullmatch(pattern, path):
            return described()["paths"][operation.path][method.lower()]
    return None


def check_answer(method: str, target: str, answer: Answer) -> None:
    """Raises AssertionError or jsonschema's ValidationError if it does not."""
    if answer.status >= 400:
        assert answer.headers["content-type"] == PROBLEM_TYPE
        if answer.body:
            told = answer.json()
            _validator("#/components/schemas/Problem").validate(told)
            assert told["status"] == answer.status
        return
    operation = _operation(method, target.partition("?")[0])
    if operation is None:
        return
    response = operation["responses"][str(answer.status)]
    if "content" not in response:
        assert answer.body == b""
        return
    (kind,) = response["content"]
    if kind != "application/json":
        assert answer.headers["content-type"] == kind
        return
    schema = response["content"][kind]["schema"]
    if "$ref" in schema:
        _validator(schema["$ref"]).validate(answer.json())
