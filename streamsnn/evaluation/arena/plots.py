"""The arena's pictures: who differs from whom, accuracy over time, and accuracy against cost."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .ranking import Ranking
from .registry import MODELS
from .store import Key
from .summary import Summary, title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {
    "ours": "#1f4e9c",
    "river": "#2e8b57",
    "capymoa": "#d1495b",
    "linear": "#e08e1b",
    "baseline": "#8a8f98",
}
FAMILIES = {"ours": "ours", "river": "River", "capymoa": "MOA", "linear": "linear", "baseline": "baseline"}
TIMELINE = ("#1f4e9c", "#d1495b", "#2e8b57", "#e08e1b", "#7b5ea7", "#8a8f98")
SMOOTH = 5  # points of a curve that are drawn as one


def colour(model: str) -> str:
    """By family."""
    return COLOURS[MODELS[model].family] if model in MODELS else "#444444"


def _figure(width: float, height: float) -> Figure:
    """A figure that is drawn without a screen.

    Raises
    ------
    ModuleNotFoundError
        If matplotlib is missing; the message says how to get it.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise ModuleNotFoundError('a plot needs matplotlib: pip install "streamsnn[plot]"') from None
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def plot_ranking(ranking: Ranking, path: Path, heading: str) -> None:
    """Critical-difference diagram: mean ranks on a line, a bar over models that are not told apart (Demsar, 2006)."""
    names = list(ranking.ranks)
    half = math.ceil(len(names) / 2)
    bars = ranking.groups()
    figure = _figure(10, 1.6 + 0.26 * half + 0.12 * len(bars))
    axes = figure.subplots()
    low, high = 1.0, float(len(names))
    margin = 0.42 * (high - low)
    for k, name in enumerate(names):
        left = k < half
        depth = 1.0 + 0.45 * len(bars) + 1.0 * (k if left else len(names) - 1 - k)
        rank, end = ranking.ranks[name], low - 0.02 * margin if left else high + 0.02 * margin
        axes.plot([rank, rank, end], [0, -depth, -depth], color=colour(name), linewidth=1.0)
        text = f"{title(name)}  {rank:.1f}" if left else f"{rank:.1f}  {title(name)}"
        axes.text(end, -depth, f" {text} ", ha="right" if left else "left", va="center", color=colour(name), fontsize=9)
    for k, bar in enumerate(bars):
        depth = -0.5 - 0.45 * k
        axes.plot(
            [ranking.ranks[bar[0]] - 0.05, ranking.ranks[bar[-1]] + 0.05], [depth, depth], color="#222222", linewidth=3
        )
    axes.plot([low, high], [0, 0], color="#222222", linewidth=1)
    for tick in range(1, len(names) + 1):
        axes.plot([tick, tick], [0, 0.25], color="#222222", linewidth=1)
        axes.text(tick, 0.4, str(tick), ha="center", va="bottom", fontsize=8)
    axes.plot([low, low + ranking.critical_difference], [2.2, 2.2], color="#222222", linewidth=2)
    axes.text(low, 2.5, f"critical difference {ranking.critical_difference:.2f}", va="bottom", fontsize=8)
    axes.set_title(heading, loc="left", fontsize=11, fontweight="bold")
    axes.set_xlim(low - margin, high + margin)
    axes.axis("off")
    figure.savefig(path, dpi=150)


def plot_cost(summary: Summary, path: Path, heading: str) -> None:
    """Mean accuracy against microseconds an event, of the models that are done on every stream."""
    figure = _figure(10, 6)
    axes = figure.subplots()
    seen: set[str] = set()
    for model in summary.models:
        cost, accuracy = summary.over_streams(model, "microseconds"), summary.over_streams(model, "accuracy")
        if cost is None or accuracy is None or len(summary.done(model)) < len(summary.streams):
            continue
        family = MODELS[model].family if model in MODELS else ""
        label = FAMILIES.get(family) if family not in seen else None
        seen.add(family)
        axes.plot([cost], [accuracy], "o", color=colour(model), markersize=8, label=label)
        axes.annotate(title(model), (cost, accuracy), xytext=(6, 4), textcoords="offset points", fontsize=8)
    axes.set_xscale("log")
    axes.set_xlabel("microseconds an event (geometric mean over the streams)")
    axes.set_ylabel("mean accuracy")
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(heading, loc="left", fontsize=11, fontweight="bold")
    if seen:
        axes.legend(frameon=False)
    figure.savefig(path, dpi=150)


def plot_time(
    summary: Summary,
    curves: Mapping[Key, Sequence[tuple[int, float]]],
    models: Sequence[str],
    path: Path,
    heading: str,
    drifts: Mapping[str, Sequence[int]],
) -> None:
    """Accuracy over time, a small picture a stream, for a few models; dashed lines are marked drifts."""
    columns = min(4, max(len(summary.streams), 1))
    rows = math.ceil(len(summary.streams) / columns) or 1
    figure = _figure(3.4 * columns, 2.2 * rows + 0.6)
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes, stream in itertools.zip_longest(grid.flat, summary.streams):
        if stream is None:
            axes.axis("off")
            continue
        _timeline(axes, stream, curves, models)
        last = axes.get_xlim()[1]
        for drift in (drift for drift in drifts.get(stream, ()) if drift < last):
            axes.axvline(drift, color="#444444", linewidth=0.7, linestyle="--", alpha=0.6, zorder=0)
    handles = [grid.flat[0].plot([], [], color=TIMELINE[k % len(TIMELINE)])[0] for k in range(len(models))]
    figure.legend(handles, [title(model) for model in models], loc="outside lower center", ncols=6, frameon=False)
    figure.suptitle(heading, x=0.01, ha="left", fontsize=11, fontweight="bold")
    figure.savefig(path, dpi=100)


def _timeline(axes: Any, stream: str, curves: Mapping[Key, Sequence[tuple[int, float]]], models: Sequence[str]) -> None:
    for k, model in enumerate(models):
        found = [curve for key, curve in curves.items() if key[:2] == (model, stream)]
        if not found:
            continue
        points = found[0]  # of one seed
        ends = [event for event, _ in points]
        values = [accuracy for _, accuracy in points]
        smooth = [
            sum(values[max(j - SMOOTH + 1, 0) : j + 1]) / len(values[max(j - SMOOTH + 1, 0) : j + 1])
            for j in range(len(values))
        ]
        axes.plot(ends, smooth, color=TIMELINE[k % len(TIMELINE)], linewidth=1.1)
    axes.set_title(stream, loc="left", fontsize=9)
    axes.tick_params(labelsize=7)
    axes.locator_params(axis="x", nbins=4)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
