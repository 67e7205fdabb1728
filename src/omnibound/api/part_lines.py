"""The operations on what campaigns share, as lines of the table in `routes`: five a kind."""

from omnibound.api.base import ACCOUNT, Line
from omnibound.api.parts import SHAPES, PartOperations, PartsWish, Shape
from omnibound.wire.openapi import Operation


def _lines(shape: Shape) -> tuple[Line, ...]:
    does = PartOperations(shape)
    path, words = f"/api/v1/{shape.path}", shape.path.replace("-", " ")
    one = f"{path}/{{part}}"
    stem = shape.wish.__name__.removesuffix("In")
    return (
        Line(
            Operation(
                "POST", path, f"add{stem}", "campaigns", f"Make one of the {words}", ACCOUNT, 201, body=shape.wish,
                answer=shape.told,
            ),
            does.add,
        ),
        Line(
            Operation(
                "GET", path, f"list{stem}s", "campaigns", f"The {words}, in the order of their ids", ACCOUNT,
                query=PartsWish, answer=shape.page,
            ),
            does.page,
        ),
        Line(
            Operation("GET", one, f"read{stem}", "campaigns", f"One of the {words}", ACCOUNT, answer=shape.told),
            does.one,
        ),
        Line(
            Operation(
                "PATCH", one, f"change{stem}", "campaigns",
                f"Change one of the {words}; campaigns that name it follow", ACCOUNT, body=shape.change,
                answer=shape.told,
            ),
            does.change,
        ),
        Line(
            Operation(
                "DELETE", one, f"drop{stem}", "campaigns", f"Take one of the {words} away; 403 while it is used",
                ACCOUNT, 204,
            ),
            does.remove,
        ),
    )  # fmt: skip


LINES: tuple[Line, ...] = tuple(line for shape in SHAPES for line in _lines(shape))
