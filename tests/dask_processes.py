"""A Dask scheduler and workers as processes, as a user starts them, and what is left of a command's processes."""

import contextlib
import os
import re
import select
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).parent


@contextmanager
def dask(*args, ready, within=(), path=(), settings=()):
    """Run a dask command while the context lasts; yield what it says when it is ready."""
    folders = os.pathsep.join(map(str, [*path, TESTS.parent, TESTS]))
    environment = {**os.environ, **dict(settings), "PYTHONPATH": folders}
    environment.pop("DASK_LOGGING", None)  # a cluster in this process silences what it spawns
    command = [*within, sys.executable, "-m", "dask", *map(str, args)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = []
            for line in process.stderr:
                said.append(line)
                if found := re.search(ready, line):
                    break
            else:
                raise AssertionError("".join(said))
            threading.Thread(target=process.stderr.read, daemon=True).start()  # so that it never waits for a reader
            yield found[0]
        finally:
            process.terminate()


def scheduler(host="127.0.0.1", **more):
    """Run a scheduler; yield its address."""
    options = ("--host", host, "--port", 0, "--no-dashboard")
    return dask("scheduler", *options, ready=r"tcp://\S+", **more)


def worker(address, **more):
    """Run a worker process with one thread."""
    options = ("--nthreads", 1, "--no-dashboard", "--no-nanny")
    return dask("worker", address, *options, ready=r"Starting established connection", **more)


def left_of_session(leader):
    """Return the processes of a session that do not end."""
    found = []
    for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal()):
        with contextlib.suppress(ProcessLookupError):
            if os.getsid(pid) == leader and not _ends(pid):
                found.append(pid)
    return found


def _ends(pid):
    process = os.pidfd_open(pid)
    try:
        return bool(select.select([process], [], [], 20)[0])  # what a killed parent leaves ends a moment later
    finally:
        os.close(process)
