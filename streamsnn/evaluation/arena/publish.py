"""From a store of results to what people look at: a report, its tables as CSV, and pictures."""

from __future__ import annotations

import importlib.util
from collections.abc import Collection, Mapping, Sequence

from .machine import described
from .plots import plot_cost, plot_ranking, plot_time
from .registry import MODELS
from .report import markdown, write_summary
from .store import Key, Store
from .summary import Summary
from .synthetic import SYNTHETIC

SHOWN = 5  # models in the pictures of accuracy over time


def publish(
    store: Store, heading: str, parts: Mapping[str, Sequence[str]], keys: Collection[Key] | None = None
) -> dict[str, Summary]:
    """Write ``report.md``, ``summary.csv`` and, if matplotlib is there, the pictures, into the store's folder.

    Parameters
    ----------
    store
        The results.
    heading
        Of the report.
    parts
        Streams by the title of the section that shows them. With more than one, a last section shows all.
    keys
        Only these tasks; None: all.

    Returns
    -------
    dict
        The summaries by section.
    """
    rows = store.rows()
    parts = {name: streams for name, streams in parts.items() if streams}
    everything = [stream for streams in parts.values() for stream in streams]
    sections = dict(parts) | ({"All streams": everything} if len(parts) > 1 else {})
    summaries = {name: Summary(rows, keys, streams) for name, streams in sections.items()}
    pictures: list[tuple[str, str]] = []
    if importlib.util.find_spec("matplotlib") is not None:
        for name, summary in summaries.items():
            pictures += _pictures(store, name, summary, keys, timelines=name in parts)
    text = markdown(heading, summaries, described(store.folder), pictures)
    (store.folder / "report.md").write_text(text, encoding="utf-8")
    write_summary(store.folder / "summary.csv", Summary(rows, keys, everything))
    return summaries


def _pictures(
    store: Store, name: str, summary: Summary, keys: Collection[Key] | None, timelines: bool
) -> list[tuple[str, str]]:
    """Draw what there is to be drawn of a section; pairs of caption and file."""
    slug = "_".join(name.lower().replace(",", " ").split())
    made = []
    ranking = summary.ranking()
    if ranking is not None and ranking.streams > 1:
        plot_ranking(ranking, store.folder / f"ranks_{slug}.png", f"{name}: mean ranks of accuracy")
        made.append((f"Mean ranks, {name}", f"ranks_{slug}.png"))
    if summary.streams:
        plot_cost(summary, store.folder / f"cost_{slug}.png", f"{name}: accuracy against cost")
        made.append((f"Accuracy against cost, {name}", f"cost_{slug}.png"))
    if summary.streams and timelines:
        curves = {key: curve for key, curve in store.curves().items() if keys is None or key in keys}
        path = store.folder / f"time_{slug}.png"
        plot_time(summary, curves, _shown(summary), path, f"{name}: accuracy over time", _drifts(summary))
        made.append((f"Accuracy over time, {name}", path.name))
    return made


def _shown(summary: Summary) -> list[str]:
    """Our default model, or the best of ours, and the peers with the best ranks."""
    ranking = summary.ranking()
    best = summary.models if ranking is None else list(ranking.ranks)
    ours = [name for name in best if name in MODELS and MODELS[name].family == "ours"]
    first = ["adaptive"] if "adaptive" in ours else ours[:1]
    return [*first, *(name for name in best if name not in ours)][:SHOWN]


def _drifts(summary: Summary) -> dict[str, Sequence[int]]:
    return {name: SYNTHETIC[name]()[1] for name in summary.streams if name in SYNTHETIC}
