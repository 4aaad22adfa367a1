"""A picture of a run."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean as mean
from typing import TYPE_CHECKING, Any

from .report import ModelResult, Report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MODEL, DRIFT, SPIKES = "#1f4e9c", "#d1495b", "#e08e1b"
BASELINES = ("#8a8f98", "#b9a27f", "#7f9f8f", "#a08bb0")


def plot(report: Report, path: Path) -> None:
    """Draw a report: accuracy against the baselines, lead over the best baseline, spike rate, with drift marks.

    The first model of the report is the one that is looked at; the others are drawn paler, as baselines.

    Parameters
    ----------
    report
        With at least one model.
    path
        Where the picture goes; the ending chooses its kind (.png, .svg, .pdf).

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
    model, *others = report.models
    figure = Figure(figsize=(10, 7), layout="constrained")
    FigureCanvasAgg(figure)  # draws without a screen, whatever back end the user's settings name
    upper, middle, lower = figure.subplots(3, 1, sharex=True, height_ratios=(3, 1.3, 1.3))
    _accuracy(upper, model, others, report)
    _lead(middle, model, others)
    _spikes(lower, model, report.window)
    lower.set_xlabel("events")
    lower.set_xlim(0, max(report.events, 1))
    lower.xaxis.set_major_formatter("{x:,.0f}")
    for axes in (upper, middle, lower):
        _tidy(axes, model)
    figure.align_ylabels()
    figure.savefig(path, dpi=150)


def _accuracy(axes: Axes, model: ModelResult, others: list[ModelResult], report: Report) -> None:
    for k, other in enumerate(others):
        label = f"{other.name}  {other.accuracy:.3f}"
        axes.plot(*_line(other), color=BASELINES[k % len(BASELINES)], linewidth=1.1, label=label)
    axes.plot(*_line(model), color=MODEL, linewidth=1.7, label=f"{model.name}  {model.accuracy:.3f}")
    if model.drift_marks:
        axes.plot([], [], color=DRIFT, linewidth=1.0, linestyle="--", label=f"error rises  {len(model.drift_marks)}")
    axes.set_ylabel(f"accuracy,\nlast {report.window:,} events")
    axes.set_title(
        f"{report.stream}: each event predicted, then learned", loc="left", pad=26, fontsize=12, fontweight="bold"
    )
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1),
        borderaxespad=0.2,
        ncols=len(labels),
        frameon=False,
        fontsize=9,
    )


def _lead(axes: Axes, model: ModelResult, others: list[ModelResult]) -> None:
    axes.set_ylabel("lead over the\nbest baseline")
    if not others:
        _note(axes, "no baselines in this run")
        return
    events, accuracy = _line(model)
    best = [max(values) for values in zip(*(_line(other)[1] for other in others), strict=True)]
    lead = [own - other for own, other in zip(accuracy, best, strict=True)]
    axes.fill_between(events, lead, 0, where=[value >= 0 for value in lead], color=MODEL, alpha=0.25, interpolate=True)
    axes.fill_between(events, lead, 0, where=[value < 0 for value in lead], color=DRIFT, alpha=0.25, interpolate=True)
    axes.plot(events, lead, color=MODEL, linewidth=1.0)
    axes.axhline(0, color="#444444", linewidth=0.8)


def _spikes(axes: Axes, model: ModelResult, window: int) -> None:
    axes.set_ylabel("spike rate (per\nunit and step)")
    points = [(point.event, point.spike_rate) for point in model.curve if point.spike_rate is not None]
    if not points:
        _note(axes, "this model does not spike")
        return
    events, rates = zip(*points, strict=True)
    span = max(window * len(points) // max(events[-1], 1), 1)
    smooth = [mean(rates[max(k - span + 1, 0) : k + 1]) for k in range(len(rates))]
    axes.plot(events, rates, color=SPIKES, linewidth=0.7, alpha=0.35)
    axes.plot(events, smooth, color=SPIKES, linewidth=1.5)
    axes.set_ylim(bottom=0)


def _line(result: ModelResult) -> tuple[list[int], list[float]]:
    return [point.event for point in result.curve], [point.accuracy for point in result.curve]


def _note(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color="#777777")
    axes.set_yticks([])


def _tidy(axes: Any, model: ModelResult) -> None:
    for mark in model.drift_marks:
        axes.axvline(mark.event, color=DRIFT, linewidth=0.9, linestyle="--", alpha=0.6, zorder=0)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
