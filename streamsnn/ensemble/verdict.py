"""The last word, where the mixture and label history disagree on the likeliest label.

The mixture learns on the log-loss, and mostly from events that are not in doubt. Right after a change of the label the
features often lag behind it; that what they say then is worth less than usual shows in few events, and moves its
weights little. So for runs of a label that are short, longer and long it is counted who was right when the two did not
agree, and whoever was right more often has the last word: its label is given the probability of the other's.
"""

from __future__ import annotations

from .._compile import float64s, int64s, kernel, view
from .member import likeliest, logs_of
from .places import COUNT_COUNT, COUNTS, RATES, RUN, RUN_LABEL, RUN_LENGTHS, RUNG_COUNT, VERDICTS

SHORT, LONG = 4, 64  # events of the same label so far: fewer than the first are a short run
VERDICT_DECAY = 0.99  # of the counts, whenever the two disagree
LEAD = 1.0  # that history needs to have the last word


@view
def verdicts(g):  # type: ignore[no-untyped-def]
    return float64s(g[RATES] + 8 * VERDICTS, 2 * RUN_LENGTHS)


@kernel
def _length(g):  # type: ignore[no-untyped-def]
    run = int64s(g[COUNTS], COUNT_COUNT)[RUN]
    return (run >= SHORT) + (run >= LONG)


@kernel
def last_word(t, g, k, known, best):  # type: ignore[no-untyped-def]
    """The label to put first for event `k` of the chunk, where the mixture puts `best` first."""
    own = verdicts(g)
    length = _length(g)
    if own[2 * length + 1] > own[2 * length] + LEAD:
        return likeliest(logs_of(t, g, k, g[RUNG_COUNT] - 1), known)
    return best


@kernel
def note_verdict(t, g, k, known, best, label):  # type: ignore[no-untyped-def]
    """Count who was right, if the two disagreed."""
    favourite = likeliest(logs_of(t, g, k, g[RUNG_COUNT] - 1), known)
    if favourite == best:
        return
    own, length = verdicts(g), _length(g)
    own[2 * length] = VERDICT_DECAY * own[2 * length] + (best == label)
    own[2 * length + 1] = VERDICT_DECAY * own[2 * length + 1] + (favourite == label)


@kernel
def note_run(g, label):  # type: ignore[no-untyped-def]
    """Follow how often the label has come in a row."""
    counts = int64s(g[COUNTS], COUNT_COUNT)
    counts[RUN] = counts[RUN] + 1 if counts[RUN_LABEL] == label else 1
    counts[RUN_LABEL] = label
