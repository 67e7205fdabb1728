"""What a dialect is given: the verbs a client may ask for. `bootstrap` makes one; tests make one over a real store."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from omnibound.services.amend_campaigns import AmendCampaigns
    from omnibound.services.change_customers import ChangeCustomers
    from omnibound.services.explain_member import ExplainMember
    from omnibound.services.explain_routes import ExplainRoutes
    from omnibound.services.explain_waiting import ExplainWaiting
    from omnibound.services.import_members import ImportMembers
    from omnibound.services.keep_agents import Agents
    from omnibound.services.keep_announcements import Announcements
    from omnibound.services.keep_balances import Balances
    from omnibound.services.keep_bulks import Bulks
    from omnibound.services.keep_campaigns import Campaigns
    from omnibound.services.keep_customers import Customers
    from omnibound.services.keep_devices import Devices
    from omnibound.services.keep_keys import Keys
    from omnibound.services.keep_numbers import Numbers
    from omnibound.services.keep_parts import Parts
    from omnibound.services.keep_people import People
    from omnibound.services.keep_prices import Prices
    from omnibound.services.keep_pushes import Pushes
    from omnibound.services.keep_scenarios import Scenarios
    from omnibound.services.keep_webhooks import Webhooks
    from omnibound.services.message_ids import MessageIds
    from omnibound.services.place_requests import Requests
    from omnibound.services.read_calls import Calls
    from omnibound.services.read_customers import ReadCustomers
    from omnibound.services.read_deliveries import Deliveries
    from omnibound.services.read_inbound import Inbounds
    from omnibound.services.read_logs import Logs
    from omnibound.services.read_reports import Reports
    from omnibound.services.send_messages import SendMessages
    from omnibound.services.set_results import SetResults
    from omnibound.services.sign_in import SignIn
    from omnibound.services.view_campaigns import ViewCampaigns


class Services(NamedTuple):
    """One verb or noun a field."""

    sign_in: "SignIn"
    keys: "Keys"
    scenarios: "Scenarios"
    send: "SendMessages"
    bulks: "Bulks"
    reports: "Reports"
    logs: "Logs"
    pushes: "Pushes"
    inbound: "Inbounds"
    numbers: "Numbers"
    devices: "Devices"
    people: "People"
    announcements: "Announcements"
    campaigns: "Campaigns"
    amend: "AmendCampaigns"
    parts: "Parts"
    waiting: "ExplainWaiting"
    why: "ExplainMember"
    requests: "Requests"
    customers: "Customers"
    imports: "ImportMembers"
    read_customers: "ReadCustomers"
    change_customers: "ChangeCustomers"
    views: "ViewCampaigns"
    agents: "Agents"
    set_results: "SetResults"
    calls: "Calls"
    deliveries: "Deliveries"
    webhooks: "Webhooks"
    prices: "Prices"
    balances: "Balances"
    routes: "ExplainRoutes"
    ids: "MessageIds"
