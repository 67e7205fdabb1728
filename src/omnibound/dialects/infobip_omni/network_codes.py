"""What networks say in their own codes -> OMNI error ids, one table a family."""

from collections.abc import Callable

from omnibound.dialects.infobip_omni.codes import ERRORS

Table = Callable[[str], int | None]

_GSM_END = 5000
"""Errors below this are the GSM and platform ones; a GSM code is its own id (GSM 09.02 and after)."""

SMPP: dict[int, int] = {
    0x01: 355,
    0x08: 34,
    0x0A: 368,
    0x0B: 351,
    0x14: 51,
    0x33: 351,
    0x43: 508,
    0x45: 32,
    0x48: 368,
    0x49: 368,
    0x50: 351,
    0x51: 351,
    0x58: 541,
    0x61: 507,
    0x62: 36,
    0x64: 500,
    0x65: 500,
    0x66: 632,
    0xFE: 810,
    0xFF: 255,
}
"""By command_status (SMPP 3.4, 5.1.3)."""

FCM: dict[str, int] = {
    "UNREGISTERED": 8001,
    "SENDER_ID_MISMATCH": 8002,
    "INVALID_ARGUMENT": 8010,
    "QUOTA_EXCEEDED": 8012,
    "UNAVAILABLE": 8012,
    "INTERNAL": 8005,
    "THIRD_PARTY_AUTH_ERROR": 8007,
    "UNAUTHENTICATED": 8006,
    "PERMISSION_DENIED": 8006,
    "NOT_FOUND": 8003,
}

APNS: dict[str, int] = {
    "BadDeviceToken": 8004,
    "MissingDeviceToken": 8004,
    "DeviceTokenNotForTopic": 8002,
    "Unregistered": 8001,
    "ExpiredToken": 8001,
    "TopicDisallowed": 8008,
    "BadTopic": 8003,
    "MissingTopic": 8003,
    "BadCertificate": 8007,
    "BadCertificateEnvironment": 8007,
    "InvalidProviderToken": 8006,
    "ExpiredProviderToken": 8006,
    "MissingProviderToken": 8006,
    "Forbidden": 8006,
    "PayloadTooLarge": 8010,
    "PayloadEmpty": 8010,
    "TooManyRequests": 8012,
    "TooManyProviderTokenUpdates": 8012,
    "ServiceUnavailable": 8012,
    "Shutdown": 8012,
    "InternalServerError": 8005,
}

WEB_PUSH: dict[str, int] = {
    "400": 8010,
    "401": 8006,
    "403": 8006,
    "404": 8001,
    "410": 8001,
    "413": 8010,
    "429": 8012,
    "500": 8005,
    "502": 8012,
    "503": 8012,
}

SMTP: dict[str, int] = {
    "5.1.0": 6009,
    "5.1.1": 6009,
    "5.1.2": 6037,
    "5.1.3": 6006,
    "5.1.6": 6009,
    "5.1.7": 6029,
    "5.1.8": 6029,
    "5.1.10": 6037,
    "5.2.1": 6009,
    "5.2.2": 6010,
    "4.2.2": 6010,
    "4.2.1": 6007,
    "5.3.4": 6043,
    "5.7.0": 6053,
    "5.7.1": 6053,
    "5.7.23": 6047,
    "5.7.26": 6048,
    "4.7.0": 6058,
    "4.7.1": 6058,
    "550": 6009,
    "551": 6009,
    "552": 6010,
    "553": 6006,
    "450": 6007,
    "452": 6010,
}
"""By enhanced status code (RFC 3463), else by reply code."""

SUPPRESSION: dict[str, int] = {
    "opted_out": 6003,
    "do_not_disturb": 6003,
    "unwanted": 6035,
}
"""Why we ourselves do not write to an address; for what came back from it the reason's own code is told (6034)."""

SIP: dict[str, int] = {
    "400": 5400,
    "403": 5403,
    "404": 5404,
    "407": 5407,
    "401": 5407,
    "402": 5403,
    "408": 5408,
    "410": 5410,
    "413": 5413,
    "414": 5414,
    "415": 5415,
    "416": 5484,
    "430": 5480,
    "480": 5480,
    "481": 5481,
    "484": 5484,
    "485": 5484,
    "486": 5002,
    "487": 5003,
    "488": 5488,
    "491": 5491,
    "500": 5503,
    "501": 5501,
    "502": 5503,
    "503": 5503,
    "504": 5408,
    "600": 5002,
    "603": 5603,
    "604": 5404,
    "606": 5488,
    "607": 5603,
    "608": 5603,
}

Q850: dict[str, int] = {
    **dict.fromkeys(("1", "2", "3"), 5404),
    "17": 5002,
    **dict.fromkeys(("18", "19", "102"), 5003),
    **dict.fromkeys(("20", "27", "31"), 5480),
    "21": 5603,
    "22": 5410,
    "28": 5484,
    **dict.fromkeys(("34", "38", "41", "42", "43", "44", "47"), 5503),
    **dict.fromkeys(("50", "55", "57", "87"), 5403),
}


def _gsm(word: str) -> int | None:
    code = _number(word)
    return code if code is not None and 0 < code < _GSM_END and code in ERRORS else None


def _smpp(word: str) -> int | None:
    code = _number(word)
    return None if code is None else SMPP.get(code)


def _smtp(word: str) -> int | None:
    exact = SMTP.get(word)
    return exact or {"5": 6012, "4": 6011}.get(word[:1])


def _number(word: str) -> int | None:
    """`27` and `0x1b`; None for what is no number."""
    try:
        return int(word, 16) if word.lower().startswith("0x") else int(word)
    except ValueError:
        return None


NETWORK_ERRORS: dict[str, Table] = {
    "gsm": _gsm,
    "smpp": _smpp,
    "fcm": FCM.get,
    "apns": APNS.get,
    "webpush": WEB_PUSH.get,
    "smtp": _smtp,
    "suppression": SUPPRESSION.get,
    "sip": SIP.get,
    "q850": Q850.get,
}
"""The id by family and word; None where a word says nothing that OMNI has an id for."""
