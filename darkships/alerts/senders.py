"""Mail, webhooks and the services of apprise. Whatever fails is told without the secrets that were used."""

import hashlib
import hmac
import json
import logging
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from http.client import HTTPException
from typing import Any, NamedTuple

from darkships.alerts.messages import Message, as_json
from darkships.alerts.secrets import Secret, secrets_of
from darkships.config.alerting import AppriseTarget, SmtpTarget, WebhookTarget
from darkships.errors import DarkshipsError
from darkships.watchlist.text import safe_text

TIMEOUT_S = 30.0
SIGNATURE = "X-Darkships-Signature"


class DeliveryError(DarkshipsError):
    """A message may not have arrived."""


class Letter(NamedTuple):
    """What is sent at once."""

    key: str
    subject: str
    body: str
    messages: tuple[Message, ...]
    now: datetime


def send_by_smtp(letter: Letter, target: SmtpTarget, environment: Mapping[str, str]) -> None:
    """Send a plain-text mail; its Message-ID is the key, so that a second copy can be told.

    Raises
    ------
    DeliveryError
        If the server did not take it for every recipient; all get it again then.

    """
    password = secrets_of(target, environment).get("password")
    with _explained(target.name, password), _server(target) as server:
        if password:
            server.login(target.user, password.reveal())
        refused = server.send_message(_mail(letter, target))
        if refused:
            raise DeliveryError(f"{target.name}: the server refused {', '.join(sorted(refused))}")


def send_by_webhook(letter: Letter, target: WebhookTarget, environment: Mapping[str, str]) -> None:
    """POST JSON; the signature is the HMAC-SHA256 of the time, a dot and the body, as many services do it.

    Raises
    ------
    DeliveryError
        If the answer is not of the 200s; redirections are not followed.

    """
    secrets = secrets_of(target, environment)
    url, key = secrets["url"], secrets["secret"]
    content = {"key": letter.key, "messages": [as_json(message) for message in letter.messages]}
    body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    seconds = str(int(letter.now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": letter.key,
        "X-Darkships-Timestamp": seconds,
        SIGNATURE: "sha256=" + signature(key.reveal(), seconds, body),
    }
    with _explained(target.name, url, key):
        if not url.reveal().startswith(("https://", "http://")):
            raise DeliveryError(f"{target.name}: its URL does not begin with https:// or http://")
        request = urllib.request.Request(url.reveal(), body, headers)  # noqa: S310  checked above
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=TIMEOUT_S):
            pass


def signature(secret: str, seconds: str, body: bytes) -> str:
    """Return what a receiver compares: hexadecimal HMAC-SHA256 (RFC 2104) of ``seconds.body``."""
    return hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()


def send_by_apprise(letter: Letter, target: AppriseTarget, environment: Mapping[str, str]) -> None:
    """Send by any service that apprise knows, as plain text, which apprise escapes where a service wants more.

    The key is the last line, so that people can tell a second copy; services have no other place for it.

    Raises
    ------
    DeliveryError
        If the package is missing, does not know the URL, or the service did not take it.

    """
    try:
        import apprise
    except ImportError as error:
        raise DeliveryError(f'{target.name}: apprise is not installed; pip install "darkships[alerts]"') from error
    url = secrets_of(target, environment)["url"]
    quiet = logging.getLogger("apprise")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False  # its lines may hold addresses with tokens
    with _explained(target.name, url):
        service = apprise.Apprise()
        if not service.add(url.reveal()):
            raise DeliveryError(f"{target.name}: apprise does not know a service with such a URL")
        body = f"{letter.body}\n\nref {letter.key}"
        if not service.notify(body, title=letter.subject, body_format=apprise.NotifyFormat.TEXT):
            raise DeliveryError(f"{target.name}: the service did not take the message")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirection is an answer like any other: no signed message goes where nobody meant it to."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


@contextmanager
def _server(target: SmtpTarget) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    if target.security == "tls":
        with smtplib.SMTP_SSL(target.host, target.port, timeout=TIMEOUT_S, context=context) as server:
            yield server
        return
    with smtplib.SMTP(target.host, target.port, timeout=TIMEOUT_S) as server:
        if target.security == "starttls":
            server.starttls(context=context)
        yield server


def _mail(letter: Letter, target: SmtpTarget) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = safe_text(letter.subject)
    mail["From"], mail["To"] = target.sender, ", ".join(target.to)
    mail["Date"], mail["Message-ID"] = format_datetime(letter.now), f"<{letter.key}@darkships>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice answers it
    mail.set_content(letter.body)
    return mail


@contextmanager
def _explained(name: str, *secrets: Secret | None) -> Iterator[None]:
    """Turn what goes wrong on the way into one error that shows no secret."""
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        raise DeliveryError(f"{name}: the server answered {error.code}") from None
    except (OSError, smtplib.SMTPException) as error:
        told = f"{type(error).__name__}: {error}"
        for secret in secrets:
            told = secret.hide_in(told) if secret else told
        raise DeliveryError(f"{name}: {safe_text(told)}") from None
    except (HTTPException, ValueError) as error:  # the text of these may hold a part of the address
        raise DeliveryError(f"{name}: {type(error).__name__}; check its address") from None
