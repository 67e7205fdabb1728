"""The scopes of OMNI's operations (`x-scopes` of OpenAPI 3.210): any one of a line is enough."""

MANAGE = ("omni-failover:manage",)
MESSAGES = ("message:send", "omni-failover:message:send", *MANAGE)
LOGS = ("omni-failover:logs:read", *MANAGE)
SCOPES = tuple(dict.fromkeys((*MESSAGES, *LOGS)))
