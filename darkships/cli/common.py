"""What the commands share: options, progress on a terminal, tables on a terminal."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from darkships.units import memory_size

if TYPE_CHECKING:
    import pandas as pd

    from darkships.engine import Engine
    from darkships.feed.read import Offer
    from darkships.pipeline import Analysis
    from darkships.remote import UrlPath

F = TypeVar("F", bound=Callable[..., Any])


class Time(click.ParamType[datetime]):
    """A time in ISO 8601; without an offset it is UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            time = datetime.fromisoformat(value)
            return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time; write it like 2023-10-14 or 2023-10-14T06:30:00Z", param, ctx)


class Box(click.ParamType[tuple[float, float, float, float]]):
    """West,south,east,north in degrees."""

    name = "west,south,east,north"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, float, float, float]:
        """Return the four numbers."""
        if isinstance(value, tuple):
            return value
        try:
            west, south, east, north = (float(part) for part in value.split(","))
        except ValueError:
            self.fail(f"{value!r} is no box; write it like 125,33,145,50", param, ctx)
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            self.fail(f"{value!r} is no box: west < east within -180..180, south < north within -90..90", param, ctx)
        return west, south, east, north


class Size(click.ParamType[int]):
    """Bytes, with a unit: 800MB, 1.5GiB."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the bytes."""
        if isinstance(value, int):
            return value
        try:
            return memory_size(value)
        except ValueError as error:
            self.fail(f"found {value!r}, {error}", param, ctx)


def clock() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def latest_believed() -> datetime:
    """Return the time after which no report can be."""
    from darkships.intake import CLOCKS_AHEAD

    return clock() + CLOCKS_AHEAD


class StorePlace(click.ParamType["Path | UrlPath"]):
    """A folder, or the URL of a store that was published."""

    name = "folder|url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Path | UrlPath":
        """Return where the store is."""
        from darkships.remote import place_of

        place = place_of(value)
        return _FOLDER.convert(place, param, ctx) if isinstance(place, Path) else place


_FOLDER = click.Path(path_type=Path, file_okay=False)
store_option = click.option(
    "--store", "store_path", type=StorePlace(), required=True, help="Store folder, or URL of a published store."
)
sites_option = click.option(
    "--sites", "sites_source", required=True, help="A shipped list's name (darkships sites list) or a GeoJSON file."
)
as_of_option = click.option("--as-of", type=Time(), help="Time up to which the data is known. [default: latest report]")
out_option = click.option(
    "--out", default="-", show_default=True, help="File to write: .csv, .parquet or .geojson; - is CSV on stdout."
)
min_gap_option = click.option(
    "--min-gap-h", type=click.FloatRange(0, 24 * 366, min_open=True), default=6.0, show_default=True,
    help="Shortest silence.",
)  # fmt: skip


model_option = click.option(
    "--model", type=click.Path(path_type=Path, dir_okay=False), help="Weights of evidence of darkships calibrate."
)


def analysis_options(*, sites: bool) -> Callable[[F], F]:
    """Add the options of every stage command: store, sites where they matter, as-of, shortest gap, engine, out."""

    def decorate(function: F) -> F:
        chosen = (min_gap_option, as_of_option, *([model_option, sites_option] if sites else []), store_option)
        return with_options(chosen)(with_options(ENGINE_OPTIONS)(out_option(function)))

    return decorate


ENGINE_OPTIONS = (
    click.option("--memory", type=Size(), default="1GiB", show_default=True, help="Memory for reports."),
    click.option("--workers", type=click.IntRange(1), help="Run in N worker processes (Dask) instead of threads."),
    click.option("--scheduler", metavar="ADDRESS", help="Run on a Dask cluster that sees the store: tcp://host:8786."),
)


def with_options(options: Iterable[Callable[[F], F]]) -> Callable[[F], F]:
    """Add options to a command."""
    return lambda function: reduce(lambda decorated, option: option(decorated), options, function)


@contextmanager
def open_engine(memory: int, workers: int | None, scheduler: str | None) -> "Iterator[EngineChoice]":
    """Say where an analysis runs; show how far it is, on a terminal only."""
    from darkships.engine import open_engine as opened

    if workers is not None and scheduler is not None:
        raise click.UsageError("--workers starts worker processes here, --scheduler uses others: give one of them")
    with opened(workers, scheduler) as engine, _analysis_progress() as on_rows:
        yield EngineChoice(engine, memory, on_rows)


class EngineChoice(NamedTuple):
    """Where an analysis runs, as ``Analysis`` takes it."""

    engine: "Engine"
    memory_bytes: int
    on_rows: Callable[[int, int], None]


@contextmanager
def open_analysis(
    store_path: "Path | UrlPath",
    sites_source: str | None,
    as_of: datetime | None,
    min_gap_h: float,
    model: Path | None = None,
    **where: Any,
) -> "Iterator[Analysis]":
    """Open a store for reading and put the stages on it."""
    import pandas as pd

    from darkships.pipeline import Analysis, Parameters
    from darkships.positions.store import Store
    from darkships.sites.watch import read_sites

    store = Store.open(store_path, read_only=True)
    sites = read_sites(sites_source) if sites_source is not None else None
    with open_engine(**where) as choice:
        analysis = Analysis(
            store,
            sites,
            as_of=pd.Timestamp(as_of) if as_of else None,
            parameters=Parameters(min_gap_h=min_gap_h, model=model),
            **choice._asdict(),
        )
        tell_unknown(analysis)
        yield analysis


def tell_unknown(analysis: "Analysis") -> None:
    """Say of which dates nothing is known."""
    from darkships.watchlist.runs import told_unknown

    unknown = [date.date for date in analysis.unknown_dates]
    if unknown:
        say(told_unknown(unknown))


def say(message: str) -> None:
    """Write a line to stderr, free of control characters."""
    from darkships.watchlist.text import safe_text

    click.echo(safe_text(message), err=True)


def ignore(_: object) -> None:
    """Tell nobody."""


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Turn a missing package into one line that names the extra to install."""
    try:
        yield
    except ImportError as error:
        raise click.ClickException(f'{error.name} is missing; pip install "darkships[{extra}]"') from error


@contextmanager
def working(what: str, *, hidden: bool = False) -> Iterator[None]:
    """Show a spinner while something long runs, on a terminal only."""
    from rich.console import Console

    console = Console(stderr=True)
    if console.is_terminal and not hidden:
        with console.status(what):
            yield
    else:
        yield


@contextmanager
def row_progress(*, hidden: bool = False) -> "Iterator[Callable[[Offer, int], None]]":
    """Show rows read per file, on a terminal only."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.completed:,.0f} rows"))
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=hidden or not console.is_terminal
    ) as progress:
        tasks: dict[Offer, TaskID] = {}

        def advance(path: "Offer", rows: int) -> None:
            if path not in tasks:
                tasks[path] = progress.add_task(path.name, total=None)
            progress.advance(tasks[path], rows)

        yield advance


@contextmanager
def _analysis_progress() -> Iterator[Callable[[int, int], None]]:
    """Show reports read, reports a second and the time left, on a terminal only."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} reports"),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=1, rate="", visible=False)

        def advance(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, visible=True)
            speed = progress.tasks[0].speed or 0.0
            progress.update(task, rate=f"{speed / 1e6:.1f} M/s")

        yield advance


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, err: bool = False) -> None:
    """Print a plain aligned table; the cells are made safe for a terminal."""
    from darkships.watchlist.text import safe_text

    cells = [[safe_text(cell) for cell in row] for row in (columns, *rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(), err=err)


def _interval(row: "pd.Series") -> str:
    low, high = row["expected_round_trips_low"], row["expected_round_trips_high"]
    return f"{row['expected_round_trips']:.1f} ({low:.0f}-{high:.0f})"


def print_leads(frame: "pd.DataFrame", limit: int) -> None:
    """Print the head of a watchlist."""
    rows = [
        [
            str(row["rank"]),
            f"{row['probability']:.2f}",
            _interval(row),
            f"{row['mmsi']:09d}",
            row["name"] if isinstance(row["name"], str) else "",
            row["site_group"],
            f"{row['off_timestamp']:%Y-%m-%d %H:%M}Z",
            "still silent" if row["is_open"] else f"{row['on_timestamp']:%Y-%m-%d %H:%M}Z",
            row["lead_id"],
        ]
        for _, row in frame.head(limit).iterrows()
    ]
    print_table(["rank", "p", "round trips", "mmsi", "name", "site", "silent from", "to", "lead"], rows)
