"""An OpenAPI document out of a table."""

from typing import Annotated, Any

import pytest
from msgspec import Meta, Struct
from openapi_spec_validator import validate

from omnibound.wire.openapi import VERSION, About, Operation, document, refusals_of


class Trouble(Struct, kw_only=True):
    """What is wrong."""

    detail: str


class Wish(Struct, kw_only=True, forbid_unknown_fields=True):
    """Which ones."""

    colour: Annotated[str, Meta(description="As a word.")]
    limit: Annotated[int, Meta(ge=1)] = 10


class Bird(Struct, kw_only=True):
    """A bird."""

    name: str
    nest: "Nest | None" = None


class Nest(Struct, kw_only=True):
    """Where birds live."""

    birds: list[Bird]


ABOUT = About("Birds", "7", "Of birds.", Trouble, {"key": {"type": "http", "scheme": "basic"}}, {"name": "The bird's."})
FIND = Operation("GET", "/birds", "find", "birds", "Find birds", ("key",), query=Wish, answer=Nest)
KEEP = Operation("PUT", "/birds/{name}", "keep", "birds", "Keep a bird", (), 204, body=Bird, refusals=(429,))
FREE = Operation("DELETE", "/birds/{name}", "free", "birds", "Let it fly", ("key",), 204)


def test_document() -> None:
    told = document(ABOUT, [FIND, KEEP, FREE])
    validate(told)
    problem = {"$ref": "#/components/responses/Problem"}
    assert told["openapi"] == VERSION
    assert told["info"] == {"title": "Birds", "version": "7", "description": "Of birds."}
    assert told["tags"] == [{"name": "birds"}]
    assert told["paths"]["/birds"] == {
        "get": {
            "operationId": "find",
            "tags": ["birds"],
            "summary": "Find birds",
            "security": [{"key": []}],
            "responses": {
                "200": {
                    "description": "OK",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Nest"}}},
                },
                "400": problem,
                "401": problem,
                "403": problem,
                "default": problem,
            },
            "parameters": [
                {
                    "name": "colour",
                    "in": "query",
                    "required": True,
                    "description": "As a word.",
                    "schema": {"type": "string"},
                },
                {
                    "name": "limit",
                    "in": "query",
                    "required": False,
                    "schema": {"type": "integer", "minimum": 1, "default": 10},
                },
            ],
        }
    }
    assert list(told["paths"]["/birds/{name}"]) == ["put", "delete"]
    assert told["paths"]["/birds/{name}"]["put"]["requestBody"] == {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Bird"}}},
    }
    assert told["paths"]["/birds/{name}"]["delete"]["parameters"] == [
        {"name": "name", "in": "path", "required": True, "description": "The bird's.", "schema": {"type": "string"}}
    ]


def test_what_only_a_query_is_made_of_is_no_schema() -> None:
    assert list(document(ABOUT, [FIND, KEEP])["components"]["schemas"]) == ["Bird", "Nest", "Trouble"]


def test_answers_of_any_kind() -> None:
    load = Operation("GET", "/load", "load", "x", "Load", answer=dict[str, Any])
    told = document(ABOUT, [load])
    validate(told)
    content = told["paths"]["/load"]["get"]["responses"]["200"]["content"]
    assert content == {"application/json": {"schema": {"type": "object"}}}


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        (FIND, [400, 401, 403]),
        (KEEP, [400, 404, 413, 415, 429]),
        (FREE, [401, 403, 404]),
        (Operation("GET", "/x", "x", "x", "X"), []),
    ],
)
def test_refusals(operation: Operation, statuses: list[int]) -> None:
    assert refusals_of(operation) == statuses
