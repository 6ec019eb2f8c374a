"""The reliability plot: how often silences of each probability hide a visit."""

from pathlib import Path

import numpy as np

from darkships.scores.evaluation import reliability


def write_reliability_plot(probability: np.ndarray, truth: np.ndarray, path: Path) -> None:
    """Draw the share of true ones over the mean probability of each bin; the suffix says the format (.png, .svg, .pdf).

    Parameters
    ----------
    probability, truth
        Arrays (n,).
    path
        The file to write.

    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.0, 5.0), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1)
    for n, mean, share in reliability(probability, truth):
        error = np.sqrt(max(share * (1.0 - share), 1.0 / n / 4.0) / n)
        axes.errorbar(mean, share, yerr=error, marker="o", color="tab:blue", capsize=3)
        axes.annotate(f"{n:.0f}", (mean, share), xytext=(6, -10), textcoords="offset points", fontsize=8)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability", ylabel="share that hides a visit", aspect="equal")
    axes.set_title("Masked visits and as long stretches at sea")
    figure.savefig(path)
