"""The commented darkships.toml that ``darkships init`` writes."""

import json
from collections.abc import Sequence

_TEXT = """\
# darkships.toml: what darkships run does every night. Paths are relative to this file.
# Check it after every change: darkships config check

store = {store}
out = {out}

# Watched sites: shipped lists (darkships sites list), GeoJSON files (darkships sites add), or several in brackets.
{known}
sites = {sites}

# Leads of at least this probability are told; all of them are in the watchlist.
min_probability = 0.5

# Silences that count, and what is taken for possible.
# min_gap_h = 6.0
# max_speed_kn = 60.0

# Before any evidence: the share of vessels with a silence near a watched site that call there undeclared at all,
# and the share of the silences of such a vessel that hide a call.
# prior_vessel = 0.2
# prior_gap = 0.5

# Weights of evidence fitted to your own data: darkships calibrate --out visits.json
# model = "visits.json"

# What kind of data this is, if it is not real; it stands in every output.
# label = "synthetic"

# Folders of outputs that are kept, the latest included.
# keep_outputs = 30

# Reports older than this go; silences, calls and leads stay, as these settings have them. Without it all stay.
# keep_positions_days = 400

# darkships doctor complains if the last good run, or the latest report of a feed, is older.
# max_run_age_h = 26.0
# max_feed_lag_h = 24.0

# What is told, and where it goes beside standard output; darkships alert sends what waits, without a run.
# [[list]]                       # vessels to look out for: a CSV with a column imo or mmsi
# name = "sanctions"
# file = "sanctions.csv"
#
# [[rule]]                       # any rule that fits is enough; without one: all of min_probability
# sites = ["Rason"]              # sites or groups
# lists = ["sanctions"]
# min_probability = 0.2
# when = ["new", "changed", "within_range", "listed", "rhythm"]
#
# [[target]]
# name = "desk"
# kind = "smtp"                  # or webhook (url_*, secret_*), apprise (url_*)
# host = "mail.example.org"      # port = 587, security = "starttls" (or tls, none)
# sender = "watch@example.org"
# to = ["desk@example.org"]
# user = "watch"
# password_file = "smtp.secret"  # mode 0600; or password_env = "NAME" of a variable
# digest = true                  # one message a run
# quiet_hours_utc = "22:00-05:30"
# max_per_hour = 60
# subject = "darkships: $change $name"   # of a message that goes alone

# Where an analysis runs; what comes out does not depend on it.
# [engine]
# memory = "1GiB"                # for reports
# workers = 2                    # processes instead of threads; or the address of a Dask cluster that sees the store:
# scheduler = "tcp://host:8786"

# Feeds: files, folders, patterns and URLs, a [[feed]] for each source: darkships doctor complains if one of them brings
# nothing new. Several paths of one [[feed]] count as one.
{feeds}"""

_FEED = """\
[[feed]]
paths = {paths}
# format = "auto"             # darkships formats
# map = {{mmsi = "ID", timestamp = "TIME", lat = "Y", lon = "X"}}
# receiver = "terrestrial"    # or satellite, vessel
"""


def config_text(
    sites: Sequence[str], *, known: Sequence[str], store: str = "store", out: str = "out", feeds: Sequence[str]
) -> str:
    """Return a commented configuration.

    Parameters
    ----------
    sites
        Names of shipped lists, and GeoJSON files.
    known
        What these lists hold, one line each.
    store, out
        Paths.
    feeds
        Paths, patterns and URLs, each a feed of its own.

    """
    return _TEXT.format(
        sites=_toml(sites[0] if len(sites) == 1 else list(sites)),
        known="\n".join(f"# {line}" for line in known),
        store=_toml(store),
        out=_toml(out),
        feeds="\n".join(_FEED.format(paths=_toml([feed])) for feed in feeds),
    )


def _toml(value: object) -> str:
    """Return text or a list of texts in TOML, whose strings are JSON's but for one control character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
