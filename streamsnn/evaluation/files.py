"""Events from files: CSV, Parquet, ARFF and NPZ."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from .errors import StreamError
from .values import parsed

Event = tuple[dict[Hashable, Any], Hashable]
Events = tuple[Iterator[Event], int | None]


def read_csv(path: Path, label: str | None) -> Events:
    """A header, then one event a line; separated by commas, semicolons or tabs, told from the header.

    Raises
    ------
    StreamError
        If there is no header or no such column; further down at a line with more or fewer values than the header.
    """
    with _open_text(path) as file:
        try:
            header_line = file.readline()
        except (UnicodeDecodeError, OSError, EOFError) as error:
            raise StreamError(f"{path}: not a text file ({error})") from None
    separator = max(",;\t", key=header_line.count)
    header = next(csv.reader([header_line], delimiter=separator), [])
    names = [name.strip() for name in header]
    if not header_line.strip():
        raise StreamError(f"{path}: empty; expected a header line with the names of the columns")
    if len(set(names)) < len(names):
        raise StreamError(f"{path}: the header names a column twice")
    return _csv_rows(path, names, _label_column(path, names, label), separator), _count_lines(path)


def _csv_rows(path: Path, names: list[str], target: int, separator: str) -> Iterator[Event]:
    with _open_text(path) as file:
        reader = csv.reader(file, delimiter=separator)
        try:
            next(reader)
            for row in reader:
                if not row:
                    continue
                if len(row) != len(names):
                    raise StreamError(
                        f"{path}, line {reader.line_num}: {len(row)} values, but the header has {len(names)} columns"
                    )
                yield _event(path, names, [parsed(text) for text in row], target, reader.line_num)
        except (csv.Error, UnicodeDecodeError, EOFError) as error:
            raise StreamError(f"{path}, after line {reader.line_num}: {error}") from None


def _open_text(path: Path) -> TextIO:
    if path.suffix.lower() == ".gz":
        return io.TextIOWrapper(gzip.open(path, "rb"), encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _count_lines(path: Path) -> int | None:
    """Lines after the header, for the progress bar; counting the lines of a compressed file takes too long."""
    if path.suffix.lower() == ".gz":
        return None
    with path.open("rb") as file:
        return max(sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) - 1, 0)


def read_parquet(path: Path, label: str | None) -> Events:
    """One event a row, read batch by batch."""
    try:
        from pyarrow import ArrowException, parquet
    except ModuleNotFoundError:
        raise StreamError(f'{path}: reading Parquet needs pyarrow: pip install "streamsnn[parquet]"') from None
    try:
        file = parquet.ParquetFile(path)
    except ArrowException as error:
        raise StreamError(f"{path}: not a Parquet file ({error})") from None
    names = list(file.schema_arrow.names)
    target = _label_column(path, names, label)
    return _parquet_rows(path, file, names, target), file.metadata.num_rows


def _parquet_rows(path: Path, file: Any, names: list[str], target: int) -> Iterator[Event]:
    number = 0
    for batch in file.iter_batches(batch_size=1024):
        for row in batch.to_pylist():
            number += 1
            yield _event(path, names, [row[name] for name in names], target, number)


def read_arff(path: Path, label: str | None) -> Events:
    """One event a row; nominal attributes are categories, a nominal label is read as in CSV."""
    from scipy.io import arff

    try:
        with path.open(encoding="utf-8") as file:
            rows, meta = arff.loadarff(file)
    except (arff.ArffError, NotImplementedError, ValueError, StopIteration, IndexError) as error:
        reason = str(error) or "incomplete"
        raise StreamError(f"{path}: cannot be read as ARFF with numeric and nominal attributes ({reason})") from None
    names: list[str] = list(meta.names())
    target = _label_column(path, names, label)
    return _arff_rows(path, rows, names, target), len(rows)


def _arff_rows(path: Path, rows: Any, names: list[str], target: int) -> Iterator[Event]:
    for number, row in enumerate(rows.tolist(), start=1):
        values = [_nominal(value) if isinstance(value, bytes) else value for value in row]
        if isinstance(row[target], bytes):
            values[target] = parsed(row[target].decode())
        yield _event(path, names, values, target, number)


def _nominal(value: bytes) -> str | None:
    return None if value == b"?" else value.decode()


def read_npz(path: Path, label: str | None) -> Events:
    """Arrays ``X`` (events, features) and ``y``, and optionally ``feature_names``.

    Raises
    ------
    StreamError
        If the arrays are not there, do not fit each other, or hold Python objects, which are never unpickled.
    """
    if label is not None:
        raise StreamError(f"{path}: the labels of an NPZ file are its array y; leave the label's name out")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            if not {"X", "y"} <= set(arrays.files):
                raise StreamError(f"{path}: needs arrays X and y; there are {', '.join(arrays.files) or 'none'}")
            X, y = arrays["X"], arrays["y"]
            stored = arrays["feature_names"].tolist() if "feature_names" in arrays.files else None
    except StreamError:
        raise
    except (ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise StreamError(f"{path}: cannot be read as NPZ ({error})") from None
    X = X.reshape(len(X), -1) if X.ndim > 2 and len(X) else X
    names = [f"x{k}" for k in range(X.shape[-1])] if stored is None else [str(name) for name in stored]
    if X.ndim != 2 or y.shape != (len(X),) or len(set(names)) != X.shape[1]:
        raise StreamError(
            f"{path}: X {X.shape}, y {y.shape} and {len(names)} feature names do not fit; X must be (events, features)"
        )
    return _npz_rows(names, X, y), len(X)


def _npz_rows(names: Sequence[Hashable], X: Any, y: Any) -> Iterator[Event]:
    for row, target in zip(X, y, strict=True):
        yield dict(zip(names, row.tolist(), strict=True)), target.item()


def _label_column(path: Path, names: Sequence[str], label: str | None) -> int:
    if len(names) < 2:
        raise StreamError(f"{path}: needs at least two columns, one of them the label; there is {', '.join(names)}")
    if label is None:
        return len(names) - 1
    if label not in names:
        raise StreamError(f"{path}: there is no column {label!r} for the label; there are {', '.join(names)}")
    return names.index(label)


def _event(path: Path, names: Sequence[str], values: list[Any], target: int, number: int) -> Event:
    label = values[target]
    if label is None or label != label:
        raise StreamError(f"{path}, line {number}: no value in the label column {names[target]!r}")
    return {name: value for k, (name, value) in enumerate(zip(names, values, strict=True)) if k != target}, label
