"""Whether the integers of slots that come from outside can be trusted with reading memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..memory import Int64s
from .parts import DELTA, Part
from .slots import (
    BASE_ROW,
    BATCH,
    CATEGORY,
    DISTINCT,
    FIELD_ROW,
    KIND,
    LINE_ROWS,
    PART_ROWS,
    PART_STRIDE,
    STORED,
    VALUES_KNOWN,
    slot_stride,
)


def check_slots(slots: Int64s, filled: Int64s, parts: Sequence[Part], rows: int) -> None:
    """Check that every number that a kernel uses as an index lies in its range.

    Parameters
    ----------
    slots
        The integers of all slots.
    filled
        How many values each slot's batch has.
    parts
        The parts of the encoder.
    rows
        Rows of the input weights in use.

    Raises
    ------
    ValueError
        If one does not.
    """
    table = slots.reshape(-1, slot_stride(len(parts)))
    _within("kind", table[:, KIND], CATEGORY)
    _within("stored values", table[:, STORED], BATCH - 1)
    _within("known values", table[:, VALUES_KNOWN], DISTINCT - 1)
    _within("filled", filled, BATCH - 1)
    _within("values beyond filled", np.maximum(table[:, STORED] - filled, 0), 0)
    for p, part in enumerate(parts):
        given = table[:, PART_ROWS + p * PART_STRIDE : PART_ROWS + (p + 1) * PART_STRIDE]
        _within("row", given[:, BASE_ROW], rows - (2 if part.code == DELTA else 1))
        _within("row", given[:, FIELD_ROW], rows - max(part.fields, 1))
        _within("row", given[:, LINE_ROWS : LINE_ROWS + DISTINCT], rows - 1)


def _within(what: str, numbers: Int64s, highest: int) -> None:
    if ((numbers < 0) | (numbers > max(highest, 0))).any():
        raise ValueError(
            f"slots: {what} out of range: {int(np.min(numbers))} to {int(np.max(numbers))}, at most {highest}"
        )
