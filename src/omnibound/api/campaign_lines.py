"""The operations on campaigns, as lines of the table in `routes`."""

from omnibound.api import campaigns
from omnibound.api.base import ACCOUNT, Line
from omnibound.wire.openapi import Operation

LINES: tuple[Line, ...] = (
    Line(
        Operation(
            "POST", "/api/v1/campaigns", "addCampaign", "voice", "Make a campaign of calls",
            ACCOUNT, 201, body=campaigns.CampaignIn, answer=campaigns.CampaignOut,
        ),
        campaigns.add,
    ),
    Line(
        Operation(
            "GET", "/api/v1/campaigns", "listCampaigns", "voice", "Campaigns, in the order of their ids",
            ACCOUNT, query=campaigns.CampaignsWish, answer=campaigns.CampaignsOut,
        ),
        campaigns.page,
    ),
    Line(
        Operation(
            "POST", "/api/v1/campaigns/{campaign}/start", "startCampaign", "voice", "Call the people of a campaign",
            ACCOUNT, answer=campaigns.CampaignOut, refusals=(429,),
        ),
        campaigns.start,
    ),
    Line(
        Operation(
            "POST", "/api/v1/campaigns/{campaign}/pause", "pauseCampaign", "voice",
            "Call nobody of a campaign until it is started again", ACCOUNT, answer=campaigns.CampaignOut,
            refusals=(429,),
        ),
        campaigns.pause,
    ),
    Line(
        Operation(
            "POST", "/api/v1/campaigns/{campaign}/finish", "finishCampaign", "voice",
            "Cancel what is open in a campaign, and take nothing more", ACCOUNT, answer=campaigns.CampaignOut,
            refusals=(429,),
        ),
        campaigns.finish,
    ),
    Line(
        Operation(
            "GET", "/api/v1/campaigns/{campaign}/counts", "countCampaign", "voice",
            "How many were answered, busy and so on, and why others wait", ACCOUNT, answer=campaigns.CountsOut,
        ),
        campaigns.counts,
    ),
    Line(
        Operation(
            "POST", "/api/v1/campaigns/{campaign}/requests", "addRequests", "voice",
            "Add people to a campaign, all of them or none", ACCOUNT, 202, body=campaigns.CallsIn,
            answer=campaigns.CallsOut, refusals=(429, 503),
        ),
        campaigns.call,
    ),
    Line(
        Operation(
            "GET", "/api/v1/campaigns/{campaign}/results", "readResults", "voice",
            "What came of each request, as CSV", ACCOUNT, download=campaigns.CSV,
        ),
        campaigns.results,
    ),
    Line(
        Operation(
            "GET", "/api/v1/campaigns/{campaign}", "readCampaign", "voice", "A campaign and its state",
            ACCOUNT, answer=campaigns.CampaignOut,
        ),
        campaigns.one,
    ),
    Line(
        Operation(
            "POST", "/api/v1/suppressions", "suppress", "voice", "Never call these numbers again, in no campaign",
            ACCOUNT, 204, body=campaigns.PhonesIn,
        ),
        campaigns.suppress,
    ),
    Line(
        Operation(
            "DELETE", "/api/v1/suppressions/{phone}", "unsuppress", "voice", "A number may be called again",
            ACCOUNT, 204,
        ),
        campaigns.unsuppress,
    ),
)  # fmt: skip
