"""The fast way from a dict to memory, for the field set that most events share, and from memory to a dict."""

from __future__ import annotations

import struct
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from ..memory import Float64s, Int64s

# An event in memory: its label's number (-1: none), its weight, then its values in the order of the slots.
_HEADER = "=qd"
_write_header = struct.Struct(_HEADER).pack_into
_FLOAT64 = np.dtype(np.float64)


class Frame:
    """A fixed set of numeric features: how to find them in a dict, and the memory their values are written to.

    Attributes
    ----------
    width
        Number of features.
    values_of
        ``values_of(x)`` gives the values in the order of the slots; KeyError if one is not there.
    write
        ``write(memory, 0, label, weight, *values)``; struct.error if a value is no number.
    memory
        The event as it lies in memory.
    positional
        Whether the features are 0, 1, 2, ... in the order of the slots, as those of arrays are.
    """

    __slots__ = ("_array", "memory", "names", "positional", "slots", "values", "values_of", "width", "write")

    def __init__(self, numbered: Iterable[tuple[int, Hashable]]) -> None:
        pairs = sorted(numbered, key=lambda pair: pair[0])
        self.names = frozenset(name for _, name in pairs)
        self.width = len(pairs)
        self.positional = [name for _, name in pairs] == list(range(self.width))
        self.slots: Int64s = np.array([slot for slot, _ in pairs], dtype=np.int64)
        _, layout = _layouts(self.width)
        self.memory = bytearray(layout.size)  # struct writes to it faster than to an array
        self.write: Callable[..., None] = layout.pack_into
        self.values_of = _getter([name for _, name in pairs])
        self._array: Float64s = np.frombuffer(self.memory, dtype=np.float64)
        self.values = self._array[2:]

    def put_array(self, x: npt.NDArray[Any], label: int, weight: float) -> bool:
        """Write an event that came as an array of float64, if it can be one of this frame's."""
        if not self.positional or x.dtype is not _FLOAT64 or x.shape != self.values.shape:
            return False
        _write_header(self.memory, 0, label, weight)
        self.values[:] = x
        return True

    @property
    def labels(self) -> Int64s:
        """The label's number, as memory of one entry."""
        return self._array[:1].view(np.int64)

    @property
    def weights(self) -> Float64s:
        return self._array[1:2]


class LooseEvent:
    """Memory for one event of any field set; it grows with the widest event."""

    __slots__ = ("_values", "_where", "capacity")

    def __init__(self) -> None:
        self.capacity = 0
        self.reserve(8)

    def reserve(self, width: int) -> None:
        """Make room for an event of this many slots; what lay here before is gone."""
        self.capacity = max(2 * self.capacity, width)
        self._where = bytearray(8 * self.capacity)
        self._values = bytearray(16 + 8 * self.capacity)

    def put(self, label: int, weight: float, width: int, slots: Iterable[int], values: Iterable[float]) -> None:
        """Write an event, in any order of its slots; there must be room.

        Raises
        ------
        struct.error
            If there is a slot that is no integer or a value that is no number.
        """
        for_slots, for_values = _layouts(width)
        for_slots.pack_into(self._where, 0, *slots)
        for_values.pack_into(self._values, 0, label, weight, *values)

    @property
    def slots(self) -> Int64s:
        return np.frombuffer(self._where, dtype=np.int64)

    @property
    def labels(self) -> Int64s:
        return np.frombuffer(self._values, dtype=np.int64)

    @property
    def weights(self) -> Float64s:
        return np.frombuffer(self._values, dtype=np.float64)[1:]

    @property
    def values(self) -> Float64s:
        return np.frombuffer(self._values, dtype=np.float64)[2:]


@lru_cache(maxsize=1024)
def _layouts(width: int) -> tuple[struct.Struct, struct.Struct]:
    """How the slots, and header and values, of an event lie in memory."""
    return struct.Struct(f"={width}q"), struct.Struct(f"{_HEADER}{width}d")


class Answer:
    """Memory for the probabilities of one event, and the fast way from there to a dict.

    Attributes
    ----------
    array
        The memory, shape ``(labels,)``.
    read
        ``read()`` gives the dict.
    """

    __slots__ = ("array", "labels", "read")

    def __init__(self, labels: tuple[Any, ...]) -> None:
        self.labels = labels
        memory = bytearray(8 * len(labels))
        self.array: Float64s = np.frombuffer(memory, dtype=np.float64)
        unpack = struct.Struct(f"={len(labels)}d").unpack_from
        if len(labels) == 2:
            first, second = labels

            def read() -> dict[Any, float]:
                p, q = unpack(memory)
                return {first: p, second: q}
        else:

            def read() -> dict[Any, float]:
                return dict(zip(labels, unpack(memory)))  # noqa: B905 (the lengths are equal, and strict costs time)

        self.read: Callable[[], dict[Any, float]] = read


def _getter(names: list[Hashable]) -> Callable[[Mapping[Hashable, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    if not names:
        return lambda x: ()
    (name,) = names
    return lambda x: (x[name],)
