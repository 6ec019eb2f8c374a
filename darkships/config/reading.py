"""A darkships.toml read and checked as a whole."""

import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from darkships.config.agreement import disagreements
from darkships.config.alerting import TARGETS, AnyTarget
from darkships.config.draft import Draft, Fault
from darkships.config.settings import Config
from darkships.config.wording import faults_in
from darkships.errors import ConfigError


def read_config(path: Path) -> Config:
    """Read and check a configuration file.

    Raises
    ------
    ConfigError
        If the file is missing, is no TOML, or has unknown keys, wrong types, impossible values or values that do not
        go together: all of them at once, each with its line.

    """
    draft = read_draft(path)
    faults = list(faults_of_text(draft))
    if faults:
        raise draft.error(faults)
    return _validated(draft)


def read_draft(path: Path) -> Draft:
    """Read a configuration file that may be wrong.

    Raises
    ------
    ConfigError
        If the file is missing or is no TOML.

    """
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")  # editors of Windows begin it with a mark
        return Draft(path, text, tomllib.loads(text))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); name a darkships.toml with --config") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def faults_of_text(draft: Draft) -> Iterator[Fault]:
    """Yield all that is wrong with a file by itself, wherever its paths may lead."""
    try:
        _validated(draft)
    except ValidationError as error:
        yield from faults_in(error, draft.raw)
    yield from _faults_of_unknown_kinds(draft)
    yield from disagreements(draft)


def _validated(draft: Draft) -> Config:
    return TypeAdapter(Config).validate_python(draft.raw, context={"base": draft.base}, by_alias=True, by_name=False)


def _faults_of_unknown_kinds(draft: Draft) -> Iterator[Fault]:
    """Yield what is wrong with targets of which pydantic looks at the kind only, as it knows none such."""
    common = {field.name for field in fields(AnyTarget)}
    for target in draft.tables("target"):
        if str(target.raw.get("kind")) not in TARGETS:
            try:
                TypeAdapter(AnyTarget).validate_python({key: target.raw[key] for key in common & target.raw.keys()})
            except ValidationError as error:
                yield from faults_in(error, draft.raw, target.place)
