"""A store that is published to a bucket: read there as from its folder, whatever goes on meanwhile or wrong."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import bucket
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from positions_samples import leave_half_committed
from random_sea import SITES, batch, by_day, reports

from darkships import remote
from darkships.cli import main
from darkships.config import read_config
from darkships.errors import ConfigError, StoreError
from darkships.pipeline import Analysis
from darkships.positions.published import Published
from darkships.positions.store import Store
from darkships.remote import UrlPath
from darkships.urls import Url

DAYS = by_day(reports(7).assign(offset=lambda frame: frame.index + 1))


@pytest.fixture
def url(endpoint):
    return f"{bucket.new_bucket()}/watch"


def ingest(store, numbers):
    for number in numbers:
        store.ingest(
            name=f"day {number}", path=f"day {number}", content_hash=str(number).ljust(64, "0"), size=1,
            format="synthetic", batches=[batch(DAYS[number])],
        )  # fmt: skip


@pytest.fixture
def store(tmp_path):
    """A store of which not all dates have come yet."""
    store = Store.open(tmp_path / "store", create=True)
    ingest(store, range(4))
    return store


def outcome(store):
    analysis = Analysis(store, SITES)
    return analysis.watchlist().to_csv(), analysis.gaps.to_csv(), analysis.flags.to_csv()


def invoke(*args):
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    return result.exit_code, result.stdout, result.stderr


def test_what_is_published_gives_the_same_bytes(store, url):
    published = store.publish(url)
    parts = {path.relative_to(store.path).as_posix(): path.read_bytes() for path in store.path.rglob("*.parquet")}
    assert published == Published(4, len(parts), sum(map(len, parts.values())), 0, 0)
    far = Store.open(url)
    assert (far.version, far.info(), far.verify()) == (4, store.info(), [])
    assert far.read().equals(store.read())
    assert outcome(far) == outcome(store)
    there = bucket.contents(url)
    kept = {path.relative_to(store.path).as_posix(): path.read_bytes() for path in store.path.glob("summaries/*/*")}
    assert there == {**parts, **kept, "catalog.sqlite": there["catalog.sqlite"]}


def test_a_second_time_only_what_is_new_is_copied(store, url, monkeypatch):
    outcome(store)
    store.publish(url)
    before = bucket.contents(url)
    assert not any(name.endswith("/weighed") for name in before)
    ingest(store, [4])
    outcome(store)
    written = []
    write_bytes = UrlPath.write_bytes
    monkeypatch.setattr(
        UrlPath, "write_bytes", lambda self, content: written.append(self) or write_bytes(self, content)
    )
    assert store.publish(url)[:2] == (5, 1)
    monkeypatch.undo()
    after = bucket.contents(url)
    assert {path.inner[1:] for path in written} == {*(after.keys() - before.keys()), "catalog.sqlite"}
    assert str(written[-1]) == f"{url}/catalog.sqlite"
    monkeypatch.setattr("darkships.summaries.of_dates", None)  # all is summed up
    assert outcome(Store.open(url)) == outcome(store)


def test_a_reader_always_finds_a_whole_version(store, url, monkeypatch):
    store.publish(url)
    reader, known = Store.open(url), store.read()
    store.compact()
    ingest(store, [4, 5])
    write_bytes, seen = UrlPath.write_bytes, []

    def writing(self, content):
        seen.append(Store.open(url).read().num_rows)
        write_bytes(self, content)

    monkeypatch.setattr(UrlPath, "write_bytes", writing)
    store.publish(url)
    assert seen == [known.num_rows] * 3
    assert reader.read().equals(known)
    assert Store.open(url).read().equals(store.read())
    assert Store.open(url).at_version(4).read().equals(known)


def test_publishing_that_was_cut_off_goes_on(store, url, monkeypatch):
    write_bytes, left = UrlPath.write_bytes, iter(range(2))

    def writing(self, content):
        if next(left, None) is None:
            raise StoreError("the line is dead")
        write_bytes(self, content)

    monkeypatch.setattr(UrlPath, "write_bytes", writing)
    with pytest.raises(StoreError, match="the line is dead"):
        store.publish(url)
    monkeypatch.undo()
    with pytest.raises(StoreError, match=rf"no store was found at {url}; .* darkships store publish --store FOLDER"):
        Store.open(url)
    assert store.publish(url).parts == 2
    assert Store.open(url).verify() == []


def test_what_the_store_has_no_more_is_removed_if_asked_for(store, url):
    store.publish(url)
    ingest(store, [5])
    assert store.compact() == 0
    late = DAYS[0].sample(5, random_state=1).assign(mmsi=273_000_009)
    store.ingest(
        name="late", path="late", content_hash="f" * 64, size=1, format="synthetic", batches=[batch(late)]
    )  # fmt: skip
    store.publish(url)
    assert store.compact() == 1
    assert store.publish(url).removed == 0
    assert sum(name.startswith("positions/date=2023-09-07") for name in bucket.contents(url)) == 3
    assert store.publish(url, prune=True).removed == 2
    assert sum(name.startswith("positions/date=2023-09-07") for name in bucket.contents(url)) == 1
    assert Store.open(url).verify() == []
    assert Store.open(url).read().equals(store.read())


def test_only_an_earlier_version_is_replaced(store, url, tmp_path):
    earlier = Store.open(shutil.copytree(store.path, tmp_path / "earlier"))
    store.set_label("synthetic")
    store.publish(url)
    before = bucket.contents(url)
    refused = "holds another store, or a later version of this one"
    with pytest.raises(StoreError, match=rf"{refused} \(version 5 there, 4 here\)"):
        earlier.publish(url)
    other = Store.open(tmp_path / "other", create=True)
    ingest(other, [5, 4, 3, 2, 1])
    with pytest.raises(StoreError, match=rf"{refused} \(version 5 there, 5 here\)"):
        other.publish(url)
    assert bucket.contents(url) == before


def test_a_bucket_must_be_there(store, endpoint):
    with pytest.raises(StoreError, match="s3://nobody-made-this/watch is in a bucket that does not exist; make the"):
        store.publish("s3://nobody-made-this/watch")
    with pytest.raises(StoreError, match="no store was found at s3://nobody-made-this/watch"):
        Store.open("s3://nobody-made-this/watch")


def test_a_damaged_part_is_not_published(store, url):
    part = next(store.path.glob("positions/*/*"))
    part.write_bytes(part.read_bytes()[:-1] + b"x")
    with pytest.raises(StoreError, match=f"{part.name} is damaged; nothing was published"):
        store.publish(url)
    part.unlink()
    with pytest.raises(StoreError, match=rf"{part.name} cannot be read \(No such file"):
        store.publish(url)
    assert "catalog.sqlite" not in bucket.contents(url)


def test_a_missing_or_damaged_object_is_named(store, url):
    store.publish(url)
    name = next(name for name in bucket.contents(url) if name.startswith("positions"))
    bucket.put(f"{url}/{name}", None)
    with pytest.raises(StoreError, match=rf"the part {url}/{name} is missing or damaged .* publish it again"):
        outcome(Store.open(url))
    assert Store.open(url).verify()[0] == f"{name}: cannot be read (not found)"
    bucket.put(f"{url}/{name}", b"PAR1" * 9)
    with pytest.raises(StoreError, match=rf"the part {url}/{name} is missing or damaged"):
        outcome(Store.open(url))
    assert store.publish(url).parts == 1
    assert Store.open(url).verify() == []


def test_a_damaged_summary_is_made_again(store, url):
    store.publish(url)
    expected = outcome(Store.open(url))
    before = {name: content for name, content in bucket.contents(url).items() if name.startswith("summaries")}
    for name, content in before.items():
        bucket.put(f"{url}/{name}", content[: len(content) // 2])
    assert outcome(Store.open(url)) == expected
    assert {name: content for name, content in bucket.contents(url).items() if name in before} == before


def put_bare_copy(store, url):
    for path in filter(Path.is_file, store.path.rglob("*")):
        bucket.put(f"{url}/{path.relative_to(store.path).as_posix()}", path.read_bytes())


def test_a_bare_copy_with_a_journal_is_refused(store, url):
    leave_half_committed(store)
    put_bare_copy(store, url)
    with pytest.raises(StoreError, match="is the bare copy of a store's folder, with a journal"):
        Store.open(url)
    bucket.put(f"{url}/catalog.sqlite-journal", None)
    bucket.put(f"{url}/catalog.sqlite", None)
    version = store.version
    store.publish(url)
    assert Store.open(url).version == version


def test_a_bare_copy_with_a_write_ahead_log_is_refused(store, url):
    with closing(sqlite3.connect(store.path / "catalog.sqlite", isolation_level=None)) as reader:
        reader.execute("PRAGMA journal_mode = WAL")  # as earlier versions made it
        reader.execute("SELECT * FROM parts").fetchall()  # so that the log stays
        store.set_label("synthetic")
        put_bare_copy(store, url)
        with pytest.raises(StoreError, match="is the bare copy of a store's folder, with a journal"):
            Store.open(url)
        bucket.put(f"{url}/catalog.sqlite-wal", None)
        store.publish(url)  # what a log holds comes along
        assert Store.open(url).label == "synthetic"


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_bare_copy_without_a_journal_is_read(store, url, mode):
    with closing(sqlite3.connect(store.path / "catalog.sqlite", isolation_level=None)) as connection:
        connection.execute(f"PRAGMA journal_mode = {mode}")
    assert not {"catalog.sqlite-wal", "catalog.sqlite-journal"} & {path.name for path in store.path.iterdir()}
    put_bare_copy(store, url)
    assert Store.open(url).read().equals(store.read())


@pytest.mark.parametrize("content", [b"no database" * 100, b""])
def test_what_is_no_catalog_is_refused(url, content):
    bucket.put(f"{url}/catalog.sqlite", content)
    with pytest.raises(StoreError, match=url):
        Store.open(url)


def test_only_what_is_asked_for_travels(store, url, monkeypatch):
    rng = np.random.default_rng(5)
    n = 60_000
    frame = pd.DataFrame({
        "mmsi": np.sort(rng.integers(273_000_001, 273_000_100, n)), "timestamp": DAYS[5]["timestamp"].iloc[0],
        "lon": rng.uniform(129, 131, n), "lat": rng.uniform(40, 42, n), "sog": rng.integers(0, 200, n) / 10,
        "receiver": "unknown", "offset": np.arange(n) + 1,
    })  # fmt: skip
    frame["timestamp"] += pd.to_timedelta(np.arange(n) % 30_000, "s")
    big = Store.open(store.path.parent / "big", create=True)
    big.ingest(name="a", path="a", content_hash="a" * 64, size=1, format="synthetic", batches=[batch(frame)])
    big.publish(url)
    part = next(big.path.glob("positions/*/*"))
    file_system, _ = remote._kept_file_system(Url(url))
    fetched, cat_file = [], file_system.cat_file
    monkeypatch.setattr(file_system, "cat_file", lambda *args, **how: _told(fetched, cat_file(*args, **how)))
    far = Store.open(url)
    fetched.clear()
    assert far.read(columns=["mmsi", "sog"]).equals(big.read(columns=["mmsi", "sog"]))
    assert sum(fetched) < part.stat().st_size / 2


def _told(fetched, content):
    fetched.append(len(content))
    return content


def test_who_may_only_read_keeps_summaries_to_herself(store, url, endpoint):
    store.publish(url)
    before = bucket.contents(url)
    expected = invoke("gaps", "--store", store.path)
    with bucket.asking(endpoint) as (keys, _):
        assert bucket.darkships("gaps", "--store", url, **keys) == expected
        outcome(store)
    store.publish(url)
    with bucket.asking(endpoint) as (keys, _):
        assert bucket.darkships("gaps", "--store", url, "--workers", 2, **keys) == expected
    assert bucket.contents(url).keys() - before.keys() == {
        path.relative_to(store.path).as_posix() for path in store.path.glob("summaries/*/*") if path.name != "weighed"
    }


def test_what_expired_is_known_to_who_may_only_read(store, url, endpoint):
    ingest(store, [4, 5])
    expected = invoke("gaps", "--store", store.path, "--as-of", DAYS[5]["timestamp"].max().isoformat())
    store.expire(DAYS[4]["timestamp"].iloc[0].date())
    assert store.info().expired > 0
    assert store.publish(url).summaries > 0
    with bucket.asking(endpoint) as (keys, _):
        code, out, told = bucket.darkships("gaps", "--store", url, **keys)
    assert (code, told) == (0, "")
    assert out.count("\n") == expected[1].count("\n") > 1


@pytest.mark.parametrize("wrong", [{"AWS_ACCESS_KEY_ID": "nobody"}, {"AWS_ACCESS_KEY_ID": ""}], ids=["unknown", "none"])
def test_wrong_credentials_are_told_in_one_line(store, url, endpoint, wrong, tmp_path):
    store.publish(url)
    with bucket.asking(endpoint):
        code, out, told = bucket.darkships(
            "gaps", "--store", url, HOME=str(tmp_path), AWS_EC2_METADATA_DISABLED="true", **wrong
        )
    assert (code, out) == (1, "")
    assert told.startswith(f"Error: {url}/catalog.sqlite could not be reached (")
    assert told.endswith("); check the address and your credentials\n")
    assert told.count("\n") == 1
    assert bucket.KEYS["AWS_SECRET_ACCESS_KEY"] not in told


def test_nobody_answers(url, tmp_path):
    code, out, told = bucket.darkships(
        "gaps", "--store", url, AWS_ENDPOINT_URL="http://127.0.0.1:1", AWS_MAX_ATTEMPTS="1"
    )
    assert (code, out, told.count("\n")) == (1, "", 1)
    assert "could not be reached (" in told


@pytest.mark.parametrize(
    "command",
    [
        ("ingest", "feed.csv"), ("listen", "udp://127.0.0.1:0"), ("store", "compact"), ("store", "vacuum"),
        ("store", "expire", "--sites", "sea-of-japan", "--before", "2023-09-09"), ("store", "publish", "s3://other/place"),
    ],
    ids=lambda command: " ".join(command[:2]),
)  # fmt: skip
def test_what_writes_says_what_to_do(store, url, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "feed.csv").write_text("mmsi,base_date_time,longitude,latitude\n366000001,2023-09-09 00:00:00,1,1\n")
    store.publish(url)
    before = bucket.contents(url)
    code, out, told = invoke(*command, "--store", url)
    assert (code, out) == (1, "")
    assert told == (
        f"Error: {url}: a store at a URL can only be read; change it in its folder, and copy that there with: "
        f"darkships store publish --store FOLDER {url}\n"
    )
    assert bucket.contents(url) == before
    assert {path.name for path in tmp_path.iterdir()} <= {"feed.csv", "store"}


def test_a_run_needs_a_folder(tmp_path):
    path = tmp_path / "darkships.toml"
    path.write_text(
        'store = "https://me:pw@h/watch?key=1"\nout = "out"\nsites = "sea-of-japan"\n[[feed]]\npaths = ["x.csv"]\n'
    )
    with pytest.raises(
        ConfigError, match=r"line 1: store: found 'https://h/watch', expected a folder: .* only be read"
    ):
        read_config(path)
