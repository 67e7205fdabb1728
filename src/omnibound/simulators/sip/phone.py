"""One phone that is called: rings, answers or refuses, and talks until somebody hangs up."""

import asyncio
import secrets
from collections.abc import Callable
from functools import partial
from typing import Protocol

from msgspec.structs import replace

from omnibound.simulators.sip.magic import Fate
from omnibound.simulators.sip.settings import SipSettings
from omnibound.simulators.sip.sound import Ear
from omnibound.simulators.sip.tally import Kept, Tally
from omnibound.wire import sip

GIVE_UP: int = 64
"""After so many T1 nobody is waited for any more (RFC 3261, 13.3.1.4)."""


class Network(Protocol):
    """What a phone is connected to."""

    @property
    def settings(self) -> SipSettings: ...
    @property
    def tally(self) -> Tally: ...
    @property
    def contact(self) -> str: ...
    def send(self, message: sip.Request | sip.Response, to: object) -> None: ...
    def over(self, phone: "Phone") -> None: ...


class Phone:
    """It has a To-tag of its own. `way` is how the caller is reached; only the network understands it."""

    def __init__(self, network: Network, invite: sip.Request, way: object, fate: Fate) -> None:
        self.tag = secrets.token_hex(4)
        self.invite = invite
        self.way = way
        self.fate = fate
        self.status = 0
        self._network = network
        self._loop = asyncio.get_running_loop()
        self._agreed: sip.Media | None = None
        self._ear = Ear(network.settings.host, network.settings.sound)
        self._timers: set[asyncio.TimerHandle] = set()
        self._last: sip.Response | None = None
        self._acknowledged = False
        self._pracked = 0
        self._leaving = False
        self._answered_at = 0.0
        self._number = 0
        self._version = 1
        self._left = list(fate.rings)
        self._over = False

    # -- ringing -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to ring."""
        self._ring_next()

    def _ring_next(self) -> None:
        if self._left:
            self._provisional(self._left.pop(0))
            if not self.fate.reliable:
                self._ring_next()
        elif self.fate.status:
            self._later(self._network.settings.ring_s * self.fate.ring if self.fate.rings else 0, self._decide)

    def _provisional(self, status: int) -> None:
        body = self._description() if self.fate.early and not self._left else b""
        response = self._response(status, body)
        self._last = response
        if not self.fate.reliable:
            self._send(response)
            return
        number = len(self.fate.rings) - len(self._left)
        response.headers.update({"require": ["100rel"], "rseq": [str(number)]})
        self._insist(response, lambda: self._pracked >= number)

    def _prack(self, request: sip.Request) -> None:
        self._send(sip.respond(request, 200))
        heard = request.get("rack").partition(" ")[0]
        if heard == str(self._pracked + 1):
            self._pracked += 1
            self._network.tally.count("pracks")
            self._ring_next()

    def _decide(self) -> None:
        if self.fate.status < 300:
            self.answer()
        else:
            self.refuse(self.fate.status)

    # -- the answer ----------------------------------------------------------------------------------------------

    def answer(self) -> None:
        """Take the call."""
        if self.status:
            return
        try:
            body = self._description()
        except sip.SipError as error:
            self.refuse(error.status)
            return
        response = self._response(200, body)
        if self.fate.interval:
            response.headers["session-expires"] = [f"{self.fate.interval};refresher=uac"]
            response.headers["require"] = ["timer"]
        self.status, self._answered_at = 200, self._loop.time()
        self._network.tally.count("answered")
        self._last = response
        self._insist(response, self._is_acknowledged)
        self._plan_talk()

    def _plan_talk(self) -> None:
        if self.fate.bye_first:
            self.hang_up()
        if self.fate.hang_up_after:
            self._later(self.fate.hang_up_after, self.hang_up)
        for after, key in self.fate.keys:
            self._later(after, partial(self._press, key))
        if self.fate.hold_after:
            self._later(self.fate.hold_after, lambda: self._reinvite("sendonly"))
            self._later(2 * self.fate.hold_after, lambda: self._reinvite("sendrecv"))

    def _press(self, key: str) -> None:
        media = self._agreed
        if media and media.dtmf is not None:
            self._ear.press(key, media.dtmf, (media.address, media.port))

    def refuse(self, status: int) -> None:
        """Do not take it."""
        if self.status:
            return
        response = self._response(status)
        if self.fate.cause:
            response.headers["reason"] = [f"Q.850;cause={self.fate.cause}"]
        if self.fate.retry_after:
            response.headers["retry-after"] = [str(self.fate.retry_after)]
        self.status = status
        self._network.tally.count("refused")
        self._last = response
        self._insist(response, self._is_acknowledged)

    def cancel(self) -> None:
        """The caller has given up."""
        if self.fate.crosses:
            self.answer()
        elif not self.status:
            self._network.tally.count("cancelled")
            self.refuse(487)

    def _insist(self, message: sip.Request | sip.Response, heard: Callable[[], bool]) -> None:
        """Send something until it has been heard; after a while the phone gives up altogether."""
        self._network.send(message, self.way)
        t1 = self._network.settings.t1
        end = self._loop.time() + GIVE_UP * t1

        def again(pause: float) -> None:
            if heard():
                return
            if self._loop.time() >= end:
                self._end()
                return
            self._network.tally.count("resent")
            self._network.send(message, self.way)
            self._later(min(2 * pause, 4.0), lambda: again(min(2 * pause, 4.0)))

        self._later(t1, lambda: again(t1))

    def _is_acknowledged(self) -> bool:
        return self._acknowledged

    def resend(self) -> None:
        """The INVITE came again."""
        if self._last:
            self._network.send(self._last, self.way)

    # -- what comes inside the call ------------------------------------------------------------------------------

    def hear(self, request: sip.Request) -> None:
        """A request with our tag."""
        {"ACK": self._ack, "BYE": self._bye, "PRACK": self._prack}.get(request.method, self._refresh)(request)

    def _ack(self, request: sip.Request) -> None:
        if self._acknowledged or request.cseq[0] != self.invite.cseq[0]:
            return
        self._acknowledged = True
        self._network.tally.count("acknowledged")
        if self.status >= 300:
            self._end()

    def _bye(self, request: sip.Request) -> None:
        self._acknowledged = True
        if self.fate.deaf_to_bye:
            # As somebody who has gone away would: not even a repeated BYE is answered.
            self._later(GIVE_UP * self._network.settings.t1, self._end)
            return
        self._send(sip.respond(request, 200))
        self._end()

    def _refresh(self, request: sip.Request) -> None:
        known = request.method in ("INVITE", "UPDATE")
        response = sip.respond(request, 200 if known else 405)
        if known:
            self._network.tally.count("refreshed")
            response.headers["contact"] = [self._network.contact]
            if interval := request.get("session-expires"):
                response.headers["session-expires"] = [f"{interval.partition(';')[0]};refresher=uac"]
        body = self._description(request.body) if known and request.body else b""
        if body:
            response = sip.Response(
                status=200, headers={**response.headers, "content-type": ["application/sdp"]}, body=body
            )
        self._send(response)

    def heard_answer(self, response: sip.Response) -> None:
        """A response to a request of this phone's: the answer to an INVITE wants an ACK."""
        number, method = response.cseq
        if method == "BYE" and response.status >= 200:
            self._end()
        if method == "INVITE" and response.status >= 200:
            # Of a refusal it is part of the same transaction (RFC 3261, 17.1.1.3).
            via = response.get("via") if response.status >= 300 else ""
            self._network.send(self._request("ACK", number=number, via=via), self.way)

    # -- what is asked for ---------------------------------------------------------------------------------------

    def hang_up(self) -> None:
        """Say goodbye, until it is heard."""
        if self.status == 200 and not self._leaving and not self._over:
            self._leaving = self._acknowledged = True
            self._insist(self._request("BYE", headers={"reason": ["Q.850;cause=16"]}), lambda: False)

    def _reinvite(self, direction: sip.Direction) -> None:
        if self._over:
            return
        self._version += 1
        local = sip.Local(
            address=self._network.settings.host, port=self._ear.port, formats=sip.offered(("PCMU",)),
            direction=direction, version=self._version,
        )  # fmt: skip
        headers = {"contact": [self._network.contact], "content-type": ["application/sdp"]}
        self._network.send(self._request("INVITE", headers=headers, body=sip.write_session(local)), self.way)

    def _request(
        self, method: str, *, headers: sip.Headers | None = None, body: bytes = b"", number: int = 0, via: str = ""
    ) -> sip.Request:
        if not number:
            self._number += 1
            number = self._number
        invite = self.invite
        target = sip.read_addresses(invite.headers["contact"])[0].uri
        place = self._network.contact.removeprefix("<sip:").removesuffix(">")
        via = via or f"SIP/2.0/{invite.via.transport} {place};branch=z9hG4bK{secrets.token_hex(8)};rport"
        found: sip.Headers = {
            "via": [via], "max-forwards": ["70"],
            "from": [f"{invite.get('to')};tag={self.tag}"], "to": [invite.get("from")],
            "call-id": [invite.call_id], "cseq": [f"{number} {method}"], **(headers or {}),
        }  # fmt: skip
        return sip.Request(method=method, uri=str(target), headers=found, body=body)

    # -- parts ---------------------------------------------------------------------------------------------------

    def _description(self, offer: bytes = b"") -> bytes:
        formats = sip.offered(("PCMU", "PCMA"))
        local = sip.Local(
            address=self._network.settings.host, port=self._ear.port, formats=formats, version=self._version
        )  # fmt: skip
        offer = offer or self.invite.body
        if not offer:
            return sip.write_session(local)
        answer, self._agreed = sip.answer_to(self._wanted(sip.read_session(offer)), local)
        return answer

    def _wanted(self, offer: sip.Session) -> sip.Session:
        ptime = self._network.settings.ptime
        if not ptime:
            return offer
        return replace(offer, streams=tuple([replace(stream, ptime=ptime) for stream in offer.streams]))

    def _response(self, status: int, body: bytes = b"") -> sip.Response:
        response = sip.respond(self.invite, status, self.tag, body=body)
        response.headers["contact"] = [self._network.contact]
        response.headers["allow"] = ["INVITE, ACK, CANCEL, BYE, PRACK, UPDATE"]
        if body:
            response.headers["content-type"] = ["application/sdp"]
        return response

    def _send(self, response: sip.Response) -> None:
        self._network.send(response, self.way)

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        def fire() -> None:
            self._timers.discard(timer)
            if not self._over:
                what()

        timer = self._loop.call_later(seconds, fire)
        self._timers.add(timer)

    def _end(self) -> None:
        if self._over:
            return
        if self.status == 200:
            self._network.tally.count("ended")
        self.close()
        self._network.over(self)

    def close(self) -> None:
        """Stop, whatever is under way."""
        self._over = True
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._ear.close()

    def record(self) -> Kept:
        """What there is to tell of it."""
        payloads = {payload for payload, _, _ in self._ear.kept}
        return Kept(
            number=sip.read_uri(self.invite.uri).number, caller=self.invite.sender.uri.number,
            asserted=self.invite.get("p-asserted-identity"), call_id=self.invite.call_id, status=self.status,
            seconds=self._loop.time() - self._answered_at if self._answered_at else 0.0, packets=self._ear.packets,
            sound={payload: self._ear.recording(payload) for payload in payloads},
        )  # fmt: skip
