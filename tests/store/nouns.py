"""Domain nouns for the store: plain ones for a test to bend, and random ones for properties."""

from typing import Any

from hypothesis import strategies as st

from omnibound.domain.action import Speech
from omnibound.domain.balance import Refund, Spent
from omnibound.domain.call import Call, Rtp
from omnibound.domain.changes import Changes, HandOverList, InFlight, Ref, Reportable, Suppressed
from omnibound.domain.facts import Inbound, Receipt
from omnibound.domain.flow import Effect, Flow, Move, Step
from omnibound.domain.live import Event, Live, Note, Outcome, Past, Said, Stage
from omnibound.domain.member import LAST_NUMBER_BITS, REASON_BITS, Doing, Member, Mode, Progress, Result, Stand, Traits
from omnibound.domain.message import Addresses, Content, Delivery, Message
from omnibound.domain.push import Asked, Notify, Pull, Push, Topic
from omnibound.domain.received import Received
from omnibound.domain.status import Reason, Status
from omnibound.store.opened import OpenedStore
from omnibound.store.queries import plain

ACCOUNT = 7
NOW = 1_800_000_000_000_000

# -- Plain ones ----------------------------------------------------------------------------------------------------


def message(id_: int, account: int = ACCOUNT, **other: Any) -> Message:
    values = {"flow": Flow(steps=(Step(channel="SMS"),)), "content": {"SMS": Content(text="hi")}, "created_at": NOW}
    return Message(id=id_, account=account, **{**values, **other})


def delivery(id_: int, of: int, account: int = ACCOUNT, **other: Any) -> Delivery:
    return Delivery(id=id_, message=of, account=account, **{"to": Addresses(phone=f"41{id_:09}"), **other})


def live(id_: int, of: int = 1, account: int = ACCOUNT, **other: Any) -> Live:
    values = {"cls": 1, "stage": Stage.WAITING, "step": 0, "round": 0, "attempt": 1, "tries": 0, "channel": "SMS"}
    return Live(id=id_, message=of, account=account, **{**values, "due_at": NOW, "step_until": 2 * NOW, **other})


def result(id_: int, at: int, detail: str = "", **stand: Any) -> Result:
    """What makes a member stand so, whatever it was before."""
    return Result(id_, Stand(**stand).pack(), 0, detail, at, at)


def outcome(id_: int, attempt: int = 1, account: int = ACCOUNT, done_at: int = NOW, final: bool = True) -> Outcome:
    ended = Status.DELIVERED, Reason.DELIVERED, "", 0, 0, "c1", 1, NOW, done_at
    return Outcome(id_, account, attempt, *ended, final=final)


def call(id_: int, attempt: int = 1, account: int = ACCOUNT, **other: Any) -> Call:
    values = {"connector": "c1", "reason": Reason.BUSY, "ended_at": NOW, "number": "48111", **other}
    return Call(delivery=id_, attempt=attempt, account=account, **values)


def born(*lives: Live, owner: int = 0) -> Changes:
    """Lives with all that must stand beside them."""
    messages = {each.message: message(each.message, each.account) for each in lives}
    return Changes(
        messages=list(messages.values()),
        deliveries=[delivery(each.id, each.message, each.account) for each in lives],
        born=[(each, owner) for each in lives],
    )


def reported(*ids: int, account: int = ACCOUNT, channel: str = "SMS", of: int = 1, done_at: int = NOW) -> Changes:
    """Ended deliveries of one message whose reports wait."""
    return Changes(
        messages=[message(of, account, bulk=f"bulk-{of}")],
        deliveries=[delivery(id_, of, account) for id_ in ids],
        outcomes=[outcome(id_, account=account, done_at=done_at) for id_ in ids],
        reports=[Reportable(account, id_, 1, channel) for id_ in ids],
    )


async def table(store: OpenedStore, sql: str) -> list[tuple[Any, ...]]:
    """Rows of what is committed."""
    return await store.db.rows(plain(sql))


# -- Random ones ---------------------------------------------------------------------------------------------------

ids = st.integers(1, (1 << 63) - 1)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
"""No NUL: what comes in is refused with one, and PostgreSQL keeps none."""

instants = st.integers(0, 1 << 52)
small = st.integers(0, 300)
part_bits = st.integers(0, (1 << 255) - 1)
wild = st.recursive(st.none() | st.booleans() | st.integers(-(1 << 63), (1 << 63) - 1) | texts, st.lists, max_leaves=4)
objects = st.dictionaries(texts, wild, max_size=3)

steps = st.builds(Step, channel=texts, sender=texts, validity=instants, address=small)
effects = st.builds(Effect, move=st.sampled_from(Move), wait=st.integers(-1, 1 << 50), charge=texts)
flows = st.builds(
    Flow,
    steps=st.lists(steps, max_size=3).map(tuple),
    rounds=small,
    pause=instants,
    effects=st.dictionaries(st.sampled_from(Reason), effects, max_size=3),
    otherwise=effects,
    limits=st.dictionaries(texts, small, max_size=2),
    retry_for=instants,
    receipt_wait=instants,
    report_steps=st.booleans(),
)
contents = st.builds(Content, text=texts, subject=texts, options=objects)
addresses = st.builds(Addresses, phone=texts, email=texts, push=texts, more=st.dictionaries(texts, texts, max_size=2))
messages = st.builds(
    Message,
    id=ids,
    account=ids,
    flow=flows,
    content=st.dictionaries(texts, contents, max_size=2),
    created_at=instants,
    bulk=texts,
    callback_data=texts,
    extras=objects,
    notify=st.none() | st.builds(Notify, url=texts, format=texts, steps=st.booleans(), pull=st.sampled_from(Pull)),
)
deliveries = st.builds(Delivery, id=ids, message=ids, account=ids, to=addresses, ref=texts)
pushes = st.builds(
    Push,
    account=ids,
    delivery=ids,
    attempt=small,
    url=texts,
    format=texts,
    due_at=instants,
    until=instants,
    tries=small,
    over=st.booleans(),
    why=texts,
    topic=st.sampled_from(Topic),
    request=st.sampled_from([None, Asked(method="PUT", headers={"x": "y"}, body="ż", waits=(1, 2))]),
    number=small,
)
pasts = st.builds(Past, attempt=small, step=small, parts=small, done=part_bits, sent_at=instants, round=small)
lives = st.builds(
    Live,
    id=ids,
    message=ids,
    account=ids,
    cls=st.integers(0, 2),
    stage=st.sampled_from(Stage),
    step=small,
    round=small,
    attempt=small,
    tries=small,
    due_at=instants,
    step_until=instants,
    retry_until=instants,
    sent_at=instants,
    connector=texts,
    parts=small,
    done=part_bits,
    struck=part_bits,
    ambiguous=st.booleans(),
    charges=st.dictionaries(texts, small, max_size=2),
    past=st.lists(pasts, max_size=2).map(tuple),
    version=small,
    channel=texts,
)
events = st.builds(
    Event,
    delivery=ids,
    attempt=small,
    step=st.integers(-1, 30),
    at=instants,
    said=st.sampled_from(Said),
    status=st.sampled_from(Status),
    reason=st.sampled_from(Reason),
    detail=texts,
    connector=texts,
    part=small,
    note=st.sampled_from(Note),
)
outcomes = st.builds(
    Outcome,
    delivery=ids,
    account=ids,
    attempt=small,
    status=st.sampled_from(Status),
    reason=st.sampled_from(Reason),
    detail=texts,
    step=small,
    round=small,
    connector=texts,
    parts=small,
    sent_at=instants,
    done_at=instants,
    ambiguous=st.booleans(),
    exhausted=st.booleans(),
    final=st.booleans(),
    late=st.sampled_from(Status),
    late_at=instants,
    twice=st.booleans(),
    seen_at=instants,
)
flights = st.builds(
    InFlight,
    carrier=texts,
    provider_id=texts,
    delivery=ids,
    attempt=small,
    part=small,
    connector=texts,
    until=instants,
)
receipts = st.builds(
    Receipt,
    carrier=texts,
    provider_id=texts,
    status=st.sampled_from(Status),
    reason=st.sampled_from(Reason),
    detail=texts,
    at=instants,
    raw=texts,
)
inbounds = st.builds(
    Inbound,
    connector=texts,
    channel=texts,
    sender=texts,
    recipient=texts,
    text=texts,
    at=instants,
    data=st.binary(max_size=20),
    reference=st.none() | st.tuples(small, small, small),
)
receiveds = st.builds(
    Received,
    id=ids,
    account=ids,
    connector=texts,
    channel=texts,
    sender=texts,
    recipient=texts,
    text=texts,
    at=instants,
    keyword=texts,
    data=st.binary(max_size=20),
    parts=small,
    missing=small,
    reference=small,
)
handovers = st.builds(
    HandOverList,
    id=ids,
    node=ids,
    connector=texts,
    keys=st.lists(st.tuples(ids, small), max_size=3),
    at=instants,
)
speeches = st.builds(Speech, announcement=texts, text=texts, ssml=texts, voice=texts)
bytes_ = st.integers(0, 255)
stands = st.builds(
    Stand,
    progress=st.sampled_from(Progress),
    doing=st.sampled_from(Doing),
    closed=st.booleans(),
    reason=st.none() | st.sampled_from(Reason),
    entry=bytes_,
    tries=bytes_,
    last_number=st.integers(0, 3),
)
traits = st.builds(
    Traits,
    priority=small,
    mode=st.none() | st.sampled_from(Mode),
    preview_s=small,
    agent=texts,
    zone=texts,
)
members = st.builds(
    Member,
    id=ids,
    account=ids,
    campaign=texts,
    phone=texts,
    external=texts,
    speech=st.none() | speeches,
    custom=st.none() | objects,
    traits=traits,
    not_before=instants,
    stand=stands,
    detail=texts,
    due_at=instants,
    answers=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    created_at=instants,
    changed_at=instants,
)
results = st.builds(
    Result,
    id=ids,
    bits=stands.map(Stand.pack),
    keep=st.sampled_from((0, REASON_BITS, LAST_NUMBER_BITS, REASON_BITS | LAST_NUMBER_BITS)),
    detail=st.none() | texts,
    due_at=instants,
    changed_at=instants,
)
spent = st.builds(Spent, ids, small, ids, small)
refunds = st.builds(Refund, ids, small)
suppressed = st.builds(
    Suppressed, account=ids, channel=texts, key=texts, reason=st.sampled_from(Reason), at=instants
)  # fmt: skip
figures = st.builds(Rtp, sent=small, received=small, lost=small, late=small, their_lost=st.none() | small)
calls = st.builds(
    Call,
    delivery=ids,
    attempt=small,
    connector=texts,
    reason=st.sampled_from(Reason),
    ended_at=instants,
    detail=texts,
    number=texts,
    caller=texts,
    begun_at=instants,
    rang_at=instants,
    answered_at=instants,
    talked_ms=small,
    why=texts,
    who=texts,
    sip=small,
    q850=small,
    text=texts,
    said=st.booleans(),
    digits=texts,
    rtp=figures,
    account=ids,
    campaign=texts,
)
refs = st.builds(Ref, account=ids, day=small, hash=st.integers(-(1 << 63), (1 << 63) - 1), delivery=ids)
