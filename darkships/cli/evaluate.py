"""``darkships evaluate`` and ``darkships calibrate``: how well masked port calls are found, and weights refitted."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from darkships.cli.alerts import config_option
from darkships.cli.common import (
    StorePlace,
    as_of_option,
    min_gap_option,
    model_option,
    needing,
    out_option,
    print_table,
    say,
    working,
)

if TYPE_CHECKING:
    import pandas as pd

    from darkships.evaluation.calibration import Calibration

AUTO = "auto"
_SHOWN = (
    "auc", "average_precision", "precision_at_10", "precision_at_25", "precision_at_50", "recall_at_95_precision",
    "brier", "ece", "site_first", "group_first",
)  # fmt: skip


@click.command(epilog="Example: darkships evaluate my-store --sites sea-of-japan --out figures.csv --cases cases.csv")
@click.argument("store_path", metavar="STORE", type=StorePlace())
@click.option(
    "--sites", "sites_source", required=True,
    help="A shipped list's name, a GeoJSON file, or auto: the busiest places at the coast where vessels stay.",
)  # fmt: skip
@as_of_option
@min_gap_option
@model_option
@click.option("--visits", "most", type=click.IntRange(1), default=1000, show_default=True, help="Port calls to mask.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the random choices.")
@click.option("--cases", help="File for every masked silence and its scores: .csv or .parquet.")
@click.option(
    "--errors", help="File for the cases that went wrong, the worst first, and what misled: .csv or .parquet."
)
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="File for the reliability plot: .png.")
@out_option
def evaluate(
    store_path: Path,
    sites_source: str,
    as_of: datetime | None,
    min_gap_h: float,
    model: Path | None,
    most: int,
    seed: int,
    cases: str | None,
    errors: str | None,
    plot: Path | None,
    out: str,
) -> None:
    """Measure on your own data how well hidden visits are found.

    Port calls that AIS shows are deleted from a copy of the store, with the way in and out from 2 to 60 nm on, and so
    are stretches of like length in which nobody called. The pipeline then runs on the copy as on any other store. The
    figures say how well it tells the two apart and names the port, beside simple rules.
    """
    import tempfile

    import pandas as pd

    from darkships.evaluation.benchmark import run_benchmark
    from darkships.evaluation.errors import worst_errors
    from darkships.evaluation.plot import write_reliability_plot
    from darkships.evaluation.report import evaluation_figures
    from darkships.pipeline import Analysis, Parameters
    from darkships.positions.store import Store
    from darkships.sites.watch import read_sites
    from darkships.watchlist.export import write_table

    analysis = Analysis(
        Store.open(store_path, read_only=True),
        as_of=pd.Timestamp(as_of) if as_of else None,
        parameters=Parameters(min_gap_h=min_gap_h, model=model),
    )
    sites = None if sites_source == AUTO else read_sites(sites_source)
    with working("evaluate"), needing("evaluate"), tempfile.TemporaryDirectory(prefix="darkships-") as folder:
        found = run_benchmark(analysis, sites, Path(folder) / "masked", most=most, seed=seed)
        figures = evaluation_figures(found.cases, seed=seed)
        wrong = worst_errors(found.cases, found.visits_off(found.analysis.model))
    label = analysis.store.label
    if cases is not None:
        write_table(found.cases, cases, data_label=label)
    if errors is not None:
        write_table(wrong, errors, data_label=label)
    if plot is not None:
        pairs = found.cases[found.cases["pair"] >= 0]
        with needing("report"):
            write_reliability_plot(pairs["probability"].to_numpy(), pairs["is_visit"].to_numpy(), plot)
    write_table(analysis.stamped(figures), out, data_label=label)
    _tell(figures, len(found.masks), int((found.cases["kind"] != "natural").sum()))


def _tell(figures: "pd.DataFrame", n_masks: int, n_found: int) -> None:
    """Print the figures of the pairs on stderr."""
    say(f"{n_found:,} of {n_masks:,} masks became a gap of their length; visits against as long stretches at sea:")
    for part, rows in figures[figures["against"] == "pairs"].groupby("part", sort=False):
        say(f"{part}: {rows['visits'].iloc[0]:,} pairs")
        table = rows.set_index(["figure", "score"]).sort_index()
        scores = list(rows["score"].unique())
        cells = [[name, *(_cell(table, name, score) for score in scores)] for name in _SHOWN]
        print_table(["", *scores], cells, err=True)


def _cell(table: "pd.DataFrame", figure: str, score: str) -> str:
    """Return a figure as text, the first score's with its interval."""
    if (figure, score) not in table.index:
        return ""
    value, low, high = (float(table[name].loc[(figure, score)]) for name in ("value", "low", "high"))
    return f"{value:.3f}" + (f" ({low:.2f}-{high:.2f})" if score == "darkships" else "")


@click.command(epilog="Example: darkships calibrate --config darkships.toml --out visits.json")
@config_option
@click.option("--visits", "most", type=click.IntRange(1), default=1000, show_default=True, help="Port calls to mask.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the random choices.")
@click.option("--out", default="-", show_default=True, help="File to write: .json; - is stdout.")
def calibrate(config_path: Path, most: int, seed: int, out: str) -> None:
    """Refit the weights of evidence to your own data; 'model = FILE' in the configuration has them used.

    Masked port calls of the store, as evaluate makes them, and the verdicts of triage say what is true; what they do
    not show stays as in the shipped model. Printed is how a model fitted to six in ten of the vessels and ports does
    on the others, beside the shipped one.
    """
    import tempfile

    from darkships.alerts.state import STATE, open_state, verdicts
    from darkships.config import read_config
    from darkships.configured import configured_analysis
    from darkships.evaluation.benchmark import run_benchmark
    from darkships.evaluation.calibration import SPLIT, silences_judged
    from darkships.evaluation.calibration import calibrate as refit
    from darkships.positions.store import Store
    from darkships.watchlist.export import write_text

    config = read_config(config_path)
    judged = silences_judged([])
    if (config.out / STATE).exists():
        with open_state(config.out) as state:
            judged = silences_judged(verdicts(state))
    store = Store.open(config.store, read_only=True)
    with (
        working("calibrate"), needing("evaluate"), tempfile.TemporaryDirectory(prefix="darkships-") as folder,
        configured_analysis(config, store) as analysis,
    ):  # fmt: skip
        found = run_benchmark(analysis, analysis.sites, Path(folder) / "masked", most=most, seed=seed)
        made = refit(found, analysis, judged)
    data = {"store_version": store.version, "as_of": analysis.as_of.isoformat(), "label": store.label}
    data |= {"pairs": made.pairs, "verdicts": made.verdicts}
    command = f"darkships calibrate --visits {most} --seed {seed}"
    write_text(made.model.text(data=data, split=SPLIT, command=command), out)
    _tell_fit(made)


def _tell_fit(made: "Calibration") -> None:
    """Print what the model was fitted to, and how one like it does on what it did not see."""
    say(f"fitted to {made.pairs:,} masked port calls, as many stretches at sea, and {made.verdicts:,} verdicts")
    figures = made.figures
    if figures.empty:
        say("no pair is of vessels and ports that were held out: how well it does is not known")
        return
    rows = [[name, *(f"{value:.3f}" for value in figures.loc[name])] for name in _SHOWN if name in figures.index]
    print_table(["held out", *figures.columns], rows, err=True)
    shipped, fitted = (float(figures[name]["brier"]) for name in ("shipped", "fitted"))
    if fitted > shipped:
        say("the shipped model does better on them: stay with it")
