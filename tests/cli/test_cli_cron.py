"""The cron line as cron starts it: no terminal, a bare environment, one run at a time, an account of each."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import world
from pyais.encode import encode_dict

from darkships.config import read_config
from darkships.feed.live.spool import SourceSpool, Spool
from darkships.nightly.health import LOCK, FeedOutage
from darkships.nightly.lock import Owner, hold
from darkships.positions.store import Store

ROOT = Path(__file__).resolve().parents[2]
OWNER = Owner(7, "watch", "then")


@pytest.fixture
def config(tmp_path, sites_file, sea_cache, feed_folder):
    path = tmp_path / "darkships.toml"
    path.write_text(
        f'store = "store"\nout = "out"\nsites = "{sites_file}"\nmin_probability = 0.0\n'
        f'[[feed]]\npaths = ["{feed_folder}"]\n',
        encoding="utf-8",
    )
    return path


def cron_line(config, *options):
    """Return the line of a crontab that runs this checkout; cron knows neither a PATH nor a virtual environment."""
    words = [sys.executable, "-c", "from darkships.cli import main; main(prog_name='darkships')", "run", *options]
    caches = [f"{name}={os.environ[name]}" for name in ("DARKSHIPS_CACHE", "NUMBA_CACHE_DIR") if name in os.environ]
    return f"cd {shlex.quote(str(ROOT))} && {shlex.join(['env', *caches, *words, '--config', str(config)])}"


def test_in_the_environment_of_cron(config, tmp_path):
    """``env -i`` and /bin/sh, as Debian's cron runs a line; a first run tells what is new, a second is silent."""
    bare = ["env", "-i", "HOME=/", "SHELL=/bin/sh", "PATH=/usr/bin:/bin", "LOGNAME=watch", "/bin/sh", "-c"]
    for news, words in ((3, "wrote"), (0, "nothing new: the outputs stand as they are\n")):
        done = subprocess.run([*bare, cron_line(config)], capture_output=True, text=True, check=True)
        assert [line[:7] for line in done.stdout.splitlines()] == ["NEW DS-"] * news
        assert words in done.stderr
    assert (tmp_path / "out" / "latest" / "watchlist.csv").exists()


def test_a_run_with_nothing_new_does_not_wait_for_what_computes(config):
    program = (
        "import sys\nfrom darkships.cli import main\ntry:\n main(['run', '--config', sys.argv[1]])\n"
        "finally:\n print(sorted({'numba', 'movingpandas', 'darkships.pipeline'} & set(sys.modules)))"
    )
    loaded = [
        subprocess.run(
            [sys.executable, "-c", program, config], capture_output=True, text=True, check=True
        ).stdout.splitlines()[-1]
        for _ in range(2)
    ]
    assert loaded == ["['darkships.pipeline', 'numba']", "[]"]


@pytest.mark.skipif(not shutil.which("cron") or not shutil.which("unshare"), reason="needs cron and unshare")
def test_started_by_cron_itself(config, tmp_path):
    """Debian's cron, in a mount namespace in which the crontabs are ours; it starts a line each minute."""
    alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this user may make no namespaces")
    crontab = tmp_path / "cron.d" / "darkships"
    crontab.parent.mkdir()
    line = f"{cron_line(config)} > {tmp_path}/told; touch {tmp_path}/done"
    crontab.write_text(f"* * * * * root {line}\n", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    mounts = [("cron.d", "/etc/cron.d"), ("empty", "/var/spool/cron"), ("empty", "/run/lock")]
    script = "".join(f"mount --bind {tmp_path / ours} {theirs} && " for ours, theirs in mounts)
    script += f"mount --bind /dev/null /etc/crontab && cron -f & until [ -e {tmp_path}/done ]; do sleep 0.2; done"
    subprocess.run([*alone, "/bin/sh", "-c", script], check=True, timeout=150)
    assert [line[:7] for line in (tmp_path / "told").read_text(encoding="utf-8").splitlines()] == ["NEW DS-"] * 3
    assert (tmp_path / "out" / "latest" / "watchlist.csv").exists()


def test_one_json_line_a_step_and_nothing_else(config, invoke):
    result = invoke("run", "--config", config, "--log-json")
    assert len(result.stdout.splitlines()) == 3
    lines = [json.loads(line) for line in result.stderr.splitlines()]
    steps = ["ingest", "analysis", "record", "deliver", "run"]
    assert [(line["step"], line["ok"]) for line in lines] == [(step, True) for step in steps]
    assert (lines[0]["files"], lines[0]["new_files"]) == (5, 5)
    assert lines[0]["rows"] == len(world.rows())
    assert lines[1]["written"].startswith("2023-09-11T0000Z-v5-")
    assert (lines[2]["news"], lines[3]["sent"]) == (3, {"-": 3})


def test_an_error_is_a_json_line_too(config, invoke, tmp_path):
    with hold(read_config(config).out / LOCK, OWNER):
        result = invoke("run", "--config", config, "--log-json", code=1)
    (line,) = [json.loads(line) for line in result.stderr.splitlines()]
    assert (line["step"], line["ok"]) == ("run", False)
    assert "process 7 on watch since then" in line["error"]


def test_notes_are_json_lines_too(config, feed_folder, invoke, tmp_path, monkeypatch):
    monkeypatch.setattr("darkships.cli.common.clock", lambda: datetime(2023, 9, 11, 3, 15, tzinfo=UTC))
    feed = shutil.copytree(feed_folder, tmp_path / "feed")
    (feed / ".part").touch()
    text = config.read_text(encoding="utf-8").replace(str(feed_folder), str(feed))
    mail = 'kind = "smtp"\nhost = "localhost"\nsender = "a@b.c"\nto = ["a@b.c"]\nquiet_hours_utc = "03:00-04:00"\n'
    config.write_text(f'{text}[[target]]\nname = "desk"\n{mail}', encoding="utf-8")
    dead = '{"pid": 7, "host": "watch", "since": "then"}'
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.owner.json").write_text(dead, encoding="utf-8")
    lines = [json.loads(line) for line in invoke("run", "--config", config, "--log-json").stderr.splitlines()]
    died, left, waits = [line["note"] for line in lines if "note" in line]
    assert "process 7 on watch since then died" in died
    assert left == f"{feed}/.part was left out: hidden, or no feed by its name"
    assert waits.startswith("desk: 3 message(s) wait, quiet hours")
    (tmp_path / "out" / "run.owner.json").write_text(dead, encoding="utf-8")
    result = invoke("run", "--config", config, "--at-version", 2, "--log-json")
    assert result.stdout == ""
    note, analysis, run = [json.loads(line) for line in result.stderr.splitlines()]
    assert note["note"] == died
    assert (analysis["step"], analysis["written"][:20]) == ("analysis", "2023-09-08T2330Z-v2-")
    assert (run["step"], run["ok"]) == ("run", True)


def test_two_runs_at_once(config, refuse, tmp_path):
    with hold(read_config(config).out / LOCK, OWNER):
        assert "process 7 on watch since then; wait for its end" in refuse("run", "--config", config)
    assert not (tmp_path / "store").exists()


def test_a_run_that_died_is_told_by_the_next(config, invoke, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "run.owner.json").write_text('{"pid": 7, "host": "watch", "since": "then"}', encoding="utf-8")
    assert "process 7 on watch since then died" in invoke("run", "--config", config).stderr


def test_the_doctor(config, invoke, refuse, tmp_path, monkeypatch):
    message = invoke("doctor", "--config", config, code=1).stderr
    assert "no run has been made yet" in message
    monkeypatch.setattr("darkships.cli.common.clock", lambda: datetime(2023, 9, 11, 3, 15, tzinfo=UTC))
    invoke("run", "--config", config)
    told = invoke("doctor", "--config", config)
    assert told.stderr == ""
    assert "2023-09-11T03:15:00+00:00" in told.stdout
    health = json.loads((tmp_path / "out" / "health.json").read_text(encoding="utf-8"))
    assert (health["lag_h"], health["rows"], health["store_version"]) == (3.25, len(world.rows()), 5)
    monkeypatch.setattr("darkships.cli.common.clock", lambda: datetime(2023, 9, 12, 12, tzinfo=UTC))
    message = invoke("doctor", "--config", config, code=1).stderr
    assert "3 thing(s) to look at" in message
    assert "the feed is quiet" in message


def test_what_a_run_took_in_before_it_was_killed_is_news_of_its_feed(config, invoke, tmp_path):
    kill = "import os; from darkships.nightly import night; night.run_configured = lambda *_: os.kill(os.getpid(), 9); "
    words = shlex.split(cron_line(config).partition(" && ")[2])
    words[words.index("-c") + 1] = kill + words[words.index("-c") + 1]
    assert subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode == -signal.SIGKILL
    invoke("run", "--config", config)
    health = json.loads((tmp_path / "out" / "health.json").read_text(encoding="utf-8"))
    (feed,) = health["feeds"].values()
    assert feed["rows"] == len(world.rows())
    assert feed["last_new"]
    assert health["rows"] == 0


def test_a_damaged_health_file_is_told_and_stops_no_run(config, invoke, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "health.json").write_text('{"feeds":', encoding="utf-8")
    assert "health.json cannot be read" in invoke("doctor", "--config", config, code=1).stderr
    said = invoke("run", "--config", config).stderr
    assert "health.json cannot be read" in said
    assert "wrote" in said
    assert json.loads((tmp_path / "out" / "health.json").read_text(encoding="utf-8"))["last_success"]


def test_outages_of_the_outputs_are_in_the_health_file_and_the_doctor_tells(config, invoke, tmp_path, monkeypatch):
    def found(path, as_of):
        assert path.read_text(encoding="utf-8").startswith("from_timestamp,")
        return (FeedOutage(as_of.isoformat(), "", "the south", 7),)

    monkeypatch.setattr("darkships.nightly.night.recent_outages", found)
    monkeypatch.setattr("darkships.cli.common.clock", lambda: datetime(2023, 9, 11, 3, 15, tzinfo=UTC))
    invoke("run", "--config", config)
    (outage,) = json.loads((tmp_path / "out" / "health.json").read_text(encoding="utf-8"))["outages"]
    assert (outage["where"], outage["until"], outage["vessels"]) == ("the south", "", 7)
    told = invoke("doctor", "--config", config, code=1)
    assert "outage in the south" in told.stdout
    assert "nobody is heard since 2023-09-11T00:00:00+00:00 in the south" in told.stderr


def test_a_run_takes_in_what_a_listener_that_died_left(config, invoke, tmp_path):
    invoke("run", "--config", config)
    spool = SourceSpool(Spool(tmp_path / "store" / "spool", 10**6), "udp-gone", "terrestrial")
    spool.claim()
    fields = {"msg_type": 1, "mmsi": 273000001, "lon": 130.6, "lat": 42.3, "second": 20}
    sentence = f"1694000000000 {encode_dict(fields, talker_id='AI')[0]}"
    spool.append("nmea", [sentence.encode()], 1_694_000_000_000)
    ((_, file),) = spool.detach()
    file.close()
    spool.release()
    said = invoke("run", "--config", config, "--log-json").stderr
    (step,) = [line for line in map(json.loads, said.splitlines()) if line["step"] == "spool"]
    assert step["rows"] == 1
    health = json.loads((tmp_path / "out" / "health.json").read_text(encoding="utf-8"))
    assert health["rows"] == 1
    assert 273000001 in Store.open(tmp_path / "store").read()["mmsi"].to_pylist()


def test_a_run_that_fails_is_in_the_health_file(config, refuse, tmp_path):
    config.write_text(config.read_text(encoding="utf-8").replace(".geojson", ".none"), encoding="utf-8")
    refuse("run", "--config", config)
    health = json.loads((tmp_path / "out" / "health.json").read_text(encoding="utf-8"))
    assert "neither a file nor a shipped list" in health["last_error"]
    assert health["last_success"] == ""
