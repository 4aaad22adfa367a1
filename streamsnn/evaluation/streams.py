"""Where events come from: one door to data sets, files and pipes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import files, json_lines, river_data
from .errors import StreamError

Event = tuple[dict[Hashable, Any], Hashable]


@dataclass(frozen=True)
class Stream:
    """Labelled events in their order.

    Attributes
    ----------
    name
        For titles and reports.
    events
        Pairs of features and label; read once.
    rows
        Number of events, for a progress bar; None if it is not known beforehand.
    live
        Whether events arrive one by one, so that none should wait for the next.
    endless
        Whether it is a generator, which goes on for ever.
    """

    name: str
    events: Iterable[Event]
    rows: int | None = None
    live: bool = False
    endless: bool = False


_READERS: dict[str, Callable[[Path, str | None], tuple[Iterable[Event], int | None]]] = {
    ".csv": files.read_csv,
    ".csv.gz": files.read_csv,
    ".parquet": files.read_parquet,
    ".arff": files.read_arff,
    ".npz": files.read_npz,
    ".jsonl": json_lines.read_file,
    ".ndjson": json_lines.read_file,
}


def open_stream(source: str, *, label: str | None = None, seed: int | None = None) -> Stream:
    """Open a stream by its name.

    Parameters
    ----------
    source
        A classification data set of River by class name, in any case (``Phishing``); a generator of
        ``river.datasets.synth`` (``SEA``), endless; a file (.csv, .csv.gz, .parquet, .arff, .npz, .jsonl, .ndjson); or
        ``-`` for JSON lines on standard input.
    label
        Name of the field that holds the label. By default the last column of a file, ``label`` in JSON lines.
    seed
        For River's generators.

    Raises
    ------
    StreamError
        If there is no such stream, or it cannot be read; the message tells what would work. Errors further down the
        stream raise when they are reached.

    Examples
    --------
    >>> stream = open_stream("phishing")
    >>> stream.name, stream.rows
    ('Phishing', 1250)
    >>> x, label = next(iter(stream.events))
    >>> len(x), label
    (9, True)
    """
    if source == "-":
        return Stream("standard input", json_lines.read_standard_input(label), live=True)
    path = Path(source)
    reader = _READERS.get("".join(path.suffixes[-2:]).lower()) or _READERS.get(path.suffix.lower())
    if reader is not None:
        if not path.is_file():
            raise StreamError(f"{source}: there is no such file")
        try:
            events, rows = reader(path, label)
        except OSError as error:
            raise StreamError(f"{source}: {error.strerror or error}") from None
        return Stream(path.name, events, rows)
    if path.exists():
        raise StreamError(f"{source}: cannot tell what is in it from its ending; known are {', '.join(_READERS)}")
    if label is not None:
        raise StreamError(f"{source}: a data set of River knows its own label; leave the label's name out")
    name, events, rows = river_data.load(source, seed)
    return Stream(name, events, rows, endless=rows is None)
