import json
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from darkships.errors import DarkshipsError
from darkships.nightly.lock import LockedError, Owner, hold, is_held, owner_of

NOW = datetime(2023, 9, 11, 3, 15, tzinfo=UTC)
ME = Owner(7, "watch", "2023-09-11T03:15:00+00:00")


def test_one_at_a_time_and_the_owner_is_shown(tmp_path):
    lock = tmp_path / "out" / "run.lock"
    assert not is_held(lock)
    with hold(lock, ME) as dead:
        assert dead is None
        assert is_held(lock)
        words = r"process 7 on watch since 2023-09-11T03:15:00\+00:00; wait for its end"
        with pytest.raises(LockedError, match=words), hold(lock, Owner.here(NOW)):
            pass
    assert not is_held(lock)
    assert owner_of(lock) is None
    with hold(lock, ME) as dead:
        assert dead is None


def test_it_is_given_back_after_an_error(tmp_path):
    with pytest.raises(KeyboardInterrupt), hold(tmp_path / "run.lock", ME):
        raise KeyboardInterrupt
    with hold(tmp_path / "run.lock", ME) as dead:
        assert dead is None


def test_a_lock_whose_owner_was_killed_is_stale(tmp_path):
    lock = tmp_path / "run.lock"
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom darkships.nightly.lock import Owner, hold\n"
        "with hold(Path(sys.argv[1]), Owner(os.getpid(), 'far', 'then')):\n print(os.getpid(), flush=True)\n"
        " sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, lock], stdin=-1, stdout=-1, text=True) as other:
        pid = int(other.stdout.readline())
        with pytest.raises(LockedError, match=f"process {pid} on far"), hold(lock, ME):
            pass
        other.kill()
        other.wait()
    assert not is_held(lock)
    assert owner_of(lock) == Owner(pid, "far", "then")
    with hold(lock, ME) as dead:
        assert dead == Owner(pid, "far", "then")
        assert owner_of(lock) == ME


def test_a_damaged_owner_file_keeps_nobody_out(tmp_path):
    (tmp_path / "run.owner.json").write_text(json.dumps([1]), encoding="utf-8")
    with hold(tmp_path / "run.lock", ME) as dead:
        assert dead is None


def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "out").write_text("", encoding="utf-8")
    with pytest.raises(DarkshipsError, match="cannot make the folder"), hold(tmp_path / "out" / "run.lock", ME):
        pass
