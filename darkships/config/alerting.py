"""What a darkships.toml can say of alerts: lists of vessels, rules, and where messages go."""

import re
from string import Template
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from darkships.config.fields import STRICT, Count, FilePath, Number, Text

KINDS: tuple["Kind", ...] = ("new", "changed", "within_range", "listed", "rhythm")
FIELDS = (
    "change", "reason", "text", "lead_id", "name", "mmsi", "imo", "site", "probability", "evidence_for",
    "evidence_against", "best_alternative", "next_image_from", "next_image_to", "next_image_area", "label",
)  # fmt: skip
"""What a template may name."""

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def _template(text: str) -> str:
    template = Template(text)
    unknown = [name for name in template.get_identifiers() if name not in FIELDS]
    if unknown or not template.is_valid():
        raise ValueError(f"expected a text with $names of: {', '.join(FIELDS)}")
    return text


def _hours(text: str) -> str:
    if text and not _HOURS.fullmatch(text):
        raise ValueError('expected hours of UTC such as "22:00-05:30"')
    return text


Kind = Literal["new", "changed", "within_range", "listed", "rhythm"]
Name = Annotated[Text, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
TemplateText = Annotated[Text, AfterValidator(_template)]
Names = tuple[Text, ...]


@dataclass(frozen=True, config=STRICT)
class ListConfig:
    """A CSV of vessels to look out for, with a column imo or mmsi."""

    name: Name
    file: FilePath


@dataclass(frozen=True, config=STRICT)
class Rule:
    """Which leads are told, and what of them; any rule that fits is enough."""

    sites: Names = ()
    """Sites or groups; none means all."""
    lists: Names = ()
    """Names of [[list]]; none means all vessels."""
    min_probability: Annotated[Number, Field(ge=0.0, le=1.0)] = 0.5
    when: Annotated[tuple[Kind, ...], Field(min_length=1)] = KINDS


@dataclass(frozen=True, config=STRICT, kw_only=True)
class AnyTarget:
    """What all places that messages go to have in common."""

    name: Name
    digest: Annotated[bool, Field(strict=True)] = False
    """One message a run with all that is new, else one each."""
    quiet_hours_utc: Annotated[Text, AfterValidator(_hours)] = ""
    max_per_hour: Annotated[Count, Field(ge=1)] = 60
    """What is more goes together in the last of them."""
    subject: TemplateText = "darkships: $change $name"
    body: TemplateText = "$text\n\nFor: $evidence_for\nAgainst: $evidence_against\nInstead: $best_alternative\n"


@dataclass(frozen=True, config=STRICT, kw_only=True)
class SmtpTarget(AnyTarget):
    """A mail server."""

    kind: Literal["smtp"]
    host: Text
    sender: Text
    to: Annotated[Names, Field(min_length=1)]
    port: Annotated[Count, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Text = ""
    password_env: Text = ""
    password_file: FilePath | None = None


@dataclass(frozen=True, config=STRICT, kw_only=True)
class WebhookTarget(AnyTarget):
    """A server that takes JSON by POST, signed with a shared secret."""

    kind: Literal["webhook"]
    url_env: Text = ""
    url_file: FilePath | None = None
    secret_env: Text = ""
    secret_file: FilePath | None = None


@dataclass(frozen=True, config=STRICT, kw_only=True)
class AppriseTarget(AnyTarget):
    """Any of the services that the package apprise knows, by its URL, which holds a secret."""

    kind: Literal["apprise"]
    url_env: Text = ""
    url_file: FilePath | None = None


Target = Annotated[SmtpTarget | WebhookTarget | AppriseTarget, Field(discriminator="kind")]

TARGETS: dict[str, type] = {"smtp": SmtpTarget, "webhook": WebhookTarget, "apprise": AppriseTarget}
"""By kind."""
