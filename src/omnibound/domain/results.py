"""What an agent may say of a call: the results of a campaign's set, and what is said where none is named."""

from omnibound.domain.campaign import Campaign
from omnibound.domain.errors import Invalid
from omnibound.domain.outbound import STANDARD, CallResult, Queue
from omnibound.domain.standing import ENTRY
from omnibound.domain.status import Reason


def results_of(campaign: Campaign) -> tuple[CallResult, ...]:
    """What agents may say of its calls."""
    return (campaign.results or STANDARD).results


def result_named(campaign: Campaign, named: str | int) -> CallResult:
    """By its number, or by its text whatever the case of its letters. Raises Invalid."""
    wanted = named.strip().casefold() if isinstance(named, str) else named
    for result in results_of(campaign):
        if wanted in (result.number, result.text.casefold()):
            return result
    known = ", ".join(result.text for result in results_of(campaign))
    raise Invalid(f"the campaign has no result {named!r}; there are: {known}", "result")


def detail_of(result: CallResult) -> str:
    """What is written down beside the reason, so that the very result is known again."""
    return f"{ENTRY}{result.number}"


def result_without(campaign: Campaign, queue: Queue) -> tuple[Reason, str]:
    """Reason and detail where the time for a result is over: what the queue says, else a success."""
    wanted = queue.no_result.casefold()
    named = [result for result in results_of(campaign) if wanted and result.text.casefold() == wanted]
    return (named[0].reason, detail_of(named[0])) if named else (Reason.SUCCESS, "")
