"""Transactions in motion: which message belongs to which, what is sent again, and when to give up (RFC 3261, 17)."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from omnibound.voice.signalling.clock import Alarms, Clock
from omnibound.voice.signalling.machines import (
    CLIENT,
    CLIENT_INVITE,
    END,
    SERVER,
    SERVER_INVITE,
    Table,
    Times,
    kind_of,
)
from omnibound.voice.signalling.messages import ack_of
from omnibound.wire import sip


class Peer(NamedTuple):
    """The other end of a transport."""

    transport: str
    """udp or tcp."""
    host: str
    port: int


Send = Callable[[sip.Request | sip.Response, Peer], None]
Answer = Callable[[sip.Request, sip.Response], None]
GaveUp = Callable[[sip.Request, str], None]
"""The request, and `timer` or `broken`."""


class User(Protocol):
    """Who is told of what no transaction of ours has asked for: the user agent."""

    def on_request(self, server: "Server") -> None: ...
    def on_ack(self, request: sip.Request, source: Peer) -> None: ...
    def on_stray(self, response: sip.Response, source: Peer) -> None: ...
    def on_unacknowledged(self, request: sip.Request) -> None: ...


class _Running:
    """A machine in one of its states, its timers running."""

    __slots__ = ("_alarms", "_rung", "_table", "_times", "peer", "request", "state")

    def __init__(self, table: Table, request: sip.Request, peer: Peer, clock: Clock, times: Times) -> None:
        self.request = request
        self.peer = peer
        self.state = ""
        self._table = table
        self._times = times
        self._rung: dict[str, int] = {}
        self._alarms = Alarms(clock, self.happen)

    def happen(self, event: str, message: sip.Response | None = None) -> None:
        """Do what the table says; an event that it has no line for is nothing."""
        step = self._table.get((self.state, event))
        if step is None:
            return
        self.state = step.state
        if step.state == END:
            self._alarms.clear()
            self.forget()
        for action in step.actions:
            if action[0] == "+":
                self._start(action[1])
            elif action == "stop":
                self._alarms.clear()
            else:
                self.act(action, event, message)

    def _start(self, timer: str) -> None:
        rung = self._rung.get(timer, 0)
        seconds = self._times.seconds(timer, rung, reliable=self.peer.transport != "udp")
        if seconds is not None:
            self._rung[timer] = rung + 1
            self._alarms.arm(timer, seconds)

    def stop(self) -> None:
        """Forget it, whatever its state."""
        self.state = END
        self._alarms.clear()

    def act(self, action: str, event: str, message: sip.Response | None) -> None:
        raise NotImplementedError

    def forget(self) -> None:
        raise NotImplementedError


class Client(_Running):
    """A request of ours and what is answered to it."""

    __slots__ = ("_answer", "_gave_up", "_layer")

    def __init__(
        self, layer: "Transactions", request: sip.Request, peer: Peer, answer: Answer, gave_up: GaveUp
    ) -> None:
        table = CLIENT_INVITE if request.method == "INVITE" else CLIENT
        super().__init__(table, request, peer, layer.clock, layer.times)
        self._layer = layer
        self._answer = answer
        self._gave_up = gave_up

    def act(self, action: str, event: str, message: sip.Response | None) -> None:
        if action == "send":
            self._layer.send(self.request, self.peer)
        elif action == "give_up":
            self._gave_up(self.request, "broken" if event == "broken" else "timer")
        elif message and action == "ack":
            self._layer.send(ack_of(self.request, message), self.peer)
        elif message:
            self._answer(self.request, message)

    def forget(self) -> None:
        self._layer.forget_client(self)


class Server(_Running):
    """A request of the far end and what we answer to it."""

    __slots__ = ("_layer", "_response", "key")

    def __init__(self, layer: "Transactions", key: "ServerKey", request: sip.Request, source: Peer) -> None:
        table = SERVER_INVITE if request.method == "INVITE" else SERVER
        super().__init__(table, request, source, layer.clock, layer.times)
        self.key = key
        self._layer = layer
        self._response: sip.Response | None = None

    def reply(self, response: sip.Response) -> None:
        """Answer; a second final answer is nothing."""
        event = kind_of(response.status)
        if (self.state, event) in self._table:
            self._response = response
            self.happen(event)

    def act(self, action: str, event: str, message: sip.Response | None) -> None:
        if action == "give_up":
            self._layer.user.on_unacknowledged(self.request)
        elif self._response:
            self._layer.send(self._response, self.peer)

    def forget(self) -> None:
        self._layer.forget_server(self)


ServerKey = tuple[str, str, str]
"""Branch, who sent it (host and port of the topmost Via), method (17.2.3)."""
_Dialog = tuple[str, str, int]


class Transactions:
    """All transactions of a user agent. `send` must not raise; `broken` tells what it could not send."""

    def __init__(self, user: User, send: Send, clock: Clock, times: Times) -> None:
        self.user = user
        self.send = send
        self.clock = clock
        self.times = times
        self._clients: dict[tuple[str, str], Client] = {}
        self._servers: dict[ServerKey, Server] = {}
        self._unacknowledged: dict[_Dialog, Server] = {}

    def __len__(self) -> int:
        return len(self._clients) + len(self._servers)

    def ask(self, request: sip.Request, peer: Peer, answer: Answer, gave_up: GaveUp) -> Client:
        """Send a request in a transaction of its own."""
        client = self._client(request, peer, answer, gave_up)
        client.happen("begin")
        return client

    def resume(self, request: sip.Request, peer: Peer, answer: Answer, gave_up: GaveUp) -> Client:
        """Wait for the end of an INVITE that a dead predecessor sent."""
        client = self._client(request, peer, answer, gave_up)
        client.happen("resume")
        return client

    def _client(self, request: sip.Request, peer: Peer, answer: Answer, gave_up: GaveUp) -> Client:
        client = Client(self, request, peer, answer, gave_up)
        self._clients[request.via.branch, request.method] = client
        return client

    def cancelled(self, request: sip.Request) -> None:
        """CANCEL has been sent for this INVITE: it has to end some day."""
        if client := self._clients.get((request.via.branch, request.method)):
            client.happen("cancelled")

    def heard_response(self, response: sip.Response, source: Peer) -> None:
        """A response came. Raises SipError where it cannot be read."""
        client = self._clients.get((response.via.branch, response.cseq[1]))
        if client is None:
            self.user.on_stray(response, source)
        else:
            client.happen(kind_of(response.status), response)

    def heard_request(self, request: sip.Request, source: Peer) -> None:
        """A request came. Raises SipError where it cannot be read."""
        key = _key(request)
        if request.method == "ACK":
            self._heard_ack(key, request, source)
            return
        known = self._servers.get(key)
        if known:
            known.happen("request")
            return
        # Read before anything is kept: it may raise.
        dialog = _dialog(request)
        server = self._servers[key] = Server(self, key, request, source)
        server.happen("begin")
        if request.method == "INVITE":
            self._unacknowledged[dialog] = server
        self.user.on_request(server)

    def _heard_ack(self, key: ServerKey, request: sip.Request, source: Peer) -> None:
        refused = self._servers.get(key)
        if refused and refused.state != "accepted":
            refused.happen("ack")
            return
        # The ACK of a 2xx is a transaction of its own; what it belongs to is told by the dialog and its number.
        if accepted := self._unacknowledged.get(_dialog(request)):
            accepted.happen("ack")
        self.user.on_ack(request, source)

    def invited(self, cancel: sip.Request) -> bool:
        """Whether a CANCEL belongs to an INVITE that we know."""
        branch, place, _ = _key(cancel)
        return (branch, place, "INVITE") in self._servers

    def broken(self, peer: Peer) -> None:
        """Nothing can be sent there."""
        for client in [one for one in self._clients.values() if one.peer == peer]:
            client.happen("broken")

    def forget_client(self, client: Client) -> None:
        """It has ended."""
        self._clients.pop((client.request.via.branch, client.request.method), None)

    def forget_server(self, server: Server) -> None:
        """It has ended."""
        self._servers.pop(server.key, None)
        if self._unacknowledged.get(dialog := _dialog(server.request)) is server:
            del self._unacknowledged[dialog]

    def stop(self) -> None:
        """Forget all."""
        for one in [*self._clients.values(), *self._servers.values()]:
            one.stop()
        self._clients.clear()
        self._servers.clear()
        self._unacknowledged.clear()


def _key(request: sip.Request) -> ServerKey:
    via = request.via
    method = "INVITE" if request.method == "ACK" else request.method
    # Without the cookie the branch is no id (17.2.3: peers of before RFC 3261); then the whole call has to be.
    branch = via.branch if via.branch.startswith("z9hG4bK") else f"{request.call_id} {request.cseq[0]} {via.branch}"
    return branch, f"{via.host}:{via.port}", method


def _dialog(request: sip.Request) -> _Dialog:
    return request.call_id, request.sender.tag, request.cseq[0]
