"""`omnibound doctor` and a trunk: is it there, does it know us, and does sound go both ways?"""

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from omnibound.channels.sip import Settings
from omnibound.cli.doctor_words import ENDS, NOTHING, meaning
from omnibound.cli.findings import Finding, Say
from omnibound.config import Config
from omnibound.domain.errors import Refused
from omnibound.voice.media import Ports
from omnibound.voice.signalling import AgentSettings, Asked, End, Question
from omnibound.voice.trial import Trial, Tried

PATIENCE_S: Final = 6.0
"""How long a question waits: four packets have been sent by then."""
TALK_S: Final = 8.0
"""How long a test call lasts: reports (RTCP) come every five seconds, more or less."""
_SHORT_S: Final = 2.0
"""What lasts less says nothing of its sound."""
_ALMOST_ALL: Final = 0.95


async def look_at(config: Config, settings: Settings, say: Say, number: str = "") -> Tried | None:
    """Ask a trunk, and call `number` if there is one; everything found is told to `say`. How the call went."""
    host, port = config.voice.where
    taken = is_taken(host, port)
    own = AgentSettings(host=host, port=0 if taken else port, public_address=config.voice.public_address)
    where = f"connector {settings.name}: {settings.host}:{settings.port}"
    try:
        async with Trial(own, settings.trunk(), Ports(*config.voice.rtp_ports, host)) as trial:
            if trial.unknown:
                say((False, f"{where} has no address: {trial.unknown}"))
                return None
            if taken:
                say((None, f"SIP at {host}:{port} is taken (does a server run?): asked from {trial.contact}"))
            await _ask(trial, settings, where, say, taken)
            tell_all(of_address(trial.contact, trial.seen_as, settings.host), say)
            return await _call(trial, config, number, say) if number else None
    except (OSError, Refused) as error:
        say((False, f"{where}: {error}"))
        return None


def is_taken(host: str, port: int) -> bool:
    """Whether somebody has this port, for UDP or TCP."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with closing(socket.socket(family, kind)) as own:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind == socket.SOCK_STREAM)
            try:
                own.bind((host, port))
            except OSError:
                return True
    return False


def tell_all(findings: Iterator[Finding], say: Say) -> None:
    """One after the other."""
    for finding in findings:
        say(finding)


# -- questions ---------------------------------------------------------------------------------------------------


async def _ask(trial: Trial, settings: Settings, where: str, say: Say, taken: bool) -> None:
    tell_all(of_options(await _patiently(trial, "options"), where, wanted=settings.options_s > 0), say)
    if settings.register:
        # Another registration of the same name might push out the one of a server that runs.
        question: Question = "bindings" if taken else "register"
        tell_all(of_registrar(await _patiently(trial, question), where, asked_only=taken), say)


async def _patiently(trial: Trial, question: Question) -> Asked:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await trial.ask(question)
    except TimeoutError:
        return Asked(status=0, phrase="it does not answer", seconds=PATIENCE_S)


def of_options(asked: Asked, where: str, *, wanted: bool) -> Iterator[Finding]:
    """Any answer but a 503 says that somebody is there. Not `wanted`: the trunk is never asked by the server."""
    if not asked.status:
        yield False if wanted else None, f"{where} does not answer OPTIONS ({asked.phrase})"
        yield from ((None, hint) for hint in NOTHING)
        yield None, "some carriers never answer OPTIONS: then say options_s = 0"
        return
    yield asked.status != 503, f"{where} answers OPTIONS with {_said(asked)}"
    if asked.status >= 300:
        yield None, f"{asked.status}: {meaning(asked.status)}"


def of_registrar(asked: Asked, where: str, *, asked_only: bool) -> Iterator[Finding]:
    """`asked_only`: the registrar was asked who is registered, and nothing was changed."""
    if not asked.status:
        yield False, f"{where} does not answer REGISTER ({asked.phrase})"
        yield from ((None, hint) for hint in NOTHING)
    elif asked.status >= 300:
        yield False, f"{where} answers REGISTER with {_said(asked)}"
        yield None, f"{asked.status}: {meaning(asked.status)}"
    elif asked_only:
        yield True, f"{where} knows us ({_said(asked)}); registered are {', '.join(asked.bindings) or 'none'}"
    else:
        yield True, f"{where} has registered us for {asked.granted} s ({_said(asked)})"


def of_address(contact: str, seen_as: str, trunk: str) -> Iterator[Finding]:
    """Whether we say of ourselves what the trunk sees."""
    told = contact.rpartition(":")[0].strip("[]")
    if seen_as and seen_as != told:
        yield None, f"we say that we are at {told}, but the trunk sees us at {seen_as}: you are behind NAT"
        yield None, f'say public_address = "{seen_as}" in [voice], if that address is yours'
    elif not seen_as and _is_private(told) and not _is_private(trunk):
        yield None, f"we say that we are at {told}, which nobody finds from outside: public_address in [voice]"


def _is_private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_private
    except ValueError:
        return False


def _said(asked: Asked) -> str:
    return f"{asked.status} {asked.phrase} after {asked.seconds * 1_000:.0f} ms"


# -- a call ------------------------------------------------------------------------------------------------------


async def _call(trial: Trial, config: Config, number: str, say: Say) -> Tried | None:
    try:
        tried = await trial.call(number, TALK_S)
    except TimeoutError:
        say((False, f"test call to {number}: it does not end"))
        return None
    tell_all(of_call(tried, number), say)
    if tried.answered_s is not None and tried.ended.why is not End.NO_MEDIA:
        tell_all(of_sound(tried, config), say)
    return tried


def of_call(tried: Tried, number: str) -> Iterator[Finding]:
    """How far it came."""
    what, ended = f"test call to {number}", tried.ended
    if tried.rang_s is not None:
        yield True, f"{what}: rings after {tried.rang_s:.1f} s (SIP {tried.ringing})"
    if tried.answered_s is not None and ended.why is End.HUNG_UP:
        by = "the callee hung up" if ended.who == "callee" else "we hung up"
        yield True, f"{what}: answered after {tried.answered_s:.1f} s; {by} after {tried.talked_s:.1f} s"
        return
    words, hints = ENDS.get(ended.why, ("refused" if ended.sip else str(ended.why), ()))
    cause = f", Q.850 cause {ended.q850}" if ended.q850 else ""
    yield False, f"{what}: {words}" + (f" ({ended.sip} {ended.text}{cause})" if ended.sip else "")
    yield from ((None, hint) for hint in hints)
    if ended.why is End.REFUSED:
        yield None, f"{ended.sip}: {meaning(ended.sip)}"


def of_sound(tried: Tried, config: Config) -> Iterator[Finding]:
    """Whether each has heard the other. Of the way to them only their reports tell."""
    agreed, totals = tried.agreed, tried.totals
    if agreed is None or tried.talked_s < _SHORT_S:
        yield None, "the call was too short to say anything of its sound"
        return
    there = f"{agreed.address}:{agreed.port}"
    ours = f"{totals.sent} packets of {agreed.ptime} ms, {agreed.codec}, sent to {there}"
    if totals.their_lost is not None and totals.their_lost >= _ALMOST_ALL * totals.sent:
        yield False, f"one-way audio: they cannot hear us: {ours}, {totals.their_lost} lost as they report (RTCP)"
        yield None, f"whether a firewall lets UDP to {there} out; codecs of the connector"
    else:
        yield True, f"sound to them: {ours}; {_reports(tried)}"
        if totals.their_reports and totals.their_lost is None:
            yield None, f"their {totals.their_reports} reports do not speak of our sound: listen whether it arrives"
    first, last = config.voice.rtp_ports
    if totals.received:
        yield (
            True,
            (
                f"sound from them: {totals.received} packets, {totals.lost} lost, {totals.late} late, "
                f"jitter {totals.jitter_ms:.0f} ms"
            ),
        )
        return
    strangers = f"; {totals.strangers} came from elsewhere and were not believed" if totals.strangers else ""
    yield False, f"one-way audio: nothing was heard of them at {tried.listened} in {tried.talked_s:.0f} s{strangers}"
    yield None, f"whether the firewall lets UDP to the ports {first} to {last} in, from anywhere"
    yield None, "behind NAT: public_address in [voice], and the same ports passed on to this machine"
    yield None, "a telephone that suppresses silence sends nothing while nobody speaks: say something, and call again"


def _reports(tried: Tried) -> str:
    totals = tried.totals
    if totals.their_lost is None:
        return "they report nothing of it (RTCP)"
    trip = f", round trip {totals.round_trip_ms:.0f} ms" if totals.round_trip_ms is not None else ""
    return f"{totals.their_lost} lost as they report (RTCP){trip}"
