"""One file a model: arrays as safetensors, everything else as JSON in its header.

The header holds the format's version, the library's version, the kind of model, its settings, and a BLAKE2b checksum of
all of it and of every array. Opening a file executes nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load, save

FORMAT_VERSION = 1
_KEY = "streamsnn"
_HEADER = {"format_version": int, "library_version": str, "kind": str, "content": dict}

Arrays = dict[str, npt.NDArray[Any]]


class SnapshotError(ValueError):
    """A file that is no model of ours, or damaged, or from a newer library."""


@dataclass(frozen=True, eq=False)
class Frozen:
    """All that a model is at one moment: it can be written while the model learns on.

    Attributes
    ----------
    kind
        Name of the estimator.
    content
        Whatever else it needs, as JSON.
    arrays
        Its arrays by name, as copies.
    """

    kind: str
    content: Mapping[str, Any]
    arrays: Arrays

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write a model file; an older one of that name is replaced at once or not at all."""
        write(path, self.kind, self.content, self.arrays)

    def to_bytes(self) -> bytes:
        """The content of a model file."""
        return to_bytes(self.kind, self.content, self.arrays)


def to_bytes(kind: str, content: Mapping[str, Any], arrays: Arrays) -> bytes:
    """The content of a model file; see `Frozen`."""
    header: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "library_version": _library_version(),
        "kind": kind,
        "content": content,
    }
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    header["checksum"] = _checksum(header, arrays)
    data: bytes = save(arrays, metadata={_KEY: json.dumps(header, allow_nan=False)})
    return data


def write(path: str | os.PathLike[str], kind: str, content: Mapping[str, Any], arrays: Arrays) -> None:
    """Write a model file, see `Frozen`; an older one of that name is replaced at once or not at all."""
    data = to_bytes(kind, content, arrays)
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Arrays]:
    """Header and arrays of a model file, checked.

    Raises
    ------
    SnapshotError
        If the file is not one of ours, is damaged, or was written by a newer format.
    OSError
        If it cannot be read.
    """
    data = Path(path).read_bytes()
    header = _header(data, path)
    try:
        arrays = load(data)
        claimed = header.pop("checksum", None)
        computed = _checksum(header, arrays)
    except (SafetensorError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise SnapshotError(f"{path}: damaged model file ({error})") from None
    if claimed != computed:
        raise SnapshotError(f"{path}: the checksum does not match, the file is damaged")
    return header, arrays


def describe(path: str | os.PathLike[str]) -> dict[str, Any]:
    """What is in a model file: versions, kind, settings, features, classes, and the shape of every array.

    Raises
    ------
    SnapshotError
        As `read`.
    """
    header, arrays = read(path)
    summary = {name: header[name] for name in ("kind", "format_version", "library_version")}
    summary["bytes"] = Path(path).stat().st_size
    summary |= header["content"]
    summary["arrays"] = {name: {"shape": list(a.shape), "dtype": str(a.dtype)} for name, a in sorted(arrays.items())}
    return summary


def _library_version() -> str:
    try:
        return metadata.version("streamsnn")
    except metadata.PackageNotFoundError:  # run from a source tree that is not installed
        return "unknown"


def _header(data: bytes, path: str | os.PathLike[str]) -> dict[str, Any]:
    """Our part of a safetensors header."""
    size = int.from_bytes(data[:8], "little")
    try:
        tensors = json.loads(data[8 : 8 + size]) if 8 + size <= len(data) else None
        ours = json.loads(tensors["__metadata__"][_KEY]) if isinstance(tensors, dict) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        ours = None
    if not isinstance(ours, dict) or any(not isinstance(ours.get(name), kind) for name, kind in _HEADER.items()):
        raise SnapshotError(f"{path}: not a streamsnn model file, or cut short")
    if ours["format_version"] > FORMAT_VERSION:
        raise SnapshotError(
            f"{path}: written in format {ours['format_version']} by streamsnn {ours.get('library_version')}; this "
            f"version reads formats up to {FORMAT_VERSION}. Update streamsnn to open it."
        )
    return ours


def _checksum(header: Mapping[str, Any], arrays: Arrays) -> str:
    digest = hashlib.blake2b(digest_size=32)
    digest.update(json.dumps(header, sort_keys=True, allow_nan=False).encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
