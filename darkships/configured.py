"""What darkships.toml asks for: its feeds taken in, its outputs written, what it does not keep let go."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from darkships import __version__
from darkships.config import Config
from darkships.engine import open_engine
from darkships.errors import FeedError
from darkships.feed.read import Offer, find_feeds
from darkships.intake import FileReport, ingest
from darkships.positions.expiring import Expiry
from darkships.positions.store import Store
from darkships.scores.model import load_model
from darkships.sites.sources import text_of
from darkships.watchlist.runs import (
    RunRecord,
    digest,
    is_whole,
    latest_run,
    making,
    point_latest,
    prune,
    version_before,
)

if TYPE_CHECKING:
    from darkships.pipeline import Analysis, Parameters

_OUTPUTS = (
    "watchlist.csv",
    "watchlist.parquet",
    "watchlist.geojson",
    "images.geojson",
    "gaps.parquet",
    "gaps.geojson",
    "paths.parquet",
    "paths.geojson",
    "visits.parquet",
    "vessels.parquet",
    "outages.csv",
    "flags.parquet",
)

_PARAMETERS = ("min_gap_h", "max_speed_kn", "prior_vessel", "prior_gap")
"""What an analysis depends on beside the data, the sites and the model."""


def ingest_configured(
    config: Config,
    *,
    note: Callable[[str], None],
    latest: datetime | None = None,
    on_rows: Callable[[Offer, int], None] | None = None,
) -> tuple[Store, list[FileReport]]:
    """Take what is new in the configured feeds into the store; ``note`` is told what was left out, and why."""
    store = Store.planned(config.store)
    if config.label and config.label != store.label:  # no silence here takes back what ingest --label said
        store.set_label(config.label)
    reports = []
    for feed in config.feeds:
        found: list[Offer] = []
        for pattern in feed.paths:
            try:
                found += find_feeds([pattern], report=note)
            except FeedError as error:  # one feed that is away keeps none of the others from being watched
                reports.append(FileReport(pattern, "", "", (), None, str(error)))
        reports += ingest(
            found,
            store,
            format=feed.format,
            column_map=dict(feed.map) or None,
            receiver=feed.receiver,
            latest=latest,
            on_rows=on_rows,
        )
    return store, reports


def expire_configured(config: Config, store: Store) -> Expiry | None:
    """Let reports go that the configuration does not keep, once what they tell is summed up; None if there are none."""
    first, last = (time.date() for time in store.time_range())
    before = last - timedelta(days=config.keep_positions_days or 0)
    if config.keep_positions_days is None or first >= before - timedelta(days=2):
        return None
    with configured_analysis(config, store) as analysis:
        _ = analysis.summary
    return store.expire(before)


def run_configured(config: Config, store: Store) -> Path | None:
    """Make the outputs the latest ones; None if they are already."""
    latest = latest_run(config.out)
    folder, is_new = write_outputs(config, store)
    if not is_new and folder.resolve() == latest:
        return None
    point_latest(config.out, folder.name)
    prune(config.out, config.keep_outputs)
    return folder


def write_outputs(config: Config, store: Store, *, anew: bool = False) -> tuple[Path, bool]:
    """Analyse a store and write all outputs into a folder of their own; False if they were there and need not be."""
    record = _record(store, config)
    folder = config.out / record.name
    if not anew and is_whole(folder, record, _OUTPUTS):
        return folder, False
    with configured_analysis(config, store) as analysis:
        unknown = [date.date for date in analysis.unknown_dates]
        with making(config.out, replace(record, inputs={**record.inputs, "unknown_dates": unknown})) as new:
            _write_outputs(analysis, new)
    return folder, True


@contextmanager
def configured_analysis(config: Config, store: Store) -> "Iterator[Analysis]":
    """Put the stages on a store, where the configuration says that they run."""
    from darkships.pipeline import Analysis
    from darkships.sites.watch import read_sites

    place, sites = config.engine, read_sites(config.sites)
    with open_engine(place.workers, place.scheduler) as engine:
        yield Analysis(store, sites, parameters=_parameters(config), engine=engine, memory_bytes=place.memory)


def _parameters(config: Config) -> "Parameters":
    from darkships.pipeline import Parameters

    return Parameters(**{name: getattr(config, name) for name in _PARAMETERS}, model=config.model)


def _settings(config: Config) -> dict[str, object]:
    """Return the parameters as they are recorded: a model of hers by what it says, not by where it is."""
    settings = {name: getattr(config, name) for name in _PARAMETERS}
    return settings if config.model is None else {**settings, "model": digest(load_model(config.model).text())}


def _record(store: Store, config: Config) -> RunRecord:
    """Say what the outputs are made from, as far as that decides what they are."""
    inputs, new = store.inputs(), store.inputs(version_before(config.out, store.version))
    return RunRecord(
        darkships=__version__,
        store_version=store.version,
        as_of=store.time_range()[1].isoformat(),
        label=store.label,
        parameters=_settings(config),
        sites={
            "names": ", ".join(Path(source).name for source in config.sites),
            "digest": digest(text_of(config.sites)),
        },
        inputs={
            "files": len(inputs),
            "digest": digest(json.dumps([content for _, content in inputs])),
            "new": [name for name, _ in new],
        },
    )


def _write_outputs(analysis: "Analysis", folder: Path) -> None:
    from darkships.watchlist.export import write_gaps_geo, write_geo, write_images, write_table, write_watchlist

    watchlist, label = analysis.watchlist(), analysis.store.label
    paths = analysis.stamped(analysis.candidate_paths(watchlist))
    for name in _OUTPUTS:
        kind = name.partition(".")[0]
        if kind == "watchlist":
            write_watchlist(watchlist, folder / name)
        elif kind == "images":
            write_images(watchlist, folder / name)
        elif kind == "gaps":
            write_gaps_geo(analysis.stamped(analysis.gaps), folder / name, data_label=label)
        elif kind == "paths":
            write_geo(paths, folder / name)
        else:
            frames = {
                "visits": analysis.visits,
                "vessels": analysis.identity,
                "flags": analysis.flags,
                "outages": analysis.outages,
            }
            write_table(analysis.stamped(frames[kind]), folder / name, data_label=label)
