"""A watch, night after night, on SYNTHETIC traffic: files that come late, twice or never, crashes, a changed setting.

Three watches get the same files: one that crashes, one that does not, and every night a new one that begins from
nothing. Their outputs must be the same bytes each night, and what the first two tell the same messages, each once.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from darkships.simulation.files import write_simulation
from darkships.simulation.plan import Settings, make_plan
from darkships.sites.watch import read_sites

NIGHTS, VESSELS, EVERY_S, SITES = 60, 150, 300.0, "sea-of-japan"
CRASH_EVERY = 10
OUTAGE = (24, 25)
"""Nights whose files never come."""
LATE, AGAIN = 0.25, 0.2
"""Shares of nights of which a part comes some nights later, and on which an old file comes once more, renamed."""
MOST_LATE = 3
CHANGED = 40
"""The night on which a setting changes."""

KEPT = Path(__file__).resolve().parent.parent / "out" / "soak"
"""Where the outputs of nights stay that should be alike and are not."""

_CONFIG = """\
store = "store"
out = "out"
sites = "{sites}"
label = "synthetic"
min_gap_h = {min_gap_h}
min_probability = 0.05
keep_outputs = 2
[[feed]]
paths = ["{feed}"]
[[target]]
name = "desk"
kind = "webhook"
url_env = "SOAK_URL"
secret_env = "SOAK_SECRET"
max_per_hour = 10000
"""


class Desk:
    """Takes messages over HTTP, and counts each by what it says."""

    def __init__(self) -> None:
        self.messages: Counter[str] = Counter()
        desk = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                desk.messages.update(json.dumps(message, sort_keys=True) for message in content["messages"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the library's
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}/"


class Watch:
    """A configured watch in a folder of its own."""

    def __init__(self, root: Path, feed: Path) -> None:
        self.root, self.feed, self.desk = root, feed, Desk()
        self.seconds = self.peak_gib = 0.0
        root.mkdir()

    def run(self, min_gap_h: float, *, kill_after_s: float | None = None) -> None:
        """Run a night as cron does, or let it crash in the midst."""
        text = _CONFIG.format(sites=SITES, min_gap_h=min_gap_h, feed=self.feed)
        (self.root / "darkships.toml").write_text(text, encoding="utf-8")
        began = time.perf_counter()
        with (self.root / "run.log").open("w") as log:
            process = subprocess.Popen(
                ["darkships", "run", "--config", str(self.root / "darkships.toml")],
                stdout=log, stderr=log, env={**os.environ, "SOAK_URL": self.desk.url, "SOAK_SECRET": "s" * 32},
            )  # fmt: skip
            if kill_after_s is not None:
                time.sleep(kill_after_s)
                os.kill(process.pid, signal.SIGKILL)  # which does not reap it, if it has ended
            _, status, usage = os.wait4(process.pid, 0)
        self.seconds, self.peak_gib = time.perf_counter() - began, usage.ru_maxrss / 2**20
        if status and kill_after_s is None:
            sys.exit(f"a run failed: {(self.root / 'run.log').read_text()}")

    @property
    def outputs(self) -> dict[str, bytes]:
        """What the last run wrote, but for its record, which tells what was new."""
        latest = self.root / "out" / "latest"
        return {path.name: path.read_bytes() for path in sorted(latest.iterdir()) if path.name != "run.json"}


def deliveries(days: list[Path], rng: random.Random) -> list[list[tuple[str, bytes]]]:
    """Return the files that come each night, by name and content."""
    nights: list[list[tuple[str, bytes]]] = [[] for _ in days]
    for night, path in enumerate(days):
        if night in OUTAGE:
            continue
        header, *rows = path.read_bytes().splitlines(keepends=True)
        late_by = rng.randint(1, MOST_LATE) if rng.random() < LATE else 0
        if late_by and night + late_by < len(days):
            late = set(rng.sample(range(len(rows)), len(rows) // 3))
            nights[night + late_by].append((f"late-{path.name}", header + b"".join(rows[i] for i in sorted(late))))
            rows = [row for i, row in enumerate(rows) if i not in late]
        nights[night].append((path.name, header + b"".join(rows)))
        if night and rng.random() < AGAIN:
            old = [file for earlier in nights[:night] for file in earlier]
            name, content = rng.choice(old)
            nights[night].append((f"again-{night}-{name}", content))
    return nights


def soak(nights: int, folder: Path) -> int:
    """Run all nights; return how many went wrong."""
    rng = random.Random(1)  # noqa: S311  no secret
    plan = make_plan(Settings(VESSELS, nights, every_s=EVERY_S), read_sites(SITES))
    days = write_simulation(plan, folder / "sim", ["marinecadastre"]).files
    feed = folder / "feed"
    feed.mkdir()
    crashing, steady = Watch(folder / "crashing", feed), Watch(folder / "steady", feed)
    wrong = 0
    print("night  files  seconds  peak GiB  crash  all anew  same bytes  told  same told  twice", flush=True)
    for night, files in enumerate(deliveries(days, rng)):
        for name, content in files:
            (feed / name).write_bytes(content)
        if not any(feed.iterdir()):
            continue
        min_gap_h = 6.0 if night < CHANGED else 8.0
        crashes = night % CRASH_EVERY == CRASH_EVERY - 1
        if crashes:
            crashing.run(min_gap_h, kill_after_s=steady.seconds * rng.uniform(0.2, 1.0))
        crashing.run(min_gap_h)
        steady.run(min_gap_h)
        anew = Watch(folder / "anew", feed)
        anew.run(min_gap_h)
        same = crashing.outputs == steady.outputs == anew.outputs
        if not same:
            for watch in (crashing, steady, anew):
                shutil.copytree(watch.root / "out" / "latest", KEPT / f"{night}" / watch.root.name, dirs_exist_ok=True)
        told, twice = crashing.desk.messages, max(crashing.desk.messages.values(), default=0) > 1
        same_told = set(told) == set(steady.desk.messages)
        wrong += not (same and same_told and not twice)
        print(
            f"{night:5}  {len(files):5}  {steady.seconds:7.1f}  {steady.peak_gib:8.2f}  {'yes' if crashes else '':5}"
            f"  {anew.seconds:8.1f}  {same!s:10}  {len(told):4}  {same_told!s:9}  {twice}",
            flush=True,
        )
        shutil.rmtree(anew.root)
    return wrong


def main() -> None:
    """Run the soak in a passing folder; exit with 1 if a night went wrong."""
    nights = int(sys.argv[1]) if len(sys.argv) > 1 else NIGHTS
    with tempfile.TemporaryDirectory(prefix="darkships-soak-") as folder:
        wrong = soak(nights, Path(folder))
    print(f"{wrong} of {nights} nights went wrong")
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
