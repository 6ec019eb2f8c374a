"""Where the shipped data lies: beside the package in a checkout, inside it when installed from a wheel."""

from pathlib import Path

from darkships.errors import DarkshipsError

_PACKAGE = Path(__file__).resolve().parent


def data_dir() -> Path:
    """Return the folder of shipped data (site lists, demo sample, model parameters)."""
    for candidate in (_PACKAGE / "_data", _PACKAGE.parent / "data"):
        if (candidate / "sites").is_dir():
            return candidate
    raise DarkshipsError(
        f"the shipped data was found neither beside nor inside {_PACKAGE}: the installation is incomplete, repeat it"
    )
