"""What of a file is new is told by its content, be it grown, rotated, cut, replaced, copied or read otherwise."""

import gzip
import json
import os
import shutil
from datetime import UTC, datetime, timedelta

import pytest
import world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkships import intake
from darkships.errors import FeedError
from darkships.feed.prefix import HEAD_SIZE, Prefix
from darkships.feed.read import open_feed
from darkships.intake import Window, ingest
from darkships.positions.store import Store

SENTENCE = "!AIVDM,1,1,,A,13HOI:0P0000VOHLCnHQKwvL05Ip,0*23"
T0 = 1694044800


def day(hours):
    return datetime.fromtimestamp(T0, UTC) + timedelta(hours=hours)


def rows(first, last, mmsi=273000001):
    """Return rows of a ship, one an hour, as a CSV has them, with no header."""
    lines = [(h, mmsi, 132.0 + h / 100, 42.0, 9.5, 243.0, 5.0) for h in range(first, last)]
    return world.csv2(lines).partition("\n")[2]


def csv(last, first=0):
    return world.HEADER + "\n" + rows(first, last)


def log(first, last, station="rA"):
    return "".join(f"{SENTENCE},{station},{T0 + 60 * n}\n" for n in range(first, last))


DAMAGED = rows(0, 4) + "273000001,2023-09\n\n" + rows(4, 6) + rows(6, 9).replace("273000001,", "12,", 1)
TEXTS = {
    "csv": world.HEADER + "\n" + DAMAGED,
    "csv of Windows": (world.HEADER + "\n" + DAMAGED).replace("\n", "\r\n"),
    "log": log(0, 9) + "# a comment\nno sentence\n" + SENTENCE[:-1] + "0\n" + log(9, 12),
}


@pytest.fixture
def store(tmp_path):
    return Store.open(tmp_path / "store", create=True)


def take(store, *paths, **options):
    """Ingest; return the rows kept of each file, None where it added nothing."""
    reports = ingest(paths, store, **options)
    assert not [report.error for report in reports if report.error]
    assert store.verify() == []
    return [report.counts and report.counts.kept for report in reports]


def content(store):
    """Return all that was read, without the name of who read it."""
    read = store.read(), store.read_statics(), store.read_quarantine()
    return [
        table.drop_columns([n for n in ("file_id", "file", "n_reports") if n in table.column_names]) for table in read
    ]


def times(store):
    return [(t.timestamp() - T0) / 3600 for t in store.read()["timestamp"].to_pylist()]


def receptions(store):
    return store.read()["n_receptions"].to_pylist()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_pitfall_15_a_file_that_grew_by_any_steps_gives_the_same_as_the_whole_at_once(text, tmp_path_factory):
    whole = Store.open(tmp_path_factory.mktemp("whole"), create=True)
    path = tmp_path_factory.mktemp("feed") / "feed.log"
    path.write_bytes(text.encode())
    take(whole, path)

    @settings(max_examples=8, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.integers(text.index("\n") + 1, len(text) - 1), max_size=5))
    def grow(cuts):
        store = Store.open(tmp_path_factory.mktemp("grown"), create=True)
        for cut in [*sorted(cuts), len(text)]:
            path.write_bytes(text.encode()[:cut])
            take(store, path)
            version = store.version
            assert take(store, path) in ([None], [0])
            assert store.version == version
        assert content(store) == content(whole)
        assert receptions(store) == receptions(whole)
        assert sum(quarantined(store).values()) == sum(quarantined(whole).values())

    grow()


def quarantined(store):
    return store.info().quarantined


def test_only_the_new_rows_are_read(store, tmp_path, monkeypatch):
    path = tmp_path / "log.csv"
    path.write_text(csv(5))
    assert take(store, path) == [5]
    with path.open("a") as file:
        file.write(rows(5, 7))
    seen = []
    assert take(store, path, on_rows=lambda _, n: seen.append(n)) == [2]
    assert seen == [2]
    assert store.read(columns=["offset"])["offset"].to_pylist() == list(range(1, 8))
    assert store.info().sources == 2


@pytest.mark.parametrize("name", TEXTS)
def test_a_log_with_a_hole_in_it_grows_like_any_other(store, tmp_path, monkeypatch, name):
    monkeypatch.setattr("darkships.feed.containers.line_buffers.__defaults__", (1000,))
    monkeypatch.setattr("darkships.feed.nmea_source.BLOCK_SIZE", 1000)
    text, path = TEXTS[name], tmp_path / "feed.log"
    cut = text.index("\n", len(text) // 2) + 1
    hole = text[:cut] + "x" * 5000
    sound, whole = (Store.open(tmp_path / name, create=True) for name in ("sound", "whole"))
    for told, into in ((text, sound), (hole + "\n" + text[cut:], whole)):
        path.write_text(told)
        take(into, path)
    for told in (text[:cut], hole, hole + "\n", hole + "\n" + text[cut:]):
        path.write_text(told)
        take(store, path)
    assert content(store) == content(whole)
    assert times(store) == times(sound)
    assert sum(quarantined(store).values()) == sum(quarantined(sound).values()) + 1


def test_a_last_line_without_end_waits_until_it_is_finished(store, tmp_path):
    path = tmp_path / "log.csv"
    text = csv(3)
    path.write_text(text[:-7])
    (report,) = ingest([path], store)
    assert (report.counts.kept, report.counts.rows_read, report.counts.skipped) == (2, 3, {"unfinished_line": 1})
    assert any("was held back until it has one" in warning for warning in report.warnings)
    assert take(store, path) == [None]
    path.write_text(text)
    assert take(store, path) == [1]
    assert times(store) == [0, 1, 2]


def test_a_finished_file_needs_no_last_line_end(store, tmp_path):
    path = tmp_path / "day.csv"
    path.write_text(csv(3).rstrip("\n"))
    assert take(store, path) == [2]
    assert take(store, path, final=True) == [1]
    assert take(store, path, final=True) == [None]
    assert take(store, path) == [None]
    path.write_text(csv(5))  # it was not finished after all: what was half a line, perhaps, is no place to go on from
    assert take(store, path) == [3]
    assert times(store) == [0, 1, 2, 3, 4]
    assert receptions(store) == [1, 1, 2, 1, 1]


def test_nothing_but_a_header_or_half_a_line_is_no_commit(store, tmp_path):
    path = tmp_path / "log.csv"
    for text in (world.HEADER + "\n", csv(1)[:-5]):
        path.write_text(text)
        assert take(store, path) == [0]
        assert (store.version, store.info().sources) == (0, 0)
    path.write_text(csv(2))
    assert take(store, path) == [2]


@pytest.mark.parametrize("order", [["log", "log.1"], ["log.1", "log"]])
def test_pitfall_15_a_rotated_log(store, tmp_path, order):
    path, old = tmp_path / "log", tmp_path / "log.1"
    path.write_text(log(0, 60))
    assert take(store, path) == [60]
    with path.open("a") as file:
        file.write(log(60, 70))
    path.rename(old)
    path.write_text(log(70, 75))
    found = dict(zip(order, take(store, *(tmp_path / name for name in order)), strict=True))
    assert found == {"log": 5, "log.1": 10}
    with path.open("a") as file:
        file.write(log(75, 80))
    assert take(store, path, old) == [5, None]
    assert store.read().num_rows == 80
    assert set(receptions(store)) == {1}


def test_a_log_that_is_copied_and_cut_to_nothing(store, tmp_path):
    path, old = tmp_path / "log", tmp_path / "log.1"
    path.write_text(log(0, 60))
    take(store, path)
    path.write_text(log(0, 70))
    shutil.copy(path, old)
    path.write_bytes(b"")
    reports = ingest([path, old], store)
    assert [report.counts and report.counts.kept for report in reports] == [None, 10]
    assert "is empty, though there was something in it before" in reports[0].warnings[0]
    path.write_text(log(70, 72))
    assert take(store, path) == [2]
    assert store.read().num_rows == 72
    assert set(receptions(store)) == {1}


def test_an_empty_file_of_which_nothing_is_known_is_an_error(store, tmp_path):
    (tmp_path / "log").write_bytes(b"")
    (report,) = ingest([tmp_path / "log"], store)
    assert "is empty; expected an AIS feed" in report.error


@pytest.mark.parametrize("last", [3, 5, 60])
def test_pitfall_15_a_file_that_is_cut_to_its_first_part_adds_nothing(store, tmp_path, last):
    path = tmp_path / "log.csv"
    text = world.HEADER + "\n" + "273000001,2023-09\n" + rows(0, 80)
    for grown in (text[: text.index(rows(5, 80))], text):
        path.write_text(grown)
        take(store, path)
    before, version = content(store), store.version
    path.write_text(text[: text.index(rows(last, 80)) + 20])
    assert take(store, path) == [None]
    assert (content(store), store.version, set(receptions(store))) == (before, version, {1})
    path.write_text(text)
    assert take(store, path) == [None]


@pytest.mark.parametrize(
    "other",
    [
        csv(50, first=38),
        csv(3).replace("SHADOW", "SHABBY"),
        csv(2) + "273000001,2023-10\n",
        csv(3).replace("9.5", "9.6"),
    ],
    ids=["rows", "statics", "quarantine", "speeds"],
)
def test_a_file_that_is_replaced_by_a_smaller_one_is_taken(store, tmp_path, other):
    path = tmp_path / "day.csv"
    path.write_text(csv(40))
    take(store, path)
    path.write_text(other)
    expected = Store.open(tmp_path / "both", create=True)
    for name, text in (("1.csv", csv(40)), ("2.csv", other)):
        (tmp_path / name).write_text(text)
        take(expected, tmp_path / name)
    assert take(store, path) != [None]
    assert content(store) == content(expected)


def test_pitfall_15_a_replaced_file_of_the_same_size_and_beginning(store, tmp_path):
    path = tmp_path / "day.csv"
    for mmsi in (273000001, 273000002):
        path.write_text(csv(80) + rows(80, 81, mmsi) + rows(81, 90))
        assert take(store, path) == [90]
    read = store.read()
    assert read.num_rows == 91
    assert store.info().sources == 2
    assert len(set(read["file_id"].to_pylist())) == 2


def test_two_files_with_the_same_beginning_of_which_one_is_the_beginning_of_both(store, tmp_path):
    start = csv(60)
    assert len(start) > HEAD_SIZE
    for name, text in (("a", start), ("b", start + rows(60, 65)), ("c", start + rows(60, 65, 273000002))):
        (tmp_path / f"{name}.csv").write_text(text)
    assert take(store, *sorted(tmp_path.glob("?.csv"))) == [60, 5, 5]
    assert set(receptions(store)) == {1}
    assert store.read().num_rows == 70


def test_the_same_content_under_other_names_and_twice_in_one_run(store, tmp_path):
    for name in "ab":
        (tmp_path / f"{name}.csv").write_text(csv(5))
    a, b = tmp_path / "a.csv", tmp_path / "b.csv"
    shutil.copytree(tmp_path, tmp_path / "copy", ignore=shutil.ignore_patterns("store"))
    assert take(store, a, b, tmp_path / "copy", a) == [5, None, None, None]
    assert store.version == 1


def test_a_compressed_file_that_comes_plain_too_is_another_reception(store, tmp_path):
    with gzip.open(tmp_path / "day.csv.gz", "wb") as file:
        file.write(csv(5).encode())
    (tmp_path / "day.csv").write_text(csv(5))
    assert take(store, tmp_path / "day.csv.gz", tmp_path / "day.csv") == [5, 5]
    assert (times(store), receptions(store)) == ([0, 1, 2, 3, 4], [2] * 5)
    assert take(store, tmp_path / "day.csv.gz", tmp_path / "day.csv") == [None, None]


def test_a_wider_window_takes_what_a_narrow_one_left_out(store, tmp_path):
    path = tmp_path / "day.csv"
    path.write_text(csv(9))
    assert take(store, path, window=Window(since=day(2), until=day(5))) == [4]
    assert take(store, path, window=Window(since=day(3), until=day(5))) == [None]
    assert take(store, path, window=Window(since=day(3), bbox=(0, 0, 180, 90))) == [6]
    assert take(store, path, window=Window(since=day(4), bbox=(10, 10, 170, 80))) == [None]
    assert take(store, path) == [9]
    assert take(store, path, window=Window(until=day(1))) == [None]
    assert times(store) == list(range(9))


def test_what_a_ship_says_of_itself_within_a_window_is_taken_with_the_times_of_that(store, tmp_path):
    path = tmp_path / "day.csv"
    path.write_text(csv(9))
    take(store, path, window=Window(since=day(2), until=day(7)), latest=day(5))
    (told,) = store.read_statics().to_pylist()
    assert (told["draught_m"], told["timestamp"], told["last_seen"], told["n_reports"]) == (5.0, day(2), day(5), 4)


def test_a_file_that_grew_goes_on_after_a_wider_window_only(store, tmp_path):
    path = tmp_path / "day.csv"
    path.write_text(csv(5))
    assert take(store, path, window=Window(since=day(1))) == [4]
    path.write_text(csv(8))
    assert take(store, path, window=Window(since=day(3))) == [3]
    assert take(store, path, window=Window(since=day(1))) == [3]
    assert take(store, path) == [8]
    assert times(store) == list(range(8))
    path.write_text(csv(9))
    assert take(store, path) == [1]


@pytest.mark.parametrize(
    "options",
    [
        {"receiver": "satellite"},
        {"format": "marinecadastre-csv2"},
        {"column_map": {"mmsi": "mmsi", "timestamp": "base_date_time", "lat": "latitude", "lon": "longitude"}},
    ],
    ids=str,
)
def test_a_file_that_is_read_otherwise_is_read_again(store, tmp_path, options):
    path = tmp_path / "day.csv"
    path.write_text(csv(5))
    assert take(store, path) == [5]
    assert take(store, path, **options) == [5]
    assert take(store, path, **options) == take(store, path) == [None]
    path.write_text(csv(7))
    assert take(store, path, **options) == take(store, path) == [2]


@given(
    st.tuples(*[st.none() | st.integers(0, 9)] * 2, st.none() | st.integers(1, 9)),
    st.tuples(*[st.none() | st.integers(0, 9)] * 2, st.none() | st.integers(1, 9)),
)
def test_a_window_covers_another_if_it_takes_all_that_the_other_takes(one, two):
    def made(since, until, size):
        box = None if size is None else (-size, -size / 2, size, size / 2)
        return Window(None if since is None else day(since), None if until is None else day(until), box)

    def takes(window, hour, place):
        since, until, size = window
        in_time = (since is None or hour >= since) and (until is None or hour <= until)
        return in_time and (size is None or place <= size)

    a, b = made(*one), made(*two)
    assert Window.of(a.text()) == a
    points = [(hour, place) for hour in range(-1, 11) for place in range(11)]
    taken = [p for p in points if takes(two, *p)]
    if a.covers(b):
        assert all(takes(one, *p) for p in taken)
    elif taken:
        assert not all(takes(one, *p) for p in taken)


def test_dates_whose_order_was_decided_are_read_alike_when_the_file_goes_on(store, tmp_path):
    path, mapping = tmp_path / "own.csv", {"mmsi": "id", "timestamp": "t", "lat": "y", "lon": "x"}
    path.write_text("id,t,y,x\n273000001,13/05/2023 00:00:00,42,132\n")
    assert take(store, path, column_map=mapping) == [1]
    with path.open("a") as file:
        file.write("273000001,01/06/2023 00:00:00,42,132\n")
    assert take(store, path, column_map=mapping) == [1]
    assert [f"{t:%m-%d}" for t in store.read()["timestamp"].to_pylist()] == ["05-13", "06-01"]


def test_a_file_that_grows_and_is_taken_by_another_while_it_is_read(store, tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(csv(5))
    lasts = iter([7])

    def meanwhile(*_):
        if last := next(lasts, None):
            path.write_text(csv(last))
            ingest([path], Store.open(store.path))
            path.write_text(csv(last + 1))

    assert take(store, path, on_rows=meanwhile) == [1]
    assert (times(store), set(receptions(store))) == (list(range(8)), {1})


def test_other_files_that_come_meanwhile_are_no_reason_to_read_again(store, tmp_path):
    path, other = tmp_path / "day.csv", tmp_path / "other.csv"
    path.write_text(csv(60))
    other.write_text(csv(60)[: len(csv(59))].replace("273000001", "273000002"))
    seen = []

    def meanwhile(_, n):
        seen.append(n)
        ingest([other], Store.open(store.path))

    assert take(store, path, on_rows=meanwhile) == [60]
    assert seen == [60]
    assert store.version == 2


def test_a_file_that_is_rotated_away_before_it_is_opened(store, tmp_path, monkeypatch):
    path = tmp_path / "log"
    path.write_text(log(0, 60))
    take(store, path)
    path.write_text(log(0, 70))

    def rotated(*args, **options):
        monkeypatch.setattr(intake, "open_feed", open_feed)
        path.rename(tmp_path / "log.1")
        path.write_text(log(70, 200))
        return open_feed(*args, **options)

    monkeypatch.setattr(intake, "open_feed", rotated)
    assert take(store, path) == [130]
    assert take(store, path, tmp_path / "log.1") == [None, 10]
    assert set(receptions(store)) == {1}


def test_an_archive_that_is_written_to_while_it_is_read_is_refused(store, tmp_path):
    path = tmp_path / "day.csv.gz"
    path.write_bytes(gzip.compress(csv(5).encode()))

    def meanwhile(*_):
        with path.open("ab") as file:
            file.write(gzip.compress(rows(5, 6).encode()))

    (report,) = ingest([path], store, on_rows=meanwhile)
    assert "was written to while it was read; nothing was taken, run again" in report.error
    assert store.version == 0
    assert take(store, path) == [6]


def test_a_file_is_hashed_while_it_is_read_and_not_before(store, tmp_path, monkeypatch):
    path = tmp_path / "day.csv"
    path.write_text(csv(60))
    read = []
    monkeypatch.setattr(Prefix, "_read_to", lambda _, length: read.append(length))
    assert take(store, path) == [60]
    assert read == []


def test_a_file_that_became_shorter_is_told(tmp_path):
    path = tmp_path / "day.csv"
    path.write_text(csv(60))
    with Prefix(path) as prefix:
        path.write_text("short")
        with pytest.raises(FeedError, match="became shorter while it was read"):
            prefix.digest(prefix.size)


def test_pitfall_4_what_tells_of_the_future_is_set_aside(store, tmp_path):
    path = tmp_path / "day.csv"
    path.write_text(csv(5))
    (report,) = ingest([path], store, latest=day(2))
    assert (report.counts.kept, report.counts.quarantined) == (3, {"future": 2})
    assert store.verify() == []
    assert [(row["offset"], row["reason"]) for row in store.read_quarantine().to_pylist()] == [
        (4, "future"),
        (5, "future"),
    ]
    assert store.time_range()[1] == day(2)


@pytest.fixture
def reads(monkeypatch):
    """Count the files that are opened."""
    opened = []

    class Opened(Prefix):
        def __init__(self, path):
            opened.append(path.name)
            super().__init__(path)

    monkeypatch.setattr(intake, "Prefix", Opened)
    return opened


def quiet(path):
    """Return the file, as if nobody had written to it for an hour."""
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 3600))
    return path


def test_a_file_all_of_which_is_known_is_not_read_each_night(store, tmp_path, reads):
    old = tmp_path / "old.csv"
    old.write_text(csv(4))
    quiet(old)
    assert [take(store, old), take(store, old)] == [[4], [None]]
    reads.clear()
    assert take(store, old) == [None]
    assert take(Store.open(store.path), old) == [None]
    assert reads == []


def test_a_file_that_was_just_written_is_read_again(store, tmp_path, reads):
    new = tmp_path / "new.csv"
    new.write_text(csv(4))
    assert [take(store, new) for _ in range(3)] == [[4], [None], [None]]
    assert len(reads) >= 3


@pytest.mark.parametrize("how", ["grown", "written over", "replaced", "other store", "other options", "damaged note"])
def test_a_known_file_is_read_again_when_anything_is_different(how, store, tmp_path, reads):
    path = tmp_path / "a.csv"
    path.write_text(csv(4))
    quiet(path)
    take(store, path)
    take(store, path)
    reads.clear()
    before, options, expected = path.stat(), {}, [4]
    if how == "grown":
        with path.open("a") as file:
            file.write(rows(4, 6))
        expected = [2]
    elif how in {"written over", "replaced"}:  # with the same size and time
        if how == "replaced":
            path.rename(tmp_path / "b")
        path.write_text(world.HEADER + "\n" + rows(0, 4, mmsi=273000002))
    elif how == "other store":
        store = Store.open(tmp_path / "other", create=True)
    elif how == "other options":
        options = {"receiver": "terrestrial"}
    else:
        (store.path / "seen.json").write_text('{"x": [}')
        expected = [None]
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert take(store, path, **options) == expected
    assert reads


def test_what_is_noted_of_files_that_are_gone_goes_too(store, tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(csv(4 if name == "a.csv" else 6))
        quiet(tmp_path / name)
    take(store, tmp_path / "a.csv", tmp_path / "b.csv")
    take(store, tmp_path / "a.csv")
    (tmp_path / "a.csv").unlink()
    take(store, tmp_path / "b.csv")
    assert list(json.loads((store.path / "seen.json").read_text())) == [str(tmp_path / "b.csv")]
