"""``darkships init`` and ``darkships config check``."""

import world

from darkships.config import read_config
from darkships.urls import Url


def test_init_writes_a_configuration_that_is_sound(tmp_path, invoke):
    path = tmp_path / "darkships.toml"
    result = invoke("init", path, "--region", "sea-of-japan", "--feed", "*.csv", "--feed", "s3://bucket/ais/")
    assert result.stdout == ""
    config = read_config(path)
    assert config.sites == ("sea-of-japan",)
    assert [feed.paths for feed in config.feeds] == [(tmp_path / "*.csv",), (Url("s3://bucket/ais/"),)]
    text = path.read_text(encoding="utf-8")
    assert "\n# sea-of-japan: " in text
    assert "Vostochny" in text


def test_what_init_comments_out_are_the_defaults(tmp_path, invoke):
    path = tmp_path / "darkships.toml"
    invoke("init", path, "--region", "syria")
    plain = read_config(path)
    text = path.read_text(encoding="utf-8")
    examples = ("label", "keep_positions_days", "model")  # by default there are none
    lines = [line for line in text.splitlines() if line.startswith("# ") and " = " in line]
    shown = [line for line in lines if not any(name in line for name in examples)]
    start = next(i for i, line in enumerate(shown) if line.startswith("# name"))
    shown = [*shown[:start], next(line for line in shown if line.startswith("# format"))]
    for line in shown:
        text = text.replace(line, line.removeprefix("# "))
    path.write_text(text, encoding="utf-8")
    assert len(shown) >= 6
    assert read_config(path) == plain


def test_init_takes_own_sites_and_leaves_what_is_there(tmp_path, invoke, refuse):
    sites = world.write_sites(tmp_path / 'my "sites".geojson')
    path = tmp_path / "watch" / "darkships.toml"
    path.parent.mkdir()
    invoke("init", path, "--sites", sites)
    assert read_config(path).sites == (str(sites),)
    before = path.read_bytes()
    assert "is there already" in refuse("init", path, "--region", "syria")
    assert path.read_bytes() == before


def test_init_of_nothing_or_of_an_unknown_region_is_usage(tmp_path, refuse):
    for args in ([], ["--region", "atlantis"]):
        assert "sea-of-japan" in refuse("init", tmp_path / "c.toml", *args, code=2)
    assert not (tmp_path / "c.toml").exists()


def test_check_tells_what_is_named_and_not_there(tmp_path, invoke, refuse):
    path = tmp_path / "darkships.toml"
    invoke("init", path, "--region", "syria")
    message = refuse("config", "check", path)
    line = path.read_text(encoding="utf-8").splitlines().index('paths = ["feed"]') + 1
    assert "1 problem(s)" in message
    assert f"line {line}: [[feed]] number 1: paths, item 1: {tmp_path / 'feed'} does not exist" in message
    (tmp_path / "feed").mkdir()
    (tmp_path / "feed" / "a.csv").write_text("", encoding="utf-8")
    assert invoke("config", "check", path).stderr == f"{path} is sound\n"
    path.write_text(path.read_text(encoding="utf-8").replace('"syria"', '"atlantis"'), encoding="utf-8")
    assert "atlantis" in refuse("config", "check", path)


def test_check_tells_every_error_with_its_line(tmp_path, refuse):
    path = tmp_path / "darkships.toml"
    path.write_text('store = 1\nsites = "syria"\nout = "o"\nmin_gap_h = "6"\n[[feed]]\npaths = []\n', encoding="utf-8")
    message = refuse("config", "check", path)
    assert [line.strip().split(":")[0] for line in message.splitlines()[1:]] == ["line 1", "line 4", "line 6"]


def test_what_is_not_there_is_told_with_what_is_wrong(tmp_path, refuse):
    path = tmp_path / "darkships.toml"
    (tmp_path / "key").touch(mode=0o644)
    path.write_text(
        """store = "s"
sites = ["syria", "none.geojson", "atlantis"]
out = "o"
min_gap_h = 0
model = "none.json"
[[feed]]
paths = ["none", "*.none"]
receiver = "moon"
[[list]]
name = "ofac"
file = "none.csv"
[[target]]
name = "hook"
kind = "webhook"
max_per_hour = 0
url_env = "NONE"
secret_file = "key"
""",
        encoding="utf-8",
    )
    message = refuse("config", "check", path)
    lines = [line.strip().split(":")[0] for line in message.splitlines()[1:]]
    assert lines == [f"line {number}" for number in (2, 2, 4, 5, 7, 7, 8, 11, 15, 16, 17)]
    assert "line 2: sites, item 3: 'atlantis' is neither a file nor a shipped list" in message
    assert "line 16: [[target]] number 1: url_env: the url of hook is missing: the environment has no NONE" in message


def test_a_rule_that_could_never_fire_tells_the_nearest_names(tmp_path, refuse):
    path = tmp_path / "darkships.toml"
    (tmp_path / "a.csv").touch()
    text = 'store = "s"\nsites = "sea-of-japan"\nout = "o"\n[[feed]]\npaths = ["a.csv"]\n[[rule]]\n'
    path.write_text(f'{text}sites = ["Rason", "Rasonn", "Vostochny"]\n[[rule]]\nsites = ["najin"]\n', encoding="utf-8")
    message = refuse("config", "check", path)
    assert "3 problem(s)" in message
    assert "line 7: [[rule]] number 1: sites, item 2: found 'Rasonn', which is not watched; expected such as" in message
    assert "such as Rason, " in message
    assert "item 3: found 'Vostochny', which is only an origin; expected such as" in message
    assert "line 9: [[rule]] number 2: sites, item 1: found 'najin', which is not watched; expected such as Rajin" in (
        message
    )


def test_sites_that_do_not_go_together_are_told(tmp_path, refuse):
    (tmp_path / "a.csv").touch()
    names = [
        world.write_sites(tmp_path / f"{name}.geojson", {"Port": place}).name for name, place in world.SITES.items()
    ]
    path = tmp_path / "darkships.toml"
    path.write_text(f'store = "s"\nsites = {names}\nout = "o"\n[[feed]]\npaths = ["a.csv"]\n', encoding="utf-8")
    assert "line 2: sites: the site 'Port' stands in two of" in refuse("config", "check", path)
