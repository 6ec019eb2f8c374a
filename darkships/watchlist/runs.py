"""The outputs of one run: a folder that is whole or not there, dated, and named by what it was made from.

``latest`` is a symbolic link to the folder that counts; it moves in one step, so nobody sees files of two runs.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from darkships.errors import DarkshipsError

LATEST = "latest"
RECORD = "run.json"
_NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{4}Z-v(\d+)-[0-9a-f]{6}")
_MAKING = ".making-"


@dataclass(frozen=True)
class RunRecord:
    """What a watchlist was made from; it stands beside it as run.json."""

    darkships: str
    """Version of the package."""
    store_version: int
    as_of: str
    """ISO 8601, UTC."""
    label: str
    parameters: Mapping[str, Any]
    sites: Mapping[str, str]
    """Name of each list or file, and ``digest`` of what they say together."""
    inputs: Mapping[str, Any]
    """``files``, their number; ``digest`` of their contents; ``new``, the names of those that the run before lacked;
    ``unknown_dates``, of which nothing is known any more."""

    @cached_property
    def config_hash(self) -> str:
        """Digest of all that the user decides and that changes outputs."""
        return digest(json.dumps([self.parameters, self.sites["digest"], self.label], sort_keys=True))

    @property
    def name(self) -> str:
        """Name of the folder: the time of the data, the store's version, and a digest of the rest."""
        rest = digest(f"{self.config_hash} {self.darkships} {self.inputs['digest']}")
        return f"{datetime.fromisoformat(self.as_of).astimezone(UTC):%Y-%m-%dT%H%MZ}-v{self.store_version}-{rest[:6]}"

    def text(self) -> str:
        """Return it as it is written."""
        return json.dumps({**asdict(self), "config_hash": self.config_hash}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, folder: Path) -> "RunRecord":
        """Read the record of a folder of outputs.

        Raises
        ------
        DarkshipsError
            If there is none, or it is damaged.

        """
        try:
            kept = json.loads((folder / RECORD).read_text(encoding="utf-8"))
            return cls(**{name: value for name, value in kept.items() if name != "config_hash"})
        except (OSError, ValueError, TypeError) as error:
            raise DarkshipsError(
                f"{folder} holds no outputs of darkships run: its {RECORD} cannot be read ({error}); "
                f"expected a folder such as {LATEST} in 'out'"
            ) from error


def told_unknown(dates: Sequence[str]) -> str:
    """Say that nothing is known of dates, in rising order."""
    return (
        f"{len(dates)} dates up to {dates[-1]} are left out: their reports have expired, and were not summed up with "
        "these sites and parameters before"
    )


def digest(text: str) -> str:
    """Return a short hash of a text."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def latest_run(out: Path) -> Path | None:
    """Return the folder that ``latest`` stands for; None if there is none yet."""
    folder = (out / LATEST).resolve()
    return folder if _record_of(folder) else None


def require_latest(out: Path) -> Path:
    """Return the folder that ``latest`` stands for.

    Raises
    ------
    DarkshipsError
        If nothing was written yet.

    """
    folder = latest_run(out)
    if folder is None:
        raise DarkshipsError(f"there are no outputs in {out} yet; make them with darkships run")
    return folder


def version_before(out: Path, version: int) -> int:
    """Return the store's version that the outputs before another one's were made from; 0 if there are none."""
    names = [_NAME.fullmatch(path.name) for path in out.iterdir()] if out.is_dir() else []
    return max((int(name[1]) for name in names if name and int(name[1]) < version), default=0)


def is_whole(folder: Path, record: RunRecord, names: Sequence[str]) -> bool:
    """Tell whether a folder has all outputs, made from what the record says."""
    found = _record_of(folder)
    return found is not None and found.name == record.name and all((folder / name).is_file() for name in names)


@contextmanager
def making(out: Path, record: RunRecord) -> Iterator[Path]:
    """Give a folder to write into; it takes its name, with the record in it, if all goes well.

    Raises
    ------
    DarkshipsError
        If the folder cannot be made.

    """
    new = out / f"{_MAKING}{secrets.token_hex(4)}"
    try:
        out.mkdir(parents=True, exist_ok=True)
        for left in out.glob(f"{_MAKING}*"):  # of a run that was killed; whoever writes here holds the lock
            shutil.rmtree(left)
        new.mkdir()
        yield new
        (new / RECORD).write_text(record.text(), encoding="utf-8")
        shutil.rmtree(out / record.name, ignore_errors=True)
        new.rename(out / record.name)
    except OSError as error:
        raise DarkshipsError(f"cannot make the folder {new} ({error.strerror}); choose another 'out'") from error
    finally:
        shutil.rmtree(new, ignore_errors=True)


def point_latest(out: Path, name: str) -> None:
    """Let ``latest`` stand for a folder, in one step."""
    link = out / f".{LATEST}"
    try:
        link.unlink(missing_ok=True)
        link.symlink_to(name, target_is_directory=True)
        os.replace(link, out / LATEST)  # noqa: PTH105  Path.replace follows no link either, but says so nowhere
    except OSError as error:
        raise DarkshipsError(
            f"cannot make the link {out / LATEST} ({error.strerror}); take away what stands there, "
            "or name an 'out' on a file system with symbolic links"
        ) from error


def prune(out: Path, keep: int) -> list[Path]:
    """Remove all but the newest folders of outputs, never the latest; return what was removed."""
    latest = latest_run(out)
    ours = sorted(path for path in out.iterdir() if _NAME.fullmatch(path.name) and (path / RECORD).is_file())
    old = [path for path in ours if path.resolve() != latest]
    removed = old[: max(len(ours) - keep, 0)]
    for path in removed:
        shutil.rmtree(path)
    return removed


def _record_of(folder: Path) -> RunRecord | None:
    with suppress(DarkshipsError):
        return RunRecord.read(folder)
    return None
