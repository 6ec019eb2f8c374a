"""The order of the stages: what an analysis knows, and what of a feed is taken."""

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import world
from hypothesis import given, settings
from hypothesis import strategies as st

from darkships.errors import DarkshipsError, FeedError, StoreError
from darkships.feed.cadence import check_cadence
from darkships.intake import Window, ingest
from darkships.pipeline import Analysis, Parameters
from darkships.positions.store import Store
from darkships.schema import POSITIONS, QUARANTINE, STATICS, FeedBatch, validate
from darkships.sites.watch import read_sites


def batch(times_h, lon, lat):
    """Return a feed's batch of positions, and of as many statics at the same times."""
    fill = {
        "mmsi": 273000001,
        "receiver": "unknown",
        "n_receptions": 1,
        "reception_span_ms": 0,
        "flags": 0,
        "offset": 1,
        "n_reports": 1,
    }
    times = [datetime.fromtimestamp(1694044800 + 3600 * hours, UTC) for hours in times_h]
    known = {"timestamp": times, "last_seen": times, "lon": lon, "lat": lat}
    tables = []
    for declared in (POSITIONS, STATICS):
        fields = [field for field in declared.arrow if field.name != "file_id"]
        columns = [known.get(field.name, [fill.get(field.name)] * len(times)) for field in fields]
        tables.append(pa.table([pa.array(c, f.type) for c, f in zip(columns, fields, strict=True)], pa.schema(fields)))
    return FeedBatch(*tables, QUARANTINE.arrow.empty_table(), rows_read=len(times), skipped={"other": 2})


def at(hours):
    return datetime.fromtimestamp(1694044800 + 3600 * hours, UTC)


PLACES = st.tuples(
    st.integers(0, 10),
    st.one_of(
        st.none(), st.tuples(st.sampled_from([-180.0, -1.0, 0.0, 1.0, 180.0]), st.sampled_from([-90.0, 0.0, 1.0]))
    ),
)


@given(st.lists(PLACES, max_size=12), st.integers(0, 10), st.integers(0, 10))
def test_a_window_takes_what_lies_in_it_and_contacts_which_have_no_place(rows, since, until):
    west, south, east, north = box = (-1.0, -1.0, 1.0, 0.5)
    lon, lat = ([place and place[i] for _, place in rows] for i in (0, 1))
    kept = Window(at(since), at(until), box).keep(batch([h for h, _ in rows], lon, lat))
    in_time = [row for row in rows if since <= row[0] <= until]
    expected = [row for row in in_time if row[1] is None or (west <= row[1][0] <= east and south <= row[1][1] <= north)]
    assert kept.positions["timestamp"].to_pylist() == [at(hours) for hours, _ in expected]
    assert kept.positions["lon"].to_pylist() == [place and place[0] for _, place in expected]
    assert kept.statics.num_rows == len(in_time)
    outside = len(rows) - len(expected)
    assert kept.skipped == ({"other": 2, "outside_window": outside} if outside else {"other": 2})
    assert kept.rows_read == len(rows)


def test_no_window_takes_all():
    whole = batch([1, 2], [1.0, None], [2.0, None])
    assert Window().keep(whole) == whole


@pytest.fixture(scope="module")
def feed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("feed")
    for name, text in world.days().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def sites(tmp_path_factory, sea_cache):
    return read_sites(world.write_sites(tmp_path_factory.mktemp("sites") / "sites.geojson"))


@pytest.fixture(scope="module")
def analysis(tmp_path_factory, feed, sites):
    store = Store.open(tmp_path_factory.mktemp("store"), create=True)
    ingest([feed], store)
    return Analysis(store, sites)


def test_ingest_reports_each_file_in_order(tmp_path, feed):
    (tmp_path / "bad.csv").write_text("no,feed\n", encoding="utf-8")
    seen = []
    store = Store.open(tmp_path / "s", create=True)
    reports = ingest([feed, tmp_path / "bad.csv"], store, on_rows=lambda path, rows: seen.append((path.name, rows)))
    names = list(world.days())
    assert [report.path.name for report in reports] == [*names, "bad.csv"]
    assert [report.format for report in reports] == ["marinecadastre-csv2"] * 5 + [""]
    assert [bool(report.error) for report in reports] == [False] * 5 + [True]
    rows = [text.count("\n") - 1 for text in world.days().values()]
    assert [report.counts.rows_read for report in reports[:-1]] == rows
    assert seen == list(zip(names, rows, strict=True))
    assert [report.counts for report in ingest([feed], store)] == [None] * 5
    with pytest.raises(FeedError, match="does not exist"):
        ingest([tmp_path / "none"], store)


def test_a_feed_that_fails_half_way_leaves_nothing(tmp_path, feed):
    store = Store.open(tmp_path / "s", create=True)

    def stop(*_):
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        ingest([feed], store, on_rows=stop)
    assert store.version == 0
    assert store.read().num_rows == 0


def test_each_stage_gives_its_declared_table(analysis):
    from darkships import schema

    for name in ("tracks", "gaps", "calls", "candidates", "visits", "trips", "leads"):
        table = {"calls": "PORT_CALLS"}.get(name, name.upper())
        found = getattr(analysis, name)
        declared = getattr(schema, table)
        assert list(found.columns) == declared.names
        validate(found, declared)
        assert getattr(analysis, name) is found  # computed once
    assert list(analysis.watchlist().columns) == schema.WATCHLIST.names


def test_as_of_is_the_latest_report_unless_given(analysis, sites):
    assert analysis.as_of == pd.Timestamp(at(96))
    early = Analysis(analysis.store, sites, as_of=pd.Timestamp(at(30)))
    assert early.tracks["timestamp"].max() == pd.Timestamp(at(30))
    assert early.statics["timestamp"].max() <= pd.Timestamp(at(30))
    assert early.watchlist()["as_of"].unique().tolist() == [pd.Timestamp(at(30))]


def test_what_is_known_at_a_time_does_not_depend_on_what_came_later(analysis, sites, feed, tmp_path):
    """An analysis as of a time equals one of a store that holds nothing later."""
    day_two = pd.Timestamp(at(48))
    store = Store.open(tmp_path, create=True)
    ingest([feed], store, window=Window(until=at(48)))
    for name in ("tracks", "gaps", "visits", "leads"):
        late, early = (getattr(Analysis(s, sites, as_of=day_two), name) for s in (analysis.store, store))
        pd.testing.assert_frame_equal(late, early)


@settings(max_examples=6)
@given(order=st.permutations(list(world.days())), seed=st.integers(0, 2**32 - 1))
def test_however_the_rows_arrive_the_leads_are_the_same(order, seed, analysis, sites, tmp_path_factory):
    """Files in any order, each ship's rows dealt to two files, some of them to both."""
    import random

    dealer = random.Random(seed)  # noqa: S311  no secret
    folder = tmp_path_factory.mktemp("dealt")
    store = Store.open(folder / "store", create=True)
    for name in order:
        header, *lines = world.days()[name].splitlines(keepends=True)
        dealer.shuffle(lines)
        hands = [dealer.choice(("a", "b", "ab")) for _ in lines]
        for hand in "ab":
            path = folder / f"{hand}-{name}"
            path.write_text(header + "".join(line for line, to in zip(lines, hands, strict=True) if hand in to))
            ingest([path], store)
        if dealer.random() < 0.3:
            store.compact()
    again = Analysis(store, sites)
    for name in ("gaps", "visits", "leads"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(analysis, name))
    left_out = ["store_version"]
    pd.testing.assert_frame_equal(again.watchlist().drop(columns=left_out), analysis.watchlist().drop(columns=left_out))


def test_parameters_reach_the_stages(analysis, sites):
    strict = Analysis(analysis.store, sites, parameters=Parameters(min_gap_h=20.0))
    assert sorted(strict.gaps["mmsi"]) == [world.SHUTTLE, world.OPEN]
    doubtful = Analysis(analysis.store, sites, parameters=Parameters(prior_vessel=0.01))
    probability = [a.leads.set_index("mmsi")["probability"] for a in (doubtful, analysis)]
    assert (probability[0] < probability[1]).all()
    slow = Analysis(analysis.store, sites, parameters=Parameters(max_speed_kn=3.0))
    assert slow.tracks["track_id"].nunique() > analysis.tracks["track_id"].nunique()


def test_candidate_paths_lead_to_the_site_and_back(analysis):
    watchlist = analysis.watchlist()
    paths = analysis.candidate_paths(watchlist).set_index(["mmsi", "leg"])
    assert paths.crs.to_epsg() == 4326
    assert (world.OPEN, "from the site") not in paths.index  # it has not come back
    there = paths.loc[(world.SHUTTLE, "to the site"), "geometry"]
    assert there.geom_type == "LineString"
    off, site = (131.4, 42.3), world.SITES["West Port"]
    ends = sorted([there.coords[0], there.coords[-1]], reverse=True)
    for found, expected in zip(ends, (off, site), strict=True):
        assert found == pytest.approx(expected, abs=0.06)
    assert analysis.candidate_paths(watchlist.head(0)).empty


def test_stages_that_need_sites_say_so(analysis):
    bare = Analysis(analysis.store)
    assert len(bare.gaps) == 3
    with pytest.raises(ValueError, match="needs sites"):
        _ = bare.visits


def test_a_vessel_is_named_by_mmsi_or_lead(analysis):
    lead = analysis.leads["lead_id"].iloc[0]
    assert analysis.mmsi_of(lead) == analysis.mmsi_of(lead.lower()) == world.SHUTTLE
    assert analysis.mmsi_of("273000001") == world.SHUTTLE
    with pytest.raises(DarkshipsError, match="neither an MMSI nor the id of a lead"):
        analysis.mmsi_of("nobody")


def test_a_store_without_gaps_gives_empty_tables(tmp_path, sites):
    path = Path(tmp_path / "f.csv")
    path.write_text(world.csv2(world.leg(world.LINER, (0, 5), (131.0, 40.0), (131.5, 40.0))), encoding="utf-8")
    store = Store.open(tmp_path / "s", create=True)
    ingest([path], store)
    quiet = Analysis(store, sites)
    for name in ("gaps", "calls", "candidates", "visits", "trips", "leads"):
        assert getattr(quiet, name).empty
    assert quiet.watchlist().empty
    assert quiet.candidate_paths(quiet.watchlist()).empty


def test_contacts_only_give_empty_tables(tmp_path, sites):
    path = tmp_path / "f.csv"
    rows = world.leg(world.LINER, (0, 20), (131.0, 40.0), (131.5, 40.0))
    path.write_text(world.csv2(rows).replace(",40.00000,", ",91.00000,"), encoding="utf-8")
    store = Store.open(tmp_path / "s", create=True)
    ingest([path], store)
    assert Analysis(store, sites).watchlist().empty


def test_pitfall_11_a_shortest_silence_below_the_providers_spacing_is_refused():
    check_cadence(["marinecadastre-csv2", "nmea", "mixed"], 0.05)
    check_cadence(["dma"], 0.001)
    with pytest.raises(
        DarkshipsError, match=r"marinecadastre-csv2, which keeps one a vessel every 60 s.*at least 0\.05"
    ):
        check_cadence(["dma", "marinecadastre-csv2"], 0.049)


def test_pitfall_11_a_store_knows_its_formats(analysis):
    assert analysis.store.formats == ["marinecadastre-csv2"]
    with pytest.raises(DarkshipsError, match="means nothing"):
        _ = Analysis(analysis.store, parameters=Parameters(min_gap_h=0.01)).gaps
