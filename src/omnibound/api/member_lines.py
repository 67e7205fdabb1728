"""The operations on people of campaigns, as lines of the table in `routes`."""

from omnibound.api import calls, members
from omnibound.api import member_shapes as shapes
from omnibound.api.base import ACCOUNT, Line
from omnibound.wire.openapi import Operation

_MEMBERS = "/api/v1/campaigns/{campaign}/members"
_MEMBER = f"{_MEMBERS}/{{member}}"
LINES: tuple[Line, ...] = (
    Line(
        Operation(
            "POST", _MEMBERS, "addMembers", "campaigns", "Add people to a campaign", ACCOUNT, 201,
            body=shapes.MembersIn, answer=shapes.MembersAddedOut, refusals=(429, 503),
        ),
        members.add,
    ),
    Line(
        Operation(
            "GET", _MEMBERS, "findMembers", "campaigns", "People of a campaign: those that fit, or have changed",
            ACCOUNT, query=shapes.MembersWish, answer=shapes.MembersOut,
        ),
        members.page,
    ),
    Line(
        Operation(
            "GET", f"{_MEMBER}/calls", "readMemberCalls", "campaigns", "Their calls", ACCOUNT, answer=calls.CallsOut
        ),
        members.calls,
    ),
    Line(
        Operation(
            "GET", f"{_MEMBER}/answers", "readAnswers", "campaigns", "What they answered to the script's questions",
            ACCOUNT, answer=shapes.AnswersIO,
        ),
        members.answers,
    ),
    Line(
        Operation(
            "PUT", f"{_MEMBER}/answers", "writeAnswers", "campaigns", "Write down what they answered", ACCOUNT,
            body=shapes.AnswersIO, answer=shapes.AnswersIO, refusals=(409,),
        ),
        members.answer,
    ),
    Line(
        Operation(
            "GET", _MEMBER, "readMember", "campaigns", "Somebody of a campaign", ACCOUNT, answer=shapes.MemberOut
        ),
        members.one,
    ),
    Line(
        Operation(
            "PATCH", _MEMBER, "changeMember", "campaigns", "Change what is known of somebody", ACCOUNT,
            body=shapes.MemberChange, answer=shapes.MemberOut, refusals=(409,),
        ),
        members.change,
    ),
    Line(
        Operation(
            "DELETE", _MEMBER, "deleteMember", "campaigns", "Take somebody out of a campaign; the calls stay known",
            ACCOUNT, 204,
        ),
        members.delete,
    ),
)  # fmt: skip
