"""Signatures are those of the Standard Webhooks specification."""

from base64 import b64decode

from omnibound.domain.push import Push
from omnibound.reports.signature import sign, webhook_id


def test_the_published_example() -> None:
    secret = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}') == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_an_id_is_that_of_what_is_told() -> None:
    def push(account: int, delivery: int, attempt: int, tries: int = 0) -> Push:
        return Push(account, delivery, attempt, "u", "", 5 + tries, 9, tries)

    one = webhook_id([push(1, 2, 1)])
    assert one == webhook_id([push(1, 2, 1, tries=3)])
    others = {
        webhook_id([push(1, 2, 2)]), webhook_id([push(1, 3, 1)]), webhook_id([push(2, 2, 1)]),
        webhook_id([push(1, 2, 1), push(1, 3, 1)]),
    }  # fmt: skip
    assert len({one, *others}) == 5
    assert one.startswith("msg_")
