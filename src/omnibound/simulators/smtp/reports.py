"""What comes back: notifications (RFC 3464), complaints (RFC 5965) and an automatic reply, as servers write them."""

from email.message import EmailMessage, Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

_NAME = "relay.simulated.invalid"


def notification(to: str, recipient: str, action: str, status: str, original: bytes) -> bytes:
    """A notification on one recipient, with the headers of what was sent."""
    report = _report("delivery-status", to, "Undelivered Mail Returned to Sender")
    report.attach(MIMEText(f"Your mail to {recipient}: {action}.\n"))
    code = {"5": "550", "4": "450"}.get(status[:1], "250")
    per_recipient = {
        "Final-Recipient": f"rfc822; {recipient}",
        "Action": action,
        "Status": status,
        "Diagnostic-Code": f"smtp; {code} {status} as you wish",
    }
    report.attach(_fields("delivery-status", {"Reporting-MTA": f"dns; {_NAME}"}, per_recipient))
    report.attach(_headers_of(original))
    return report.as_bytes()


def complaint(to: str, kind: str, original: bytes, mail_from: str) -> bytes:
    """A complaint of a type, with the headers of what was sent."""
    report = _report("feedback-report", to, "complaint about mail")
    report.attach(MIMEText("Somebody does not like this mail.\n"))
    fields = {
        "Feedback-Type": kind,
        "User-Agent": "Simulated/1",
        "Version": "1",
        "Original-Mail-From": f"<{mail_from}>",
    }
    report.attach(_fields("feedback-report", fields))
    report.attach(_headers_of(original))
    return report.as_bytes()


def automatic_reply(to: str, sender: str) -> bytes:
    """What somebody's mailbox writes who is away."""
    reply = EmailMessage()
    reply["From"], reply["To"], reply["Subject"] = sender, to, "I am away"
    reply["Auto-Submitted"] = "auto-replied"
    reply.set_content("I am away until Monday.\n")
    return reply.as_bytes()


def _report(kind: str, to: str, subject: str) -> MIMEMultipart:
    report = MIMEMultipart("report", report_type=kind)
    report["From"], report["To"], report["Subject"] = f"MAILER-DAEMON@{_NAME}", to, subject
    report["Auto-Submitted"] = "auto-replied"
    return report


def _fields(subtype: str, *groups: dict[str, str]) -> Message:
    part = MIMEBase("message", subtype)
    for group in groups:
        fields = Message()
        for name, value in group.items():
            fields[name] = value
        part.attach(fields)
    return part


def _headers_of(original: bytes) -> Message:
    return MIMEText(original.partition(b"\r\n\r\n")[0].decode("utf-8", "replace"), "rfc822-headers")
