"""Passwords and keys: from the environment or a file that only its owner may read, and never shown."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from darkships.config.alerting import Target
from darkships.errors import DarkshipsError


class Secret:
    """A secret; what prints it shows three stars."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return it, for the one who needs it."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Return a text without it."""
        return text.replace(self._value, "***")

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "Secret(***)"


def secrets_of(target: Target, environment: Mapping[str, str]) -> dict[str, Secret]:
    """Take all secrets of a target: ``password``, ``url``, ``secret``; none where no password is needed.

    Raises
    ------
    DarkshipsError
        If one is not where the configuration says, is empty, or others may read its file.

    """
    found = {}
    for what in ("password", "url", "secret"):
        variable, file = getattr(target, f"{what}_env", ""), getattr(target, f"{what}_file", None)
        if variable or file:
            name = f"{what} of {target.name}"
            found[what] = find_secret(name, variable=variable, file=file, environment=environment)
    return found


def find_secret(name: str, *, variable: str, file: Path | None, environment: Mapping[str, str]) -> Secret:
    """Take a secret from where the configuration says.

    Parameters
    ----------
    name
        What it is, for messages.
    variable
        The environment's variable that holds it; empty if a file does.
    file
        The file whose first line it is.
    environment
        The environment.

    Raises
    ------
    DarkshipsError
        If it is not there, is empty, or others may read the file.

    """
    if file is None:
        value = environment.get(variable, "")
        where = f"the environment has no {variable}, or it is empty"
    else:
        value, where = _first_line(file, name), f"{file} is empty"
    if not value:
        raise DarkshipsError(f"the {name} is missing: {where}; expected it there")
    return Secret(value)


def _first_line(file: Path, name: str) -> str:
    try:
        with file.open(encoding="utf-8") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077:
                raise DarkshipsError(f"the {name} in {file} can be read by others (mode {mode:o}); chmod 600 {file}")
            return opened.readline().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DarkshipsError(f"the {name} cannot be read from {file} ({type(error).__name__}); mend that") from error
