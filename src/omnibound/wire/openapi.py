"""An OpenAPI 3.1 document (spec.openapis.org/oas/v3.1) from a table of operations whose bodies are msgspec types."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

VERSION = "3.1.0"
PROBLEM_TYPE = "application/problem+json"
_REF = "#/components/schemas/{name}"
_PLACE = re.compile(r"\{(\w+)\}")


class Operation(NamedTuple):
    """One method of one path. `path` holds its parameters in braces; they are strings.

    Any one of the schemes in `security` is enough, none of them is needed if it is empty. `query` is a struct with a
    member a parameter; `refusals` are the HTTP statuses to expect beside `status` and those that follow from the rest
    of the line. `upload` are the media types of a body, `download` that of an answer, that are not the document's; such
    a body has no schema unless `body` says what is in it. `note` is what there is to say beside the summary.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    security: tuple[str, ...] = ()
    status: int = 200
    query: type | None = None
    body: type | None = None
    answer: Any = None
    refusals: tuple[int, ...] = ()
    upload: tuple[str, ...] = ()
    download: str = ""
    note: str = ""
    example: Any = None


class About(NamedTuple):
    """What holds for the whole document; `places` says what a path's parameters are.

    `media` and `error_media` are the types of bodies and of errors. `refusals` tells the errors of an operation: the
    keys of its responses.
    """

    title: str
    version: str
    description: str
    problem: type
    schemes: Mapping[str, Mapping[str, str]]
    places: Mapping[str, str]
    media: tuple[str, ...] = ("application/json",)
    error_media: tuple[str, ...] = (PROBLEM_TYPE,)
    error: str = "What is wrong (RFC 9457)."
    refusals: Callable[[Operation], Sequence[str]] = lambda operation: [*map(str, refusals_of(operation)), "default"]


def document(about: About, operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document, ready to be encoded. Operations of one path stand together, in the order of the table."""
    types = [part for each in operations for part in (each.query, each.body, each.answer) if part is not None]
    wanted = list(dict.fromkeys([about.problem, *types]))
    found, schemas = msgspec.json.schema_components(wanted, ref_template=_REF)
    shapes = dict(zip(wanted, found, strict=True))
    queries = {each.query for each in operations if each.query}
    members = {query: _resolved(shapes[query], schemas) for query in queries}
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, shapes, members, about)
    hidden = {_name_of(shapes[query]) for query in queries}
    return {
        "openapi": VERSION,
        "info": {"title": about.title, "version": about.version, "description": about.description},
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(each.tag for each in operations)],
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in sorted(schemas.items()) if name not in hidden},
            "responses": {"Problem": _problem(shapes[about.problem], about)},
            "securitySchemes": about.schemes,
        },
    }


def refusals_of(operation: Operation) -> list[int]:
    """The HTTP statuses of the errors to expect, ascending."""
    expected = set(operation.refusals)
    expected |= {400} if operation.query or operation.body else set()
    expected |= {401, 403} if operation.security else set()
    expected |= {404} if _PLACE.search(operation.path) else set()
    expected |= {413, 415} if operation.body else set()
    expected |= {400, 413} if operation.upload else set()
    return sorted(expected)


def _operation(
    operation: Operation, shapes: Mapping[Any, Any], members: Mapping[type, Any], about: About
) -> dict[str, Any]:
    parameters = [
        *(_in_path(name, about.places) for name in _PLACE.findall(operation.path)),
        *(_in_query(members[operation.query]) if operation.query else ()),
    ]
    said: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "security": [{scheme: []} for scheme in operation.security],
        "responses": _responses(operation, shapes, about),
    }
    if operation.note:
        said["description"] = operation.note
    if parameters:
        said["parameters"] = parameters
    if operation.body or operation.upload:
        said["requestBody"] = {"required": True, "content": _body(operation, shapes, about)}
    return said


def _body(operation: Operation, shapes: Mapping[Any, Any], about: About) -> dict[str, Any]:
    if not operation.body:
        return {kind: {} for kind in operation.upload}
    content = _content(operation.upload or about.media, shapes[operation.body])
    if operation.example is not None:
        next(iter(content.values()))["example"] = operation.example
    return content


def _responses(operation: Operation, shapes: Mapping[Any, Any], about: About) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.answer is not None:
        answer["content"] = _content(about.media, shapes[operation.answer])
    if operation.download:
        answer["content"] = {operation.download: {}}
    refused = {key: {"$ref": "#/components/responses/Problem"} for key in about.refusals(operation)}
    return {str(operation.status): answer, **refused}


def _in_path(name: str, places: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "description": places[name], "schema": {"type": "string"}}


def _in_query(schema: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    required = schema.get("required", ())
    for name, shape in schema["properties"].items():
        words = {"description": shape["description"]} if "description" in shape else {}
        plain = {key: value for key, value in shape.items() if key != "description"}
        yield {"name": name, "in": "query", "required": name in required, **words, "schema": plain}


def _name_of(shape: Mapping[str, Any]) -> str:
    return str(shape.get("$ref", "")).rpartition("/")[2]


def _resolved(shape: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    return schemas[_name_of(shape)]


def _content(media: Iterable[str], schema: Any) -> dict[str, Any]:
    return {kind: {"schema": schema} for kind in media}


def _problem(schema: Any, about: About) -> dict[str, Any]:
    headers = {"Retry-After": {"description": "Seconds to wait, with 429 and 503.", "schema": {"type": "integer"}}}
    return {
        "description": about.error,
        "headers": headers,
        "content": _content(about.error_media, schema),
    }
