"""What the log says, a row a line: its action, which stays when the words change, and what its values are.

The code logs in words, `_log.warning("bind %s is down: %s", name, why)`; this table knows the action by them. A test
holds that every line of the code has its row here, and every row its line; the reference is made of it.
"""

from typing import NamedTuple

_FAULT = "a fault of ours, with its trace; it is tried again"
_DISK = "the database: its disk, or its server. Nothing acknowledged is lost"


class Line(NamedTuple):
    """`fields` are the values of the text, in their order. `words`: what it means for an operator."""

    action: str
    text: str
    fields: tuple[str, ...]
    words: str


LINES: tuple[Line, ...] = (
    # --- connectors
    Line("link.up", "connector %s is up: %s", ("connector", "why"), "the first bind is up, the provider or trunk answers"),
    Line("link.down", "connector %s is down: %s", ("connector", "why"), "nothing goes that way; it is tried again by itself"),
    Line("link.sick", "%s: is %s by its answers", ("connector", "state"), "so many fail that its routes go another way, or go on"),
    Line("bind.down", "bind %s is down: %s", ("bind", "why"), "one of a connector's binds; it connects again by itself"),
    Line("bind.failed", "bind %s stumbled", ("bind",), _FAULT),
    Line("trunk.changed", "trunk %s is %s %s", ("trunk", "state", "why"), "a trunk answers, or does not"),
    Line("trunk.alarm", "trunk_alarm: connector %s carries no calls: %s %s", ("connector", "reason", "detail"), "it answers and refuses: look at account, money and numbers"),
    Line("trunk.alarm_over", "trunk_alarm_over: connector %s carries calls again; %d failed", ("connector", "calls"), "how many calls it has cost"),
    Line("connector.unusable", "the connectors of %s cannot be used here: %s", ("module", "why"), "what this kind needs is not installed"),
    Line("connector.replaced", "connector %s: who was it before has closed", ("connector",), "after a change of the configuration"),
    Line("connector.unanswered", "connector %s: stopped with %d submits unanswered", ("connector", "attempts"), "they are ambiguous: they may have left"),
    Line("connector.stopped_early", "connector %s: %d attempts are still on their way (%s)", ("connector", "attempts", "why"), "the same"),
    Line("connector.untold", "connector %s: %d facts are not committed", ("connector", "facts"), _DISK),
    Line("connector.untaken", "connector %s: facts were not taken", ("connector",), _FAULT),
    Line("channel.untold", "%d facts of a channel are not committed; trying again", ("facts",), _DISK),
    Line("provider.unknown_word", "connector %s: the provider says %r, which we do not know", ("connector", "word"), "it changes no status; once for each word"),
    Line("receipt.unknown_word", "connector %s: a receipt says %r, which changes no status", ("connector", "word"), "once for each word; `receipt_errors` can map it"),
    Line("receipt.without_id", "connector %s: a receipt without a message id: %r", ("connector", "body"), "it cannot be matched: ask the carrier"),
    Line("pdu.unreadable", "connector %s: %s could not be read", ("connector", "command"), "the carrier is answered with an error"),
    Line("attempt.unwritable", "connector %s: delivery %d has no request", ("connector", "delivery"), "its content cannot be said to this provider"),
    Line("attempt.unprepared", "connector %s: %d attempts cannot be prepared", ("connector", "attempts"), _FAULT),
    Line("attempt.unreadable", "connector %s: delivery %d", ("connector", "delivery"), "the provider's answer cannot be read: it is ambiguous"),
    # --- mail
    Line("mail.unwritable", "connector %s: delivery %d makes no mail", ("connector", "delivery"), "its content makes no mail"),
    Line("mail.trouble", "connector %s: %s", ("connector", "why"), "the mail server refuses or cannot be reached"),
    Line("mail.unsuppressed", "connector %s: %d addresses are not suppressed", ("connector", "addresses"), _DISK),
    Line("mail.unasked", "connector %s: it cannot be asked who wants no mail", ("connector",), _DISK),
    Line("bounce.unreadable", "a mail that came back cannot be read", (), _FAULT),
    Line("bounce.untold", "what came back is not committed", (), _DISK),
    Line("bounce.deaf", "mail that comes back cannot be taken: %s", ("why",), "the listener's address or port is in use"),
    # --- sending
    Line("handover.ambiguous", "%s: %d attempts may have left before the stop", ("connector", "attempts"), "after a crash; `on_ambiguous` decides"),
    Line("handover.in_doubt", "%s: a list may have left or not", ("connector",), _FAULT),
    Line("handover.uncommitted", "%s: hand-over not committed: %s", ("connector", "why"), _DISK),
    Line("sender.failed", "%s: sending stumbled", ("connector",), _FAULT),
    Line("round.failed", "a round of %d facts could not be taken", ("facts",), _FAULT),
    Line("round.uncommitted", "a round was not committed: %s", ("why",), "carriers are told to try again"),
    Line("words.uncommitted", "words were not committed: %s", ("why",), _DISK),
    Line("backlog.uncounted", "what is unfinished could not be counted: %s", ("why",), "it is tried again; the number may be old"),
    Line("timers.failed", "a look at the clock failed", (), _FAULT),
    Line("filling.failed", "messages could not be filled", (), _FAULT),
    Line("stops.failed", "working off what clients stopped has failed", (), _FAULT),
    Line("inbound.failed", "joining inbound messages failed", (), _FAULT),
    Line("retention.dropped", "%d old %s cleared away", ("number", "what"), "by `[retention]`"),
    Line("retention.dropped_day", "the %s of day %d are dropped", ("what", "day"), "the same, a day at once"),
    Line("retention.part_failed", "%s was not made: %s", ("part", "why"), "the day's partition: it is tried again"),
    Line("background.failed", "%s failed", ("what",), _FAULT),
    Line("task.failed", "%s: %s", ("task", "why"), _FAULT),
    # --- nodes
    Line("node.renewed", "the lease is renewed: this node goes on", (), "the database was away for a while"),
    Line("node.lapsed", "the lease is over: nothing is sent until it is renewed", (), "this node cannot reach the database"),
    Line("node.unrenewed", "the lease is not renewed: %s", ("why",), "the same, before it is over"),
    Line("node.replaced", "another node has taken this one over, which was not heard of for too long: it begins anew", (), "it was stopped or cut off"),
    Line("node.anew", "beginning anew as another node", (), "the same"),
    Line("node.took_over", "node %d on %s is not heard of any more: taking it over", ("slot", "host"), "look what became of it"),
    Line("node.inherited", "%d deliveries of a server that is gone were taken over", ("deliveries",), "nothing to do"),
    Line("node.inherit_failed", "taking over has stumbled: %s", ("why",), "it is tried again"),
    Line("node.left_untold", "the other nodes are not told that this one leaves: %s", ("why",), "they take it over when its lease is over"),
    Line("node.left_open", "%s: what was under way is looked at again by the next start", ("why",), "the database was away at the stop"),
    Line("node.given", "%s: %d deliveries were given to the nodes that hold it", ("connector", "deliveries"), "nothing to do"),
    Line("node.give_failed", "what other nodes should send could not be given away: %s", ("why",), "it is tried again"),
    Line("node.held", "%s: %d of %d held here", ("what", "held", "of"), "how binds and chores are dealt"),
    Line("node.share_failed", "%s: the share could not be changed: %s", ("what", "why"), "it is tried again"),
    # --- database
    Line("database.full", "the disk of the database is full: nothing new is taken", (), "requests are answered 503. Make room: it goes on by itself"),
    Line("database.has_room", "the disk of the database has room again", (), "nothing to do"),
    Line("database.away", "the database is away: %s", ("why",), "what is under way waits for it"),
    Line("database.back", "the database is back", (), "nothing to do"),
    Line("database.work_failed", "a unit of work failed", (), _FAULT),
    Line("database.uncounted", "a commit could not be counted", (), "a fault of ours: the metrics lack it"),
    Line("database.hint_failed", "a hint was not given: %s", ("why",), "other nodes see the change a second later"),
    Line("database.deaf", "hints are not heard: %s", ("why",), "the same"),
    Line("database.hears", "hints are heard again", (), "nothing to do"),
    Line("database.log_kept", "the log of the database cannot be brought in: %s", ("why",), "the `-wal` file grows: look at the disk"),
    # --- money
    Line("money.left_open", "%s: what is left of portions is given back by the next start", ("why",), "the database was away at the stop"),
    Line("money.unread", "prices and balances are as they were: %s", ("why",), "what was changed is not heeded yet: mend it"),
    Line("money.failed", "looking at prices and balances stumbled", (), _FAULT),
    # --- clients
    Line("request.failed", "%s %s failed", ("method", "path"), "a fault of ours, answered with 500"),
    Line("webhook.missed", "%d pushes were not accepted: %s", ("pushes", "why"), "they are tried again for two days"),
    Line("webhook.failed", "a push failed", (), _FAULT),
    Line("webhook.look_failed", "looking for reports to push failed", (), _FAULT),
    Line("alert.fired", "alert %s of %s has fired: %s", ("rule", "subject", "words"), "[what to do](../howto/watch.md)"),
    Line("alert.cleared", "alert %s of %s is cleared: %s", ("rule", "subject", "words"), "nothing to do"),
    Line("alert.missed", "alert %s of %s was not taken by %s: %s", ("rule", "subject", "to", "why"), "it is tried again for a day"),
    Line("alert.given_up", "alert %s of %s was given up, %s did not take it: %s", ("rule", "subject", "to", "why"), "look at the receiver"),
    Line("alert.look_failed", "a look at the alerts has failed", (), _FAULT),
    # --- campaigns and agents
    Line("dialer.failed", "a look at who is to be called has failed", (), _FAULT),
    Line("dialer.judge_failed", "those who were refused at the dial could not be judged again", (), _FAULT),
    Line("agents.failed", "a look at the agents has failed", (), _FAULT),
    Line("agent.signed_off", "agent %s is signed off: %s", ("agent", "why"), "their telephone could not be kept connected"),
    Line("choice.nobody", "call %s: %s was chosen by nobody whom we know any more", ("call", "key"), "the person was deleted meanwhile"),
    Line("choice.nothing", "call %s: nothing is asked for on %s any more", ("call", "key"), "the campaign was changed meanwhile"),
    Line("choice.untold", "call %s: the choice of %s is not committed; trying again", ("call", "key"), _DISK),
    # --- calls, as the server sees them
    Line("call.unspoken", "connector %s: delivery %d cannot be spoken", ("connector", "delivery"), "its text or recording: it is tried again"),
    Line("call.not_made", "connector %s: call %s is not made: %s", ("connector", "call", "why"), "the telephone refuses it"),
    Line("call.untold", "%d facts of calls are not committed; trying again", ("facts",), _DISK),
    Line("call.trunkless", "call %s has ended (%s), but its trunk %r is not configured", ("call", "why", "trunk"), "a connector was removed while it ran"),
    Line("voice.gone", "the voice process %d is gone", ("pid",), "calls under way have ended as `lost`; another one starts"),
    Line("voice.ended", "the voice process has ended with %d", ("status",), "the same"),
    Line("voice.silent", "the voice process %d does not answer", ("pid",), "it is stopped or held up: look at the machine's load"),
    Line("voice.answers", "the voice process %d answers again", ("pid",), "nothing to do"),
    Line("voice.unstarted", "the voice process cannot be started: %s", ("why",), "no calls are made"),
    Line("voice.misfit", "%s: no calls are made until they have ended", ("why",), "its settings have changed"),
    Line("voice.garbled", "what the voice process says is not understood: %s", ("why",), "two versions at once: restart both"),
    # --- the voice process
    Line("voice.server_garbled", "what the server says is not understood: %s", ("why",), "two versions at once: restart both"),
    Line("voice.drained", "no call is begun any more", (), "`omnibound drain`"),
    Line("voice.undrained", "calls are made again", (), "`omnibound drain --off`, or a new start"),
    Line("voice.failed", "the voice process cannot go on: %s", ("why",), "look at its address, ports and data folder"),
    Line("voice.journal_failed", "%s cannot be written: %s", ("file", "why"), "the disk: calls that are cut off may not be known later"),
    Line("voice.unended", "%d calls have not been ended properly: nobody answers", ("calls",), "at the stop"),
    Line("call.unhangable", "call %s of trunk %s cannot be hung up: there is no such trunk now", ("call", "trunk"), "a trunk was removed while it ran"),
    Line("call.no_media", "call %s: its terms cannot be kept: %s", ("call", "why"), "no common codec, or no port is free"),
    Line("call.silent", "call %s: nothing was heard for %s s", ("call", "seconds"), "ended by `silence_s`"),
    Line("call.late_answer", "trunk %s: call %s was answered after its end", ("trunk", "call"), "it is hung up"),
    Line("call.unbridged", "call %s cannot be bridged: %s", ("call", "why"), "the callee hears the farewell"),
    Line("call.uncallable", "call %s: %s cannot be called: %s", ("call", "number", "why"), "whom it should be joined to"),
    Line("call.parted", "call %s: whom it is joined to is gone: %s %s", ("call", "why", "sip"), "the callee hears the farewell"),
    Line("leg.no_media", "%s: its terms cannot be kept: %s", ("leg", "why"), "no common codec, or no port is free"),
    Line("leg.silent", "%s: nothing was heard for %s s", ("leg", "seconds"), "ended by `silence_s`"),
    Line("agent.given_up", "the line of agent %s is given up: %s", ("agent", "why"), "it was called in vain too often"),
    Line("returned.refused", "trunk %s: a call that was returned is refused: %s", ("trunk", "why"), "no room, or no clip"),
    Line("returned.taken", "trunk %s: %s calls back", ("trunk", "number"), "they hear `[law] returned`"),
    Line("sip.unsent", "nothing can be sent to %s:%s: %s", ("host", "port", "why"), "the network"),
    Line("sip.unconnected", "no connection to %s:%s: %s", ("host", "port", "why"), "the network, or the trunk's address"),
    Line("sip.garbled", "a stream from %s has lost its step: %s", ("host", "why"), "it is closed, and opened anew"),
    Line("sip.slow", "%s:%s does not read what is sent to it", ("host", "port"), "it is closed"),
    Line("sip.unwritable", "a message could not be written", (), _FAULT),
    Line("sound.untaken", "sound could not be taken", (), _FAULT),
    Line("sound.tick_failed", "a tick of slot %d has failed", ("slot",), _FAULT),
    # --- the server itself
    Line("config.reloaded", "reloaded: %s", ("changes",), "by SIGHUP or `omnibound reload`: what changed"),
    Line("config.refused", "reload_refused: %s: %s", ("where", "why"), "nothing has changed: mend the file"),
    Line("config.needs_restart", "reload_needs_restart: %s: %s", ("where", "why"), "the rest of the file holds already"),
    Line("config.unchanged", "the configuration stays as it is: %s", ("why",), "nothing has changed"),
)  # fmt: skip

BY_TEXT = {line.text: line for line in LINES}
