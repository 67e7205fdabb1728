"""What belongs to no call any more: answers that come too late, and the calls of a predecessor that died."""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from omnibound.voice.signalling.dialogs import Dialog, begun, of_stray
from omnibound.voice.signalling.journal import Left
from omnibound.voice.signalling.leg import NORMAL
from omnibound.voice.signalling.messages import Token, cancel_of
from omnibound.voice.signalling.transactions import Transactions
from omnibound.voice.signalling.trunks import Trunk
from omnibound.wire import sip

REMEMBERED: Final = 10_000
"""Dialogs that were let go, so that each gets one BYE however often its answer comes again."""
SKIPPED: Final = 1_000
"""By so much the BYE's number is above the last one that is known: the dead may have sent requests since."""

Gone = Callable[[], None]


def _nothing() -> None:
    pass


class Leftovers:
    """Everybody who still thinks to be in a call with us is told that it is over."""

    def __init__(self, transactions: Transactions, token: Token) -> None:
        self._transactions = transactions
        self._token = token
        self._let_go: OrderedDict[tuple[str, str], None] = OrderedDict()

    # -- answers that come too late ------------------------------------------------------------------------------

    def let_go(self, response: sip.Response, trunk: Trunk) -> None:
        """A 2xx to an INVITE that we have given up or forgotten: acknowledged each time, and hung up once."""
        dialog = of_stray(response)
        self._acknowledge(dialog, trunk)
        key = (dialog.call_id, dialog.remote_tag)
        if key not in self._let_go:
            self._let_go[key] = None
            if len(self._let_go) > REMEMBERED:
                self._let_go.popitem(last=False)
            self._bye(dialog.next(), trunk, _nothing, ())

    def _acknowledge(self, dialog: Dialog, trunk: Trunk) -> None:
        ack = dialog.request("ACK", trunk.hop, self._token())
        self._transactions.send(ack, trunk.where(dialog))

    def _bye(self, dialog: Dialog, trunk: Trunk, gone: Gone, signed: tuple[int, ...]) -> None:
        request = trunk.credentials.sign(dialog.request("BYE", trunk.hop, self._token(), {"reason": NORMAL}))

        def answered(_: sip.Request, response: sip.Response) -> None:
            if response.status in (401, 407) and trunk.credentials.learn(response, signed):
                self._bye(dialog.next(), trunk, gone, (*signed, response.status))
            elif response.status >= 200:
                gone()

        self._transactions.ask(request, trunk.where(dialog), answered, lambda _request, _why: gone())

    # -- the calls of a predecessor ------------------------------------------------------------------------------

    def hang_up(self, left: Left, trunk: Trunk, ended: Callable[[str], None]) -> None:
        """End a call that the journal tells of: BYE where it was answered, CANCEL where it was not."""
        gone = partial(ended, left.call)
        if left.dialog:
            dialog = msgspec.structs.replace(left.dialog, number=left.dialog.number + SKIPPED)
            self._bye(dialog, trunk, gone, ())
            return
        peer = trunk.where(None)
        self._transactions.resume(left.invite, peer, partial(self._late_answer, trunk, gone), lambda _r, _w: gone())
        self._transactions.ask(cancel_of(left.invite), peer, lambda _r, _a: None, lambda _r, _w: None)
        self._transactions.cancelled(left.invite)

    def _late_answer(self, trunk: Trunk, gone: Gone, invite: sip.Request, response: sip.Response) -> None:
        if 200 <= response.status < 300:
            dialog = begun(invite, response)
            self._acknowledge(dialog, trunk)
            self._bye(dialog.next(), trunk, gone, ())
        elif response.status >= 300:
            gone()
