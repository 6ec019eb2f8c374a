"""Kinds of values that a darkships.toml has."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, ValidationInfo

STRICT = ConfigDict(
    extra="forbid",
    arbitrary_types_allowed=True,
    validate_by_name=True,
    validate_by_alias=True,
    hide_input_in_errors=True,
)


def beside(value: Any, info: ValidationInfo) -> Any:
    """Return a path that is relative to the folder of the configuration."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError("expected the text of a path")
    return (info.context or {}).get("base", Path()) / value


Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True)]
Text = Annotated[str, Field(strict=True)]
FilePath = Annotated[Path, BeforeValidator(beside)]
