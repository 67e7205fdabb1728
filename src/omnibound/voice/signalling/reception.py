"""What comes from outside: requests of calls to their calls, the rest is answered without a call, or not at all."""

import logging
from collections.abc import Callable, Mapping

from omnibound.voice.signalling.calls import Calls
from omnibound.voice.signalling.clock import Clock
from omnibound.voice.signalling.leftovers import Leftovers
from omnibound.voice.signalling.messages import ALLOW, SUPPORTED, Token, unknown_extensions
from omnibound.voice.signalling.settings import AgentSettings
from omnibound.voice.signalling.strangers import Strangers
from omnibound.voice.signalling.transactions import Peer, Server, Transactions
from omnibound.voice.signalling.trunks import Order, Trunk
from omnibound.wire import sip

OnInvite = Callable[[str, sip.Request], int | Order]
"""(trunk's name, the INVITE) -> the status to refuse an inbound call with, or how it is taken. It is never sent on."""

Take = Callable[[Trunk, Order, Server], None]
"""Take a call as it is ordered."""

_KNOWN = frozenset({"INVITE", "CANCEL", "BYE", "OPTIONS", "UPDATE", "PRACK"})

_log = logging.getLogger("omnibound.voice.reception")


class Reception:
    """Who is told by the transactions of what we have not asked for."""

    def __init__(
        self,
        settings: AgentSettings,
        trunks: Mapping[str, Trunk],
        clock: Clock,
        token: Token,
        on_invite: OnInvite | None,
    ) -> None:
        self.strangers = Strangers(settings.strangers, clock)
        self._trunks = trunks
        self._token = token
        self._on_invite: OnInvite = on_invite or self._usual
        self._usual_status = settings.invite_status
        self._transactions: Transactions
        self._calls: Calls
        self._leftovers: Leftovers
        self._take: Take

    def connect(self, transactions: Transactions, calls: Calls, leftovers: Leftovers, take: Take) -> None:
        """Learn of the parts that were made after this one."""
        self._transactions, self._calls, self._leftovers = transactions, calls, leftovers
        self._take = take

    def trunk_at(self, host: str) -> Trunk | None:
        """Whose address that is."""
        return next((trunk for trunk in self._trunks.values() if host in trunk.addresses), None)

    # -- requests ------------------------------------------------------------------------------------------------

    def on_request(self, server: Server) -> None:
        """A new request. One inside a call needs no known address: who sends it knows our tag."""
        request = server.request
        try:
            if request.recipient.tag and request.method != "CANCEL" and self._calls.hear(server):
                return
        except sip.SipError as error:
            server.reply(sip.respond(request, 400, self._token(), str(error).splitlines()[0]))
            return
        trunk = self.trunk_at(server.peer.host)
        if trunk is None:
            self._refuse_stranger(server)
        elif response := self._outside(trunk, server):
            server.reply(response)

    def _refuse_stranger(self, server: Server) -> None:
        """Answer once at the most, and forget it: a refusal that is sent until it is acknowledged floods whoever the
        sender has claimed to be.
        """
        if self.strangers.may_answer(server.peer.host):
            server.reply(sip.respond(server.request, 403, self._token()))
        server.stop()
        server.forget()

    def _outside(self, trunk: Trunk, server: Server) -> sip.Response | None:
        """The answer to a trunk's request that belongs to no call of ours; None: it is answered by a call."""
        request = server.request
        method = request.method
        if method == "CANCEL":
            # The INVITE has been refused by then; its refusal is on its way.
            return sip.respond(request, 200 if self._transactions.invited(request) else 481, self._token())
        if method not in _KNOWN:
            return self._with_abilities(sip.respond(request, 405, self._token()))
        if unknown := unknown_extensions(request):
            refusal = sip.respond(request, 420, self._token())
            refusal.headers["unsupported"] = [", ".join(unknown)]
            return refusal
        if method == "OPTIONS":
            return self._with_abilities(sip.respond(request, 200, self._token()))
        if method == "INVITE" and not request.recipient.tag:
            return self._invited(trunk, server)
        return sip.respond(request, 481, self._token())

    def _invited(self, trunk: Trunk, server: Server) -> sip.Response | None:
        wish = self._on_invite(trunk.settings.name, server.request)
        if isinstance(wish, Order):
            self._take(trunk, wish, server)
            return None
        return sip.respond(server.request, wish if 400 <= wish < 700 else 403, self._token())

    def _usual(self, _trunk: str, _request: sip.Request) -> int:
        return self._usual_status

    def _with_abilities(self, response: sip.Response) -> sip.Response:
        response.headers.update({"allow": [ALLOW], "accept": ["application/sdp"], "supported": [SUPPORTED]})
        return response

    def on_ack(self, request: sip.Request, source: Peer) -> None:
        """The ACK of a 2xx."""
        self._calls.hear_ack(request)

    def on_unacknowledged(self, request: sip.Request) -> None:
        """A 2xx of ours was never acknowledged."""
        self._calls.not_acknowledged(request)

    # -- responses -----------------------------------------------------------------------------------------------

    def on_stray(self, response: sip.Response, source: Peer) -> None:
        """A response that nobody waits for. An answered call must not stay up because we have given it up."""
        trunk = self.trunk_at(source.host)
        if trunk and 200 <= response.status < 300 and response.cseq[1] == "INVITE":
            _log.info("trunk %s: call %s was answered after its end", trunk.settings.name, response.call_id)
            self._leftovers.let_go(response, trunk)
