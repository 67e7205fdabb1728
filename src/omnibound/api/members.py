"""People of campaigns: add, look at, change and delete them; their calls, and what they answered."""

from typing import Any

from msgspec import UNSET, structs

from omnibound.api.base import Ask, from_date, to_date, word
from omnibound.api.calls import CallsOut, write_call
from omnibound.api.campaign_shapes import ModeWord
from omnibound.api.member_shapes import (
    AddedOut,
    AnswerIO,
    AnswersIO,
    MemberChange,
    MemberIn,
    MemberOut,
    MembersAddedOut,
    MembersIn,
    MembersOut,
    MembersWish,
)
from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid
from omnibound.domain.member import SEPARATOR, UNRANKED, Member, Mode, Progress, Traits
from omnibound.domain.member_checks import check_answers, check_numbers, check_said
from omnibound.domain.outbound import STANDARD
from omnibound.domain.status import MEANINGS
from omnibound.ports.members import Search
from omnibound.services.fill_speech import public_id
from omnibound.services.keep_customers import Verdict

# --- operations -------------------------------------------------------------------------------------------------------


async def add(ask: Ask[None, MembersIn]) -> MembersAddedOut:
    """POST /api/v1/campaigns/{campaign}/members."""
    campaign = await ask.services.campaigns.one(ask.account, ask.place["campaign"])
    members = _read_all(campaign, ask.body.members)
    verdicts = await ask.services.customers.add_many(ask.account, campaign.id, members, ask.body.whole)
    if ask.body.whole:
        _check_whole(verdicts)
    return MembersAddedOut(members=[_added(verdict) for verdict in verdicts])


def _check_whole(verdicts: list[Verdict]) -> None:
    for place, verdict in enumerate(verdicts):
        if verdict.fault:
            raise Invalid(verdict.fault.text, f"members[{place}].{verdict.fault.field}")


async def page(ask: Ask[MembersWish, None]) -> MembersOut:
    """GET /api/v1/campaigns/{campaign}/members."""
    wish, id_ = ask.query, ask.place["campaign"]
    campaign = await ask.services.campaigns.one(ask.account, id_)
    if wish.changed_after is not None:
        _check_alone(wish)
        changed = await ask.services.read_customers.changed(ask.account, id_, wish.changed_after, wish.limit)
        return MembersOut(members=[write_member(campaign, each) for each in changed.members], next=changed.next)
    found = await ask.services.read_customers.page(ask.account, _search(campaign, wish))
    return MembersOut(members=[write_member(campaign, each) for each in found], next=None)


async def one(ask: Ask[None, None]) -> MemberOut:
    """GET /api/v1/campaigns/{campaign}/members/{member}."""
    return write_member(*await _of(ask))


async def change(ask: Ask[None, MemberChange]) -> MemberOut:
    """PATCH /api/v1/campaigns/{campaign}/members/{member}."""
    given = {name: value for name, value in structs.asdict(ask.body).items() if value is not UNSET}
    if not given:
        raise Invalid("nothing to change: give at least one member")
    campaign, member = await _of(ask)

    def changed(before: Member) -> Member:
        return _changed(campaign, before, given)

    return write_member(campaign, await ask.services.change_customers(ask.account, campaign.id, member.id, changed))


async def delete(ask: Ask[None, None]) -> None:
    """DELETE /api/v1/campaigns/{campaign}/members/{member}."""
    campaign, member = await _of(ask)
    await ask.services.customers.delete(ask.account, campaign, member.id)


async def calls(ask: Ask[None, None]) -> CallsOut:
    """GET /api/v1/campaigns/{campaign}/members/{member}/calls."""
    _, member = await _of(ask)
    found = await ask.services.calls.of(ask.account, member.id)
    return CallsOut(calls=[write_call(each) for each in found], next="")


async def answers(ask: Ask[None, None]) -> AnswersIO:
    """GET /api/v1/campaigns/{campaign}/members/{member}/answers."""
    _, member = await _of(ask)
    return _write_answers(member)


async def answer(ask: Ask[None, AnswersIO]) -> AnswersIO:
    """PUT /api/v1/campaigns/{campaign}/members/{member}/answers."""
    campaign, member = await _of(ask)
    given = tuple((each.question, each.answer) for each in ask.body.answers)
    script = await ask.services.parts.script_of(ask.account, campaign)
    check_answers(script, given)

    def changed(before: Member) -> Member:
        return structs.replace(before, answers=given)

    return _write_answers(await ask.services.change_customers(ask.account, campaign.id, member.id, changed))


async def _of(ask: Ask[None, Any]) -> tuple[Campaign, Member]:
    return await ask.services.read_customers.one(ask.account, ask.place["campaign"], ask.place["member"])


# --- reading ----------------------------------------------------------------------------------------------------------


def _read_all(campaign: Campaign, given: list[MemberIn]) -> list[Member]:
    members: list[Member] = []
    for place, each in enumerate(given):
        try:
            member = _read(campaign, each)
            check_numbers(member.numbers)
            members.append(member)
        except Invalid as error:
            raise Invalid(error.text, f"members[{place}].{error.field}") from error
    return members


def _read(campaign: Campaign, given: MemberIn) -> Member:
    """Its numbers are looked at by whoever takes them."""
    member = Member(
        id=0, account=0, campaign="", phone=SEPARATOR.join(given.phones), external=given.external,
        custom=given.attributes or None, not_before=from_date(given.not_before),
        traits=Traits(
            priority=campaign.priority if given.priority is None else given.priority, mode=_mode(given.mode),
            preview_s=given.preview_s, agent=given.agent, zone=given.zone,
        ),
    )  # fmt: skip
    check_said(member)
    return member


def _mode(name: ModeWord | None) -> Mode | None:
    return Mode[name.upper()] if name else None


def _changed(campaign: Campaign, member: Member, given: dict[str, Any]) -> Member:
    """Read as one that is added: so both know the same rules."""
    told = write_member(campaign, member)
    members = {name: getattr(told, name) for name in MemberIn.__struct_fields__}
    after = _read(campaign, MemberIn(**{**members, **given}))
    if "priority" not in given:
        after = structs.replace(after, traits=structs.replace(after.traits, priority=member.priority))
    if "phones" in given:
        check_numbers(after.numbers)
    said = {name: getattr(after, name) for name in ("phone", "external", "custom", "not_before", "traits")}
    return structs.replace(member, **said)


def _search(campaign: Campaign, wish: MembersWish) -> Search:
    progress = Progress[wish.progress.upper()] if wish.progress else None
    return Search(
        account=campaign.account, campaign=campaign.id,
        external=None if wish.external == "*" else wish.external, numbers=None if wish.phone == "*" else wish.phone,
        stands=None if progress is None else lambda stand: stand.progress is progress,
        attribute=wish.attribute or None, value=wish.value if wish.attribute else None,
        offset=wish.offset, limit=wish.limit,
    )  # fmt: skip


def _check_alone(wish: MembersWish) -> None:
    for name in ("external", "phone", "progress", "attribute", "value", "offset"):
        if getattr(wish, name) != getattr(MembersWish(), name):
            raise Invalid("goes without `changed_after` only", name)


# --- writing ----------------------------------------------------------------------------------------------------------


def _added(verdict: Verdict) -> AddedOut:
    if verdict.fault:
        return AddedOut(id="", fault=verdict.fault.text, field=verdict.fault.field)
    return AddedOut(id=public_id(verdict.id))


def write_member(campaign: Campaign, member: Member) -> MemberOut:
    """As the API tells of one."""
    stand, traits = member.stand, member.traits
    mode: Any = word(traits.mode) if traits.mode is not None else None
    return MemberOut(
        id=public_id(member.id), external=member.external, phones=list(member.numbers),
        attributes=member.custom or {}, priority=None if traits.priority == UNRANKED else traits.priority,
        zone=traits.zone, agent=traits.agent, mode=mode, preview_s=traits.preview_s,
        not_before=to_date(member.not_before), progress=word(stand.progress), doing=word(stand.doing),
        reason=word(stand.reason) if stand.reason else None,
        meaning=MEANINGS[stand.reason].words if stand.reason else "",
        result=(campaign.results or STANDARD).text_of(stand.entry) if stand.entry else "", detail=member.detail,
        calls=stand.tries, last_phone=stand.last_number, due_at=None if member.closed else to_date(member.due_at),
        deleted=stand.progress is Progress.GONE, created_at=to_date(member.created_at),
        changed_at=to_date(member.changed_at),
    )  # fmt: skip


def _write_answers(member: Member) -> AnswersIO:
    return AnswersIO(answers=[AnswerIO(question=question, answer=answer) for question, answer in member.answers])
