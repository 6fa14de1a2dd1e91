"""How a page reaches a person: by e-mail and by signed webhook.

A page never has content, only that something waits, how urgent it is, and until when.
"""

import hashlib
import hmac
import json
import smtplib
import ssl
import urllib.request
from datetime import datetime
from email.message import EmailMessage
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

from core.settings import Settings
from core.site import site_of

TIMEOUT_SECONDS = 10
# What a mail server answers about an address, and not about itself.
REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError)


class ChannelFailed(RuntimeError):
    """The page did not get through this channel."""


class AddressRefused(ChannelFailed):
    """The mail server is there and takes no mail for this address."""


def configured_channels(settings: Settings) -> list[str]:
    """The names of the channels that are set: of "email" and "webhook"."""
    channels = []
    if settings.smtp_host:
        channels.append("email")
    if settings.page_webhook_url:
        channels.append("webhook")
    return channels


def send_page(settings: Settings, channel: str, sentence: str, *, now: datetime, to: str = "") -> None:
    """Send one sentence: by e-mail to one address, or to all of the settings.

    Raises ChannelFailed, of which AddressRefused is one, with a reason that holds no address and no secret.
    """
    try:
        if channel == "email":
            _send_email(settings, sentence, to or ", ".join(settings.page_to))
        elif channel == "webhook":
            _send_webhook(settings, sentence, now)
        else:
            raise ChannelFailed(f"unknown channel {channel}")
    except (OSError, smtplib.SMTPException, HTTPException) as error:
        failure = AddressRefused if isinstance(error, REFUSALS) else ChannelFailed
        # Without the error itself: a mail server's answer repeats the address, and this is logged.
        raise failure(f"{channel}: {type(error).__name__}") from None


def send_sign(settings: Settings, sentence: str, *, to: str) -> None:
    """Send one sentence to somebody who asked for no more than that: it does not say from which service.

    Raises ChannelFailed, of which AddressRefused is one.
    """
    try:
        _send_mail(settings, subject=sentence, body=sentence, to=to)
    except (OSError, smtplib.SMTPException) as error:
        failure = AddressRefused if isinstance(error, REFUSALS) else ChannelFailed
        raise failure(f"email: {type(error).__name__}") from None


def _send_email(settings: Settings, sentence: str, to: str) -> None:
    _send_mail(settings, subject=f"{site_of(settings).name}: {sentence}", body=sentence, to=to)


def _send_mail(settings: Settings, *, subject: str, body: str, to: str) -> None:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = settings.smtp_from
    message["To"] = to
    message.set_content(body + "\n")
    context = ssl.create_default_context()
    address = settings.smtp_host, settings.smtp_port
    server: smtplib.SMTP
    if settings.smtp_security == "tls":
        server = smtplib.SMTP_SSL(*address, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(*address, timeout=TIMEOUT_SECONDS)
    with server:
        if settings.smtp_security == "starttls":
            server.starttls(context=context)
        if settings.smtp_username:
            server.login(settings.smtp_username, settings.smtp_password)
        server.send_message(message)


def _send_webhook(settings: Settings, sentence: str, now: datetime) -> None:
    """POST {"text": ...}, the form that ntfy, Mattermost and Teams' workflows read, signed over time and
    body.
    """
    body = json.dumps({"text": sentence, "sent_at": now.isoformat()}).encode()
    stamp = str(int(now.timestamp()))
    request = urllib.request.Request(
        settings.page_webhook_url,
        data=body,
        method="POST",
        headers={
            "Content-Type": "application/json",
            "X-Stoa-Time": stamp,
            "X-Stoa-Signature": webhook_signature(settings.page_webhook_secret, stamp, body),
        },
    )
    # The address comes from the settings, which allow only https, or http on loopback.
    try:
        urllib.request.build_opener(_NoRedirects).open(request, timeout=TIMEOUT_SECONDS).close()
    except HTTPError as error:
        error.close()
        raise ChannelFailed(f"webhook: status {error.code}") from None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirected POST would arrive somewhere else, without its body, and look delivered."""

    def redirect_request(self, *_facts: Any) -> None:
        return None


def webhook_signature(secret: str, stamp: str, body: bytes) -> str:
    """The hex HMAC-SHA256 of "<stamp>.<body>": what a receiver compares with X-Stoa-Signature."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
