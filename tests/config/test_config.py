import re
from pathlib import Path

import pytest

from darkships.config import Config, EngineConfig, FeedConfig, read_config
from darkships.errors import ConfigError
from darkships.urls import Url

LEAST = """
store = "store"
sites = "rajin"
out = "out"
[[feed]]
paths = ["inbox/*.csv"]
"""


@pytest.fixture
def write(tmp_path):
    def to(text):
        path = tmp_path / "darkships.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return to


def test_the_least_configuration_has_sound_defaults_and_paths_beside_the_file(write, tmp_path):
    path = write(LEAST)
    assert read_config(path) == Config(
        store=tmp_path / "store",
        sites=("rajin",),
        feeds=(FeedConfig(paths=(tmp_path / "inbox/*.csv",)),),
        out=tmp_path / "out",
    )


def test_everything_that_can_be_said(write, tmp_path):
    path = write("""
        store = "/var/ais"
        sites = ["rajin", "my.geojson", "/abs/other.json"]
        out = "../out"
        label = "synthetic"
        min_gap_h = 12
        max_speed_kn = 45.5
        min_probability = 0.25
        prior_vessel = 0.01
        prior_gap = 0.3
        [[feed]]
        paths = ["a", "/b"]
        format = "mapped"
        receiver = "satellite"
        map = { timestamp = "T", mmsi = "ID", lon = "X", lat = "Y" }
        [[feed]]
        paths = ["c"]
    """)
    config = read_config(path)
    assert config.store == Path("/var/ais")
    assert config.sites == ("rajin", str(tmp_path / "my.geojson"), "/abs/other.json")
    assert config.out == tmp_path / "../out"
    assert (config.label, config.min_gap_h, config.max_speed_kn) == ("synthetic", 12, 45.5)
    assert (config.min_probability, config.prior_vessel, config.prior_gap) == (0.25, 0.01, 0.3)
    columns = (("lat", "Y"), ("lon", "X"), ("mmsi", "ID"), ("timestamp", "T"))
    first = FeedConfig((tmp_path / "a", Path("/b")), "mapped", columns, "satellite")
    assert config.feeds == (first, FeedConfig((tmp_path / "c",)))


def test_paths_do_not_depend_on_the_folder_one_stands_in(write, tmp_path, monkeypatch):
    write(LEAST)
    monkeypatch.chdir(tmp_path.parent)
    assert read_config(Path(tmp_path.name) / "darkships.toml").store == tmp_path / "store"


KNOWN = (
    "engine, feed, keep_outputs, keep_positions_days, label, list, max_feed_lag_h, max_run_age_h, max_speed_kn, "
    "min_gap_h, min_probability, model, out, prior_gap, prior_vessel, rule, sites, store, target"
)


def test_every_error_is_told_at_once(write):
    path = write("""
        store = 5
        sites = ["rajin", 7]
        min_gap_h = 0
        max_speed_kn = true
        min_probability = 1.5
        prior_vessel = nan
        prior_gap = 1.0
        colour = "red"
        [[feed]]
        paths = "inbox"
        format = 3
        map = { mmsi = 1 }
        speed = 1
    """)
    with pytest.raises(ConfigError) as error:
        read_config(path)
    message = str(error.value)
    assert message.startswith(f"{path} has 13 problem(s):\n")
    assert message.splitlines()[1:] == [
        "  'out' is missing",
        "  line 2: store: found 5, expected the text of a path",
        "  line 3: sites, item 2: found 7, expected text",
        "  line 4: min_gap_h: found 0, expected greater than or equal to 0.1",
        "  line 5: max_speed_kn: found True, expected a number",
        "  line 6: min_probability: found 1.5, expected less than or equal to 1",
        "  line 7: prior_vessel: found nan, expected a finite number",
        "  line 8: prior_gap: found 1.0, expected less than 1",
        "  line 9: unknown key 'colour' (known: " + KNOWN + ")",
        "  line 11: [[feed]] number 1: paths: found 'inbox', expected a list",
        "  line 12: [[feed]] number 1: format: found 3, expected text",
        "  line 13: [[feed]] number 1: map: found {'mmsi': 1}, expected text",
        "  line 14: [[feed]] number 1: unknown key 'speed' (known: format, map, paths, receiver)",
    ]


@pytest.mark.parametrize("feed", ["feed = 3", "feed = [1]", "[feed]\npaths = ['a']"])
def test_a_feed_that_is_no_list_of_tables_is_told(write, feed):
    with pytest.raises(ConfigError, match=r"'feed' must be written as one or more \[\[feed\]\] tables"):
        read_config(write(f'store = "s"\nsites = "r"\nout = "o"\n{feed}\n'))


def test_a_target_that_is_no_table_is_told(write):
    with pytest.raises(ConfigError, match=r"line 1: 'target' must be written as one or more \[\[target\]\] tables"):
        read_config(write("target = [1]" + LEAST))


def test_a_path_that_no_system_has_is_told(write):
    with pytest.raises(ConfigError, match=r"line 2: store: found 'a\\x00b', expected the text of a path"):
        read_config(write(LEAST.replace('"store"', '"a\\u0000b"')))


@pytest.mark.parametrize("key", ["sites", "feed"])
def test_an_empty_list_of_what_is_needed_is_told(write, key):
    texts = {"sites": 'sites = "rajin"', "feed": '[[feed]]\npaths = ["a"]'}
    texts[key] = f"{key} = []"
    with pytest.raises(ConfigError, match=f"line [34]: {key}: .*at least 1|'{key}' must be written as one or more"):
        read_config(write('store = "s"\nout = "o"\n' + texts["sites"] + "\n" + texts["feed"]))


def test_where_an_analysis_runs(write):
    config = read_config(write(LEAST + '[engine]\nmemory = "1.5GiB"\nworkers = 3\n'))
    assert config.engine == EngineConfig(memory=3 * 2**29, workers=3)
    assert read_config(write(LEAST)).engine == EngineConfig(memory=2**30, workers=None, scheduler=None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("engine = 3", "'engine' must be written as a table [engine]"),
        ('[engine]\nmemory = "2"', "line 3: engine, memory: found '2', expected a size of at least 10 MB"),
        ("[engine]\nworkers = 0", "line 3: engine, workers: found 0, expected greater than or equal to 1"),
        ("[engine]\nthreads = 2", "line 3: engine: unknown key 'threads' (known: memory, scheduler, workers)"),
        ('[engine]\nworkers = 2\nscheduler = "tcp://a:1"', "line 4: engine: workers starts processes here"),
    ],
)
def test_an_engine_that_cannot_be_is_told(write, text, told):
    with pytest.raises(ConfigError, match=re.escape(told)):
        read_config(write(f"\n{text}\n" if text.startswith("[") else f"{text}\n"))


@pytest.mark.parametrize(
    ("feed", "told"),
    [
        ('format = "foo"', "[[feed]] number 1: format: found 'foo', expected one of auto, marinecadastre-legacy, "),
        ('receiver = "moon"', "[[feed]] number 1: receiver: found 'moon', expected one of terrestrial, satellite, "),
        ('map = { mmzi = "X" }', "[[feed]] number 1: map names mmzi; expected mmsi, timestamp, lat, lon, "),
        ('map = { mmsi = "X", lat = "Y" }', "[[feed]] number 1: map does not name timestamp, lon; expected a column"),
    ],
)
def test_a_feed_that_could_never_be_read_is_told(write, feed, told):
    with pytest.raises(ConfigError, match=re.escape(f"line 7: {told}")):
        read_config(write(f"{LEAST}{feed}\n"))


@pytest.mark.parametrize("out", ["store", "store/out", "out/../store"])
def test_outputs_in_the_store_are_told(write, out):
    with pytest.raises(ConfigError, match=r"line 4: out: found .*, which is in the store .*; expected a folder"):
        read_config(write(LEAST.replace('"out"', f'"{out}"')))


def test_what_does_not_go_together_is_told_with_everything_else(write):
    path = write("""
        store = "s"
        sites = "syria"
        out = "s"
        min_gap_h = 0
        [[feed]]
        paths = ["a"]
        map = { mmzi = "ID" }
        colour = "red"
        [[list]]
        name = "ofac"
        file = "a.csv"
        [[list]]
        name = "ofac"
        [[rule]]
        lists = ["ofac", "un", "eu"]
        [[rule]]
        lists = ["uk"]
        when = ["often"]
        [[target]]
        name = "desk"
        kind = "smtp"
        host = 5
        sender = "a"
        to = ["b"]
        password_env = "P"
        password_file = "p"
        [[target]]
        name = "desk"
        kind = "smtpp"
        max_per_hour = 0
        [[target]]
        name = "hook"
        kind = "webhook"
        [engine]
        workers = 0
        scheduler = "tcp://a:1"
    """)
    with pytest.raises(ConfigError) as error:
        read_config(path)
    told = [line.strip() for line in str(error.value).splitlines()[1:]]
    lines = [int(line.split(":")[0].removeprefix("line ")) for line in told]
    assert lines == [4, 5, 8, 8, 9, 13, 14, 16, 16, 18, 19, 20, 23, 29, 30, 31, 32, 32, 36, 37]
    assert "line 18: [[rule]] number 2: lists, item 1: found 'uk', expected the name of a [[list]]: ['ofac']" in told
    assert "line 30: [[target]] number 2: kind: found 'smtpp', expected one of smtp, webhook, apprise" in told
    assert "line 32: [[target]] number 3: expected one of secret_env and secret_file" in told


def test_a_mark_of_byte_order_is_no_error(write):
    assert read_config(write("\ufeff" + LEAST)).sites == ("rajin",)


def test_a_missing_file_tells_the_option(tmp_path):
    with pytest.raises(ConfigError, match=r"none.toml cannot be read \(No such file.*--config"):
        read_config(tmp_path / "none.toml")


@pytest.mark.parametrize("content", [b"store = ", b"store = 'caf\xe9'", b"\xff\xfe"])
def test_what_is_no_toml_is_told(tmp_path, content):
    path = tmp_path / "darkships.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="is not valid TOML"):
        read_config(path)


def test_urls_pass_unchanged_and_show_no_secrets(write, tmp_path):
    config = read_config(write(LEAST.replace("inbox/*.csv", 's3://bucket/a*.csv?key=SECRET", "b/**/*.zst')))
    (feed,) = config.feeds
    assert feed.paths == (Url("s3://bucket/a*.csv?key=SECRET"), tmp_path / "b/**/*.zst")
    assert feed.paths[0].address == "s3://bucket/a*.csv?key=SECRET"
    assert "SECRET" not in repr(config)
