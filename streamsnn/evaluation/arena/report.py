"""The arena's report: tables in Markdown."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..report import _bytes
from .ranking import Ranking
from .registry import MODELS
from .summary import MEASURES, Cell, Summary, title

HEADINGS = (
    "model", "mean rank", "accuracy", "kappa", "kappa t.", "macro F1", "log loss", "calibration", "recovery",
    "us/event", "memory", "streams",
)  # fmt: skip

NOTES = """\
How to read this: every event is predicted before it is learned. A value is the mean over the seeds, ± the standard \
deviation between them; where no ± stands, one seed was run. Kappa is the lead over chance, kappa t. over repeating \
the last label. The log loss counts a probability below 1e-4 over the number of labels as that. Calibration is the \
expected calibration error (15 bins). Recovery is the mean number of events after a marked drift until the accuracy \
over the last 200 events is back at 95 % of the model's own plateau; 200 is the least. us/event is processor time to \
predict and learn an event, memory the model's size at the end; both are geometric means over the streams. 'streams' \
tells on how many streams the model was done: means over fewer streams cannot be compared with the others. A model \
that was not done on a stream ranks last there."""


def markdown(heading: str, halves: Mapping[str, Summary], about: str, pictures: Sequence[tuple[str, str]] = ()) -> str:
    """The whole report.

    Parameters
    ----------
    heading
        Its title.
    halves
        Summaries by the title of their section.
    about
        What the numbers were measured on, one line.
    pictures
        Pairs of caption and file.
    """
    parts = [f"# {heading}", about, NOTES]
    for name, summary in halves.items():
        if summary.streams:
            parts += _section(name, summary)
    parts += [f"![{caption}]({file})" for caption, file in pictures]
    return "\n\n".join(parts) + "\n"


def _section(name: str, summary: Summary) -> list[str]:
    ranking = summary.ranking()
    parts = [f"## {name}", _table(HEADINGS, overview(summary, ranking))]
    if ranking is not None:
        parts.append(_verdict(ranking))
    left_out = [title(model) for model in summary.models if ranking is None or model not in ranking.ranks]
    if left_out:
        parts.append(f"Without a rank, since not run on every stream yet: {', '.join(left_out)}.")
    parts += duel(summary)
    for measure, words in (("accuracy", "Accuracy"), ("log_loss", "Log loss"), ("recovery", "Recovery, events")):
        rows = list(_by_stream(summary, measure))
        if rows:
            parts += [f"### {words} by stream", _table(["stream", *map(title, summary.models)], rows)]
    return [*parts, *_mishaps(summary)]


def duel(summary: Summary, model: str = "adaptive") -> list[str]:
    """One of ours beside the best peer of each stream: a heading, a table and a sentence; nothing without peers."""
    peers = [name for name in summary.models if name in MODELS and MODELS[name].family not in ("ours", "baseline")]
    rows, ahead, surprised = [], 0, 0
    for stream in summary.done(model):
        found = {peer: value for peer in peers if not math.isnan(value := summary.value(peer, stream, "accuracy"))}
        if not found:
            continue
        best = max(found, key=found.__getitem__)
        lead = summary.value(model, stream, "accuracy") - found[best]
        loss = min(summary.value(peer, stream, "log_loss") for peer in found)
        ahead += lead > 0
        surprised += summary.value(model, stream, "log_loss") >= loss
        ours = _cell(summary.cell(model, stream), "accuracy")
        rows.append([stream, ours, _cell(summary.cell(best, stream), "accuracy"), title(best), f"{100 * lead:+.2f}"])
    if not rows:
        return []
    said = f"Ahead on {ahead} of {len(rows)} streams; the log loss is below every peer's on {len(rows) - surprised}."
    columns = ("stream", title(model), "best peer", "which", "lead, points")
    return [f"### {title(model).capitalize()} beside the best peer of each stream", _table(columns, rows), said]


def _verdict(ranking: Ranking) -> str:
    p_value = "" if ranking.p_value is None else f"Friedman's test: p = {ranking.p_value:.2g}. "
    return (
        f"{p_value}Mean ranks over {ranking.streams} streams that differ by less than "
        f"{ranking.critical_difference:.2f} are not told apart (Nemenyi, 0.05)."
    )


def overview(summary: Summary, ranking: Ranking | None) -> list[list[str]]:
    """One line a model, the best rank first."""
    ranks = {} if ranking is None else ranking.ranks
    ordered = sorted(summary.models, key=lambda model: ranks.get(model, math.inf))
    return [
        [
            title(model),
            f"{ranks[model]:.2f}" if model in ranks else "-",
            *(_number(measure, summary.over_streams(model, measure)) for measure in MEASURES),
            f"{len(summary.done(model))}/{len(summary.streams)}",
        ]
        for model in ordered
    ]


def _by_stream(summary: Summary, measure: str) -> Iterable[list[str]]:
    """One line a stream, the best value bold; none where nobody has a value."""
    for stream in summary.streams:
        values = [summary.value(model, stream, measure) for model in summary.models]
        known = [value for value in values if not math.isnan(value)]
        if not known:
            continue
        best = max(known) if measure == "accuracy" else min(known)
        cells = [_cell(summary.cell(model, stream), measure) for model in summary.models]
        yield [
            stream,
            *(f"**{cell}**" if value == best else cell for cell, value in zip(cells, values, strict=True)),
        ]


def _cell(cell: Cell | None, measure: str) -> str:
    if cell is None:
        return ""
    if cell.status != "done":
        return cell.status
    spread = cell.spread[measure]
    return _number(measure, cell.mean[measure]) + ("" if spread is None else f" ±{_number(measure, spread)}")


def _number(measure: str, value: float | None) -> str:
    if value is None:
        return "-"
    if measure == "memory_bytes":
        return _bytes(int(value))
    digits = {"accuracy": 4, "log_loss": 3, "recovery": 0, "microseconds": 1}.get(measure, 3)
    return f"{value:.{digits}f}"


def _mishaps(summary: Summary) -> list[str]:
    """Which models failed or took too long, and where."""
    found = [
        f"{title(model)} on {stream}: {cell.status}"
        for model in summary.models
        for stream in summary.streams
        if (cell := summary.cell(model, stream)) is not None and cell.status != "done"
    ]
    return ["Not done: " + "; ".join(found) + "."] if found else []


def _table(columns: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    columns = list(columns)
    lines = [columns, ["---"] + ["---:"] * (len(columns) - 1), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def write_summary(path: Path, summary: Summary) -> None:
    """Means and spreads of all measures as CSV, one line a model and stream."""
    columns = ["model", "stream", "status", "seeds"]
    columns += [f"{measure}{kind}" for measure in MEASURES for kind in ("", "_spread")]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for model in summary.models:
            for stream in summary.streams:
                cell = summary.cell(model, stream)
                if cell is not None:
                    values = [value for name in MEASURES for value in (cell.mean[name], cell.spread[name])]
                    writer.writerow([model, stream, cell.status, cell.seeds, *map(_raw, values)])


def _raw(value: Any) -> str:
    return "" if value is None else f"{value:.6g}"
