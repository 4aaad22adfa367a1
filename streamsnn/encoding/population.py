"""Overlapping receptive fields whose centres follow streaming quantiles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from .._compile import float64s, kernel
from ..memory import RANGES, RANGES_STRIDE, STEPS
from .base import Encoder
from .parts import (
    CODE,
    FIELDS,
    FIRST_CENTRE,
    POPULATION_CURRENT,
    POPULATION_LATENCY,
    SHAPE,
    STRENGTH,
    WIDTH,
    Part,
    add_current,
    add_spike,
    part_integers,
    part_reals,
)
from .slots import CENTRES, FIELD_ROW, GRADED, INFLATED, KIND, LINE_ROWS, part_rows, slot_row, value_line

TRIANGULAR, GAUSSIAN = 0, 1
FAINTEST = 0.05  # a receptive field that fits worse than this stays silent


@dataclass(frozen=True)
class PopulationEncoder(Encoder):
    """Receptive fields that tile each feature's range; each active one speaks once, the earlier the better it fits.

    The centres are the streaming quantiles ``(k + 1/2) / fields``, so that every field is busy as often as any other.
    The fit of a field falls from 1 at its centre to 0 at its neighbours' centres (triangular), or as a Gaussian in
    units of the distance between neighbours. Values beyond the outermost centres fit the outermost field fully. A
    discrete feature has a line for each of its values but the commonest, which is silence.

    Parameters
    ----------
    fields
        Number of receptive fields for each graded feature.
    shape
        ``"triangular"`` (two fields active at a time) or ``"gaussian"``.
    code
        ``"latency"``: each active field spikes once, at step ``floor((1 - fit) * steps)``. ``"current"``: a constant
        current proportional to the fit.
    strength
        Current at full fit, with ``code="current"``.
    width
        Standard deviation of a Gaussian field in distances between neighbouring centres.

    References
    ----------
    Bohte, S. M., Kok, J. N., & La Poutre, H. (2002). Error-backpropagation in temporally encoded networks of spiking
    neurons. Neurocomputing, 48, 17-37.

    Examples
    --------
    >>> from streamsnn.encoding import CurrentEncoder, PopulationEncoder
    >>> PopulationEncoder(fields=12, shape="gaussian") + CurrentEncoder(strength=0.5)
    ... # doctest: +NORMALIZE_WHITESPACE
    CombinedEncoder(encoders=(PopulationEncoder(fields=12, shape='gaussian', code='latency', strength=1.0, width=0.7),
    CurrentEncoder(strength=0.5)))
    """

    fields: int = 8
    shape: Literal["triangular", "gaussian"] = "triangular"
    code: Literal["latency", "current"] = "latency"
    strength: float = 1.0
    width: float = 0.7

    def __post_init__(self) -> None:
        if not 2 <= self.fields <= 1024:
            raise ValueError(f"fields must be between 2 and 1,024, not {self.fields}")
        if self.shape not in ("triangular", "gaussian"):
            raise ValueError(f"shape must be 'triangular' or 'gaussian', not {self.shape!r}")
        if self.code not in ("latency", "current"):
            raise ValueError(f"code must be 'latency' or 'current', not {self.code!r}")
        if not 0 < self.width < math.inf:
            raise ValueError(f"width must be positive and finite, not {self.width}")
        if not math.isfinite(self.strength):
            raise ValueError(f"strength must be finite, not {self.strength}")

    def parts(self) -> tuple[Part, ...]:
        code = POPULATION_LATENCY if self.code == "latency" else POPULATION_CURRENT
        shape = GAUSSIAN if self.shape == "gaussian" else TRIANGULAR
        return (Part(code, fields=self.fields, shape=shape, strength=self.strength, width=self.width),)


@kernel
def place(t, p, slot, value):  # type: ignore[no-untyped-def]
    """Where a value lies among the centres: 0 at the first, ``fields - 1`` at the last, linear between."""
    part = part_integers(t, p)
    last = part[FIELDS] - 1
    centres = float64s(t[RANGES] + 8 * (t[RANGES_STRIDE] * slot + CENTRES + part[FIRST_CENTRE]), part[FIELDS])
    if value <= centres[0]:
        return 0.0
    if value >= centres[last]:
        return float(last)
    left = 0
    while value >= centres[left + 1]:
        left += 1
    return left + (value - centres[left]) / (centres[left + 1] - centres[left])


@kernel
def emit_population(t, p, slot, value):  # type: ignore[no-untyped-def]
    part, reals, rows = part_integers(t, p), part_reals(t, p), part_rows(t, slot, p)
    kind = slot_row(t, slot)[KIND]
    if kind != GRADED and kind != INFLATED:
        _speak(t, p, rows[LINE_ROWS + value_line(t, slot, value)], 1.0)
        return
    if rows[FIELD_ROW] == 0:
        return
    at = place(t, p, slot, value)
    reach = 1.0 if part[SHAPE] == TRIANGULAR else 2.5 * reals[WIDTH]
    low, high = max(int(math.ceil(at - reach)), 0), min(int(at + reach), part[FIELDS] - 1)
    for k in range(low, high + 1):
        if part[SHAPE] == TRIANGULAR:
            fit = 1.0 - abs(at - k)
        else:
            fit = math.exp(-0.5 * ((at - k) / reals[WIDTH]) ** 2)
        if fit >= FAINTEST:
            _speak(t, p, rows[FIELD_ROW] + k, fit)


@kernel
def _speak(t, p, row, fit):  # type: ignore[no-untyped-def]
    if part_integers(t, p)[CODE] == POPULATION_CURRENT:
        add_current(t, row, part_reals(t, p)[STRENGTH] * fit)
    else:
        add_spike(t, row, min(int((1.0 - fit) * t[STEPS]), t[STEPS] - 1))
