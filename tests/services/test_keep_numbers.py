"""Numbers as operators keep them, and what accounts read of what came to them."""

import pytest

from omnibound.domain.changes import Changes
from omnibound.domain.errors import Invalid, NotFound
from omnibound.domain.flow import HOUR
from omnibound.domain.push import Topic
from omnibound.domain.received import Received
from omnibound.services.keep_numbers import NumberWish
from omnibound.services.keep_pushes import Pushes, WebhookSecrets
from tests.services.conftest import House

pytestmark = pytest.mark.anyio


def wish(**members: str) -> NumberWish:
    return NumberWish(**{"number": "+48 500", "account": "anna", **members})


async def test_an_entry_is_kept_as_it_is_compared(house: House) -> None:
    account = await house.account()
    made = await house.numbers.add(wish(keyword=" Win  a CAR ", channel="viber", url="https://shop/"))
    entry = made.number
    assert (entry.account, entry.number, entry.keyword, entry.channel) == (account.id, "48500", "win a car", "VIBER")
    assert (entry.url, entry.format, house.numbers.word(entry.format)) == ("https://shop/", "f.json", "first")
    assert await house.numbers.all() == [made]
    native = await house.numbers.add(wish(format="native"))
    assert (native.number.format, house.numbers.word("")) == ("", "native")


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"number": ""}, "number"),
        ({"number": "+"}, "number"),
        ({"number": "4" * 21}, "number"),
        ({"channel": " "}, "channel"),
        ({"channel": "x" * 21}, "channel"),
        ({"keyword": "k" * 161}, "keyword"),
        ({"url": "ftp://shop/"}, "url"),
        ({"url": "http://"}, "url"),
        ({"url": "http://[::1"}, "url"),
        ({"url": f"http://{'x' * 2048}/"}, "url"),
        ({"format": "morse"}, "format"),
        ({"account": "nobody"}, "account"),
        ({"number": "7070"}, "number"),
        ({"number": "+7070", "keyword": ""}, "number"),
    ],
)
async def test_what_cannot_be(house: House, members: dict[str, str], field: str) -> None:
    await house.account()
    await house.numbers.add(wish(number="7070"))
    with pytest.raises(Invalid) as refused:
        await house.numbers.add(wish(**members))
    assert refused.value.field == field
    assert len(await house.numbers.all()) == 1


async def test_dropping(house: House) -> None:
    await house.account()
    made = await house.numbers.add(wish())
    await house.numbers.drop(str(made.number.id))
    for id_ in (str(made.number.id), "x", "", "٣", "9" * 40):
        with pytest.raises(NotFound):
            await house.numbers.drop(id_)
    assert await house.numbers.all() == []


def written(id_: int, account: int, keyword: str = "") -> Received:
    return Received(
        id=id_, account=account, connector="c", channel="SMS", sender="48600", recipient="+48500", text="hello", at=1,
        keyword=keyword,
    )  # fmt: skip


async def test_an_account_reads_its_own_under_public_ids(house: House) -> None:
    anna, bert = await house.account(), await house.account("bert")
    await house.store.record(Changes(received=[written(5, anna.id), written(6, bert.id), written(7, anna.id)]))
    assert await house.inbound.page(anna, 5, 10) == [(house.ids.text(7), written(7, anna.id))]
    assert [id_ for id_, _ in await house.inbound.told(anna, [5, 6, 7])] == house.ids.texts([5, 7])


async def test_what_people_wrote_is_pushed_again(house: House) -> None:
    """By its id, or of a time; where its number says now. Without an address that is refused."""
    anna, bert = await house.account(), await house.account("bert")
    pushes = Pushes(house.store, house.reports, house.inbound, WebhookSecrets(house.store.settings), house.clock)
    start = house.clock.now
    rows = [written(start + n * HOUR, anna.id, "win" if n == 1 else "") for n in range(4)]
    await house.store.record(Changes(received=rows))
    with pytest.raises(Invalid, match="no address"):
        await pushes.again_one(anna, house.ids.text(rows[0].id))
    await house.numbers.add(wish(url="https://shop/"))
    assert await pushes.again_one(anna, house.ids.text(rows[0].id)) == 1
    assert await pushes.again_between(anna, start + HOUR, start + 3 * HOUR) == 1
    found = await pushes.page(anna, None, (0, 0, 0, 0), 10)
    assert [(id_, push.url, push.format, push.topic) for push, id_ in found] == [
        (house.ids.text(row.id), "https://shop/", "f.json", Topic.INBOUND) for row in (rows[0], rows[2])
    ]
    with pytest.raises(NotFound):
        await pushes.again_one(bert, house.ids.text(rows[0].id))
