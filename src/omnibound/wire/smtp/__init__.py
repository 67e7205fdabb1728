"""SMTP (RFC 5321), as our client, our bounces' port and the simulated relay speak it."""

from omnibound.wire.smtp.replies import Replies, Reply, SmtpError, dotted
from omnibound.wire.smtp.serving import BAD_SEQUENCE, OK, Envelope, Path, Session, Verb, read_path

__all__ = [
    "BAD_SEQUENCE",
    "OK",
    "Envelope",
    "Path",
    "Replies",
    "Reply",
    "Session",
    "SmtpError",
    "Verb",
    "dotted",
    "read_path",
]
