"""The operations on calls, as lines of the table in `routes`."""

from omnibound.api import calls
from omnibound.api.base import ACCOUNT, Line
from omnibound.api.resource import OPERATOR
from omnibound.api.tables import CSV
from omnibound.wire.openapi import Operation

LINES: tuple[Line, ...] = (
    Line(
        Operation(
            "GET", "/api/v1/calls", "listCalls", "voice", "Calls that are over, by their ends",
            (*ACCOUNT, OPERATOR), query=calls.CallsWish, answer=calls.CallsOut,
        ),
        calls.page,
    ),
    Line(
        Operation(
            "GET", "/api/v1/calls.csv", "exportCalls", "voice", "The same, all of them, as CSV",
            (*ACCOUNT, OPERATOR), query=calls.CallFilter, download=CSV,
        ),
        calls.table,
    ),
    Line(
        Operation(
            "GET", "/api/v1/calls/{call}/ladder", "readLadder", "operators",
            "The SIP messages of a call, under way or over, secrets blanked", (OPERATOR,),
            answer=calls.LadderOut, refusals=(503,),
        ),
        calls.ladder,
    ),
    Line(
        Operation(
            "GET", "/api/v1/calls/{call}/ladder.txt", "printLadder", "operators", "The same for people",
            (OPERATOR,), download=calls.TEXT, refusals=(503,),
        ),
        calls.ladder_text,
    ),
    Line(
        Operation(
            "GET", "/api/v1/calls/{call}", "readCall", "voice", "One call that is over",
            (*ACCOUNT, OPERATOR), answer=calls.CallOut,
        ),
        calls.one,
    ),
)  # fmt: skip
