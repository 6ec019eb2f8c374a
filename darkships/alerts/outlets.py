"""Where messages go: each kind of target as something that sends, or says why it could not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from darkships.alerts.messages import Message, filled, line
from darkships.alerts.senders import DeliveryError, Letter, send_by_apprise, send_by_smtp, send_by_webhook
from darkships.config.alerting import SmtpTarget, Target, WebhookTarget

PRINTED = "-"
"""The name of the outlet that is standard output."""


@dataclass(frozen=True)
class Outlet:
    """Someone who gets messages."""

    name: str
    send: Callable[[str, Sequence[Message], datetime], None]
    """Takes the idempotency key and the messages; raises DeliveryError if they may not have arrived."""
    digest: bool = False
    max_per_hour: int | None = None
    quiet_hours_utc: str = ""

    def is_quiet(self, now: datetime) -> bool:
        """Tell whether it wants to be left alone now."""
        if not self.quiet_hours_utc:
            return False
        begin, end = self.quiet_hours_utc.split("-")
        time = f"{now:%H:%M}"
        return begin <= time < end if begin <= end else time >= begin or time < end


def printer(echo: Callable[[str], None]) -> Outlet:
    """Return standard output as an outlet: all at once, a line each."""

    def send(_key: str, messages: Sequence[Message], _now: datetime) -> None:
        for message in messages:
            echo(line(message))

    return Outlet(PRINTED, send, digest=True)


def outlet_of(target: Target, environment: Mapping[str, str]) -> Outlet:
    """Return a configured target as an outlet; its secrets are taken when it sends."""

    def send(key: str, messages: Sequence[Message], now: datetime) -> None:
        subjects = [filled(target.subject, message) for message in messages]
        subject = subjects[0] if len(messages) == 1 else f"darkships: {len(messages)} alerts"
        body = "\n\n".join(filled(target.body, message).strip("\n") for message in messages) + "\n"
        letter = Letter(key, subject, body, tuple(messages), now)
        if isinstance(target, SmtpTarget):
            send_by_smtp(letter, target, environment)
        elif isinstance(target, WebhookTarget):
            send_by_webhook(letter, target, environment)
        else:
            send_by_apprise(letter, target, environment)

    return Outlet(target.name, send, target.digest, target.max_per_hour, target.quiet_hours_utc)


__all__ = ["PRINTED", "DeliveryError", "Outlet", "outlet_of", "printer"]
