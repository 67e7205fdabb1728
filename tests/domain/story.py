"""Lives of deliveries as data: flows and words read from JSON, and what came of them told in one line a word."""

import json
from pathlib import Path
from typing import Any

from omnibound.domain.flow import AFTER_OTHERS, SECOND, Effect, Flow, Move, Step
from omnibound.domain.lifecycle import Next, after_end, begin, due_word, move
from omnibound.domain.live import Event, Live, Note, Outcome, Said, Stage, Word
from omnibound.domain.status import Reason, Status

CASES = Path(__file__).parent.parent / "cases" / "domain"

USUAL = {
    Said.ACCEPTED: Reason.ACCEPTED,
    Said.FAILED: Reason.REFUSED,
    Said.RETURNED: Reason.LINK_DOWN,
    Said.UNKNOWN: Reason.AMBIGUOUS,
    Said.ENROUTE: Reason.UNKNOWN,
    Said.DELIVERED: Reason.DELIVERED,
    Said.SEEN: Reason.SEEN,
    Said.UNDELIVERED: Reason.UNDELIVERED,
    Said.EXPIRED: Reason.EXPIRED,
    Said.RESULT: Reason.CANCELLED,
    Said.SKIPPED: Reason.NO_CONTENT,
    Said.LAST: Reason.CANCELLED,
}


def new_live(id_: int = 1, start: int = 0) -> Live:
    """A delivery before its beginning."""
    return Live(id_, 7, 8, 1, Stage.WAITING, 0, 0, 1, 0, start, 0)


# -- Reading: times in JSON are seconds ---------------------------------------------------------------------------


def read_flow(raw: dict[str, Any]) -> Flow:
    """A flow; a step is `CHANNEL validity`, an effect is `MOVE [wait] [charge]`."""
    steps = [step.split() for step in raw["steps"]]
    return Flow(
        steps=tuple(Step(channel=channel, validity=int(s) * SECOND, address=i) for i, (channel, s) in enumerate(steps)),
        rounds=raw.get("rounds", 1),
        pause=raw.get("pause", 0) * SECOND,
        effects={Reason[name]: read_effect(effect) for name, effect in raw.get("effects", {}).items()},
        otherwise=read_effect(raw.get("otherwise", "NEXT")),
        limits=raw.get("limits", {}),
        retry_for=raw.get("retry_for", 600) * SECOND,
        receipt_wait=raw.get("receipt_wait", 300) * SECOND,
        report_steps=raw.get("report_steps", False),
    )


def read_effect(text: str) -> Effect:
    name, *rest = text.split()
    waits = [AFTER_OTHERS if word == "after_others" else int(word) * SECOND for word in rest if not word.isalpha()]
    charges = [word for word in rest if word.isalpha()]
    return Effect(move=Move[name], wait=sum(waits), charge="".join(charges))


def read_word(text: str, live: Live | None) -> tuple[Word, int]:
    """`SECONDS SAID [#attempt] [REASON] [retry] [key=number ...]` -> the word, and how many other connectors are up."""
    at, name, *rest = text.split()
    now = round(float(at) * SECOND)
    if name == "DUE" and live is not None and not rest:
        return due_word(live, now), 0
    numbers = {key: int(value) for key, _, value in (word.partition("=") for word in rest if "=" in word)}
    attempt = next((int(word[1:]) for word in rest if word[0] == "#"), live.attempt if live else 0)
    reason = next((Reason[word] for word in rest if word in Reason.__members__), USUAL.get(Said[name], Reason.EXPIRED))
    word = Word(
        Said[name], attempt, now, reason, connector="c1", part=numbers.get("part", 0), parts=numbers.get("parts", 1),
        retry="retry" in rest, after=numbers.get("after", 0) * SECOND,
    )  # fmt: skip
    return word, numbers.get("others", 0)


def read_stories() -> list[Any]:
    """Of all files: (its id, the flow, the lines [word, what comes of it])."""
    stories: list[Any] = []
    for path in sorted(CASES.glob("*.json")):
        file = json.loads(path.read_text())
        for each in file["stories"]:
            flow = file["flows"][each["flow"]]
            stories.append((f"{path.stem}: {each['story']}", flow, each["lines"]))
    return stories


# -- Telling ------------------------------------------------------------------------------------------------------


def seconds(at: int) -> str:
    return f"{at / SECOND:.3f}".rstrip("0").rstrip(".")


def tell_live(live: Live) -> str:
    """All of a state that a word can change."""
    words = [live.stage.name, f"#{live.attempt}", f"step {live.step}", f"round {live.round}"]
    words += [f"due {seconds(live.due_at)}", f"until {seconds(live.step_until)}", f"v{live.version}"]
    optional = {
        "tries": live.tries,
        "retry_until": live.retry_until and seconds(live.retry_until),
        "sent": live.sent_at and seconds(live.sent_at),
        "connector": live.connector,
        "parts": live.parts,
        "done": live.done and bin(live.done),
        "struck": live.struck and bin(live.struck),
        "ambiguous": live.ambiguous,
        "charges": live.charges and json.dumps(live.charges).replace('"', ""),
        "past": " ".join(
            f"#{p.attempt}:{p.step}.{p.round}:{p.done:b}/{p.parts}@{seconds(p.sent_at)}" for p in live.past
        ),
    }
    return ", ".join([" ".join(words), *(f"{name} {value}" for name, value in optional.items() if value)])


def tell_outcome(outcome: Outcome) -> str:
    words = ["END" if outcome.final else "STEP", outcome.status.name, outcome.reason.name, f"#{outcome.attempt}"]
    words += [f"step {outcome.step}", f"round {outcome.round}", f"parts {outcome.parts}"]
    words += [f"sent {seconds(outcome.sent_at)}", f"done {seconds(outcome.done_at)}"]
    words += [name for name in ("ambiguous", "exhausted", "twice") if getattr(outcome, name)]
    words += [f"late {outcome.late.name} {seconds(outcome.late_at)}"] if outcome.late is not Status.PENDING else []
    words += [f"seen {seconds(outcome.seen_at)}"] if outcome.seen_at else []
    return " ".join(words)


def tell_event(event: Event) -> str:
    note = "" if event.note is Note.NONE else f" {event.note.name}"
    return f"{event.said.name} #{event.attempt} step {event.step} {event.status.name}{note}"


def tell(before: Live | None, now: Next) -> list[str]:
    """What a word has left behind, a line each: events, outcomes, and the state if it is another one."""
    told = [tell_event(event) for event in now.events] + [tell_outcome(outcome) for outcome in now.outcomes]
    if now.live is None:
        return told
    return [*told, "same" if now.live is before else tell_live(now.live)]


class Life:
    """A delivery that is told words one by one."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.live: Live | None = None
        self.outcome: Outcome | None = None

    def say(self, text: str) -> list[str]:
        """`begin [step=REASON ...]` or a word; what it has left behind."""
        if text.startswith("begin"):
            skips = (skip.split("=") for skip in text.split()[1:])
            return self._take(None, begin(new_live(), self.flow, {int(step): Reason[why] for step, why in skips}, 0))
        word, others = read_word(text, self.live)
        if self.live is not None:
            return self._take(self.live, move(self.live, self.flow, word, word.at, others))
        assert self.outcome is not None, "the story does not begin"
        before = self.outcome
        self.outcome, event = after_end(before, word)
        return [tell_event(event), "same" if self.outcome is before else tell_outcome(self.outcome)]

    def _take(self, before: Live | None, now: Next) -> list[str]:
        self.live = now.live
        assert now.live is None or now.live.channel == self.flow.steps[now.live.step].channel
        self.outcome = next((outcome for outcome in now.outcomes if outcome.final), None)
        return tell(before, now)
