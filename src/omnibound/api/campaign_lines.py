"""The operations on campaigns, as lines of the table in `routes`."""

from omnibound.api import (
    campaign_changes,
    campaign_checks,
    campaign_releases,
    campaign_shapes,
    campaigns,
    mail_suppressions,
    suppressions,
)
from omnibound.api.base import ACCOUNT, Line
from omnibound.wire.openapi import Operation

LINES: tuple[Line, ...] = (
    Line(
        Operation(
            "POST", "/api/v1/campaigns", "addCampaign", "voice", "Make a campaign of calls",
            ACCOUNT, 201, body=campaign_shapes.CampaignIn, answer=campaign_shapes.CampaignOut,
        ),
        campaigns.add,
    ),
    Line(
        Operation(
            "GET", "/api/v1/campaigns", "listCampaigns", "voice", "Campaigns, in the order of their ids",
            ACCOUNT, query=campaign_shapes.CampaignsWish, answer=campaign_shapes.CampaignsOut,
        ),
        campaigns.page,
    ),
    Line(
        Operation(
            "POST", "/api/v1/campaigns/{campaign}/copy", "copyCampaign", "voice",
            "Make a campaign with all that another one has, but its people",
            ACCOUNT, 201, body=campaign_shapes.CopyIn, answer=campaign_shapes.CampaignOut,
        ),
        campaigns.copy,
    ),
    Line(
        Operation(
            "POST", "/api/v1/campaigns/{campaign}/start", "startCampaign", "voice", "Call the people of a campaign",
            ACCOUNT, answer=campaign_shapes.CampaignOut,
        ),
        campaigns.start,
    ),
    Line(
        Operation(
            "POST", "/api/v1/campaigns/{campaign}/pause", "pauseCampaign", "voice",
            "Call nobody of a campaign until it is started again", ACCOUNT, answer=campaign_shapes.CampaignOut,
        ),
        campaigns.pause,
    ),
    Line(
        Operation(
            "POST", "/api/v1/campaigns/{campaign}/finish", "finishCampaign", "voice",
            "Cancel what is open in a campaign, and take nothing more", ACCOUNT, answer=campaign_shapes.CampaignOut,
        ),
        campaigns.finish,
    ),
    Line(
        Operation(
            "POST", "/api/v1/campaigns/{campaign}/release", "releaseCampaign", "voice",
            "Go on with those whose call was lost after its answer", ACCOUNT,
            query=campaign_releases.ReleaseWish, answer=campaign_releases.ReleasedOut,
        ),
        campaign_releases.release,
    ),
    Line(
        Operation(
            "GET", "/api/v1/campaigns/{campaign}/counts", "countCampaign", "voice",
            "How many were answered, busy and so on, and why others wait", ACCOUNT, answer=campaign_shapes.CountsOut,
        ),
        campaigns.counts,
    ),
    Line(
        Operation(
            "GET", "/api/v1/campaigns/{campaign}/abandonment", "readAbandonment", "voice",
            "How many who answered found nobody there, in 24 hours and in 30 days", ACCOUNT,
            answer=campaign_shapes.AbandonmentOut,
        ),
        campaigns.abandonment,
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
            "POST", "/api/v1/campaigns/{campaign}/requests/check", "checkRequests", "voice",
            "What adding these people would say; nobody is added", ACCOUNT, body=campaigns.CallsIn,
            answer=campaign_checks.CheckedOut,
        ),
        campaign_checks.check,
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
            "GET", "/api/v1/campaigns/{campaign}/waiting", "explainWaiting", "voice",
            "Why people of a campaign wait, and until when", ACCOUNT, answer=campaign_changes.WhyOut,
        ),
        campaign_changes.waiting,
    ),
    Line(
        Operation(
            "GET", "/api/v1/campaigns/{campaign}", "readCampaign", "voice", "A campaign and its state",
            ACCOUNT, answer=campaign_shapes.CampaignOut,
        ),
        campaigns.one,
    ),
    Line(
        Operation(
            "PATCH", "/api/v1/campaigns/{campaign}", "changeCampaign", "voice",
            "Change a campaign; its people who wait follow", ACCOUNT, body=campaign_changes.CampaignChange,
            answer=campaign_shapes.CampaignOut,
        ),
        campaign_changes.change,
    ),
    Line(
        Operation(
            "DELETE", "/api/v1/campaigns/{campaign}", "forgetCampaign", "voice",
            "Erase a finished campaign with all that is kept of its people", ACCOUNT, 204, refusals=(429,),
        ),
        campaign_changes.forget,
    ),
    Line(
        Operation(
            "POST", "/api/v1/suppressions", "suppress", "voice", "Never call these numbers again, in no campaign",
            ACCOUNT, 204, body=suppressions.PhonesIn,
        ),
        suppressions.suppress,
    ),
    Line(
        Operation(
            "GET", "/api/v1/suppressions", "listSuppressions", "voice", "Numbers that are never called",
            ACCOUNT, query=suppressions.SuppressionsWish, answer=suppressions.SuppressionsOut,
        ),
        suppressions.page,
    ),
    Line(
        Operation(
            "DELETE", "/api/v1/suppressions/{phone}", "unsuppress", "voice", "A number may be called again",
            ACCOUNT, 204,
        ),
        suppressions.unsuppress,
    ),
    Line(
        Operation(
            "POST", "/api/v1/mail-suppressions", "suppressMail", "messages", "Never write to these addresses again",
            ACCOUNT, 204, body=mail_suppressions.EmailsIn,
        ),
        mail_suppressions.suppress,
    ),
    Line(
        Operation(
            "GET", "/api/v1/mail-suppressions", "listMailSuppressions", "messages", "Addresses that are not written to",
            ACCOUNT, query=mail_suppressions.MailSuppressionsWish, answer=mail_suppressions.MailSuppressionsOut,
        ),
        mail_suppressions.page,
    ),
    Line(
        Operation(
            "DELETE", "/api/v1/mail-suppressions/{email}", "unsuppressMail", "messages",
            "An address may be written to again", ACCOUNT, 204,
        ),
        mail_suppressions.unsuppress,
    ),
)  # fmt: skip
