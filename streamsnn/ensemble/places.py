"""The memory of a ladder: what stands in the table that its kernels read beside the table of the shared model.

Buffers
-------
tables            int64    for every member a table as `streamsnn.memory` describes it: its own weights, shared rest
member_counters   int64    for every member its counters
member_hyper      float64  for every member its decays, threshold and rates
members           int64    for every member a row of choices: what it sees, what it replays
progress          float64  for every member a row of what changes: recent loss, raised rate
halves            int64    for every input row a bit for each of the halves of the features that it belongs to
ring              int64    for every remembered event a row: where its drive lies, its label, what came before it
ring_weights      float64  for every remembered event its weight
current_rows, current_values, spike_rows, spike_steps    the drives of all remembered events
drives            the same four for every member that sees a part of the features, one event each
neurons           uint8    for every receptive field the weight that each young evolving neuron gives it
neuron_norms      float32  squared norm of each young neuron's weights
points            int16    for every steady slot the place of its value in each evolving neuron's event on the grid
grid              float64  for every steady slot the centre of its grid and the width of a step
relevance         float64  for every steady slot how much near neurons of an event's label differ from it, and others
pulls             float64  scratch: for every slot that is shown 1, then how relevant it is
distances         float32  scratch: from the event at hand to every young neuron in either space, then to all points,
                           there a very large number where no neuron lives
least_halves      float32  scratch: to find the nearest
nearest           int64    scratch: the nearest neurons, and the candidates for that
logs              float64  for every event of the chunk, every rung and every class its log-probability
weights           float64  the mixture: a weight of each rung in each of its sets (the last: how far each is believed),
                           then the weight of each mixer
covariance        float64  of the weights of one mixer: a row for every rung, filled up to the diagonal; then of the
                           weights of all mixers
slopes            float64  scratch: three numbers for every rung
mixed             float64  scratch: the probabilities of the mixture, then of each mixer, then their logarithms
detectors         float64  the drift detectors: one for every rung, then the mixture's
transitions       float64  how often each label followed each label
label_rows        int64    for every class the input row that speaks when it was the last label (0: none yet)
drifted           int64    for every rung the first event after its last abrupt drift; then as of the last tick
error_shares      float64  for every rung that remembers how often it was wrong, lately and before
counts            int64    events remembered, drifts, and other numbers that are kept
shares            float64  how often each label came lately
direct            float32  for every input row its counts with every label and its weights to every label
direct_scratch    float64  an entry for every label, for the direct rungs and then for the settled ones
steady            float64  for every steady slot its moments, the edges of its bins, and a sample of its values
shown_slots       int64    for every event of the chunk the steady slots that were there, and their bins
shown_values      float64  for every event of the chunk the values of those slots, how they are scaled, standardised
linear            float32  for the bias and every steady slot its weights to every label, at each rate
singles           float32  for every steady slot and bin its counts with every label
couples           float32  for every coincidence and pair of bins its counts with every label
coupled           int64    for every coincidence its two slots, and the event since which it exists
gates             float64  for every steady slot since when it exists and its weights; then a weight of each coincidence
evidence          float64  scratch: what each slot and each coincidence says of every label
label_shares      float64  how often each label came lately, for the evidence
drift_log         int64    for every event of the call the drifts of mixture and of rungs before it (may be missing)
both_bins         int64    scratch: for each coincidence the pair of bins, then for each slot its bin; -1: not there
kept              int64    for every kept copy of a member a row: whose it is, when it was made, when it last fitted
"""

from __future__ import annotations

PLACE_COUNT = 88
(
    TABLES,
    MEMBER_COUNTERS,
    MEMBER_HYPER,
    MEMBERS,
    PROGRESS,
    HALVES,
    RING,
    RING_WEIGHTS,
    RING_CURRENT_ROWS,
    RING_CURRENT_VALUES,
    RING_SPIKE_ROWS,
    RING_SPIKE_STEPS,
    PART_CURRENT_ROWS,
    PART_CURRENT_VALUES,
    PART_SPIKE_ROWS,
    PART_SPIKE_STEPS,
    NEURONS,
    NEURON_NORMS,
    DISTANCES,
    NEAREST,
    LOGS,
    WEIGHTS,
    MIXED,
    DETECTORS,
    TRANSITIONS,
    LABEL_ROWS,
    COUNTS,
    RATES,
    SHARES,
    # sizes and choices
    MEMBER_COUNT,
    MIXED_MEMBERS,
    LIVE_MEMBERS,
    RUNG_COUNT,
    RING_KEEPS,
    DETECTOR_KIND,
    REACTION,
    CHUNK,
    DRIVE_ROOM,
    NEURON_ROWS,
    NEURON_WINDOW,
    HISTORY,
    # the chunk at hand
    CHUNK_EVENTS,
    CHUNK_FIRST,
    FRESH,
    STORED_BEST,
    # the rungs without a hidden layer
    DIRECT,
    DIRECT_SCRATCH,
    DIRECT_ROWS,
    DIRECT_AT,
    # steady slots, and the rungs that look at them
    STEADY,
    SHOWN_SLOTS,
    SHOWN_VALUES,
    POINTS,
    GRID,
    LINEAR,
    SINGLES,
    COUPLES,
    COUPLED,
    GATES,
    EVIDENCE,
    LABEL_SHARES,
    BOTH_BINS,
    STEADY_ROOM,
    COUPLE_COUNT,
    LINEAR_AT,
    GATED_AT,
    BELIEF_AT,
    # past members
    KEPT,
    # what whoever calls wants to know of every event
    DRIFT_LOG,
    # the mixer that knows how sure it is
    COVARIANCE,
    SLOPES,
    # bins whose edges have been drawn anew
    OLD_EDGES,
    INHERITING,
    # how many neurons there is room for: the young ones, and all
    YOUNG_COLUMNS,
    POINT_COLUMNS,
    POINT_WINDOW,
    FAR_POINTS,
    LEAST_HALVES,
    YOUNG_NEURONS,
    RELEVANCE,
    PULLS,
    # what is forgotten at a drift
    DRIFTED,
    ERROR_SHARES,
    FORGETS,
) = range(84)

# --- a member's choices ----------------------------------------------------------------------------------------------
MEMBER_STRIDE = 8
SEES, HALF, REPLAYS, REPLAY_WINDOW, MEMBER_SEED, PART_AT, NEURON = range(7)
SEES_CURRENTS, SEES_FIELDS, SEES_CHANGES, SEES_HISTORY = 1, 2, 4, 8

# --- what of a member changes -----------------------------------------------------------------------------------------
PROGRESS_STRIDE = 4
RECENT_LOSS, RAISED_FOR, BASE_RATE = range(3)

# --- kept copies of members -------------------------------------------------------------------------------------------
KEPT_MOST = 32
KEPT_STRIDE = 4
SOURCE, KEPT_SINCE, FITTED_AT = range(3)  # SOURCE: one more than the member's number; 0: nothing is kept here

# --- a remembered event -----------------------------------------------------------------------------------------------
RING_EVENTS = 8192
RING_STRIDE = 12
(
    CURRENTS_AT,
    CURRENTS,
    SPIKES_AT,
    CHANGES,
    FIELD_SPIKES,
    HISTORY_SPIKES,
    LABEL,
    TOTAL,
    OLDEST,
    NUMBER,
    KNOWN_CLASSES,
    LEARNS,
) = range(RING_STRIDE)

DRIVE_BUDGET = 1 << 19  # entries of drive that are remembered at most
CHUNK_EVENTS_MOST = 64

# --- numbers that are kept --------------------------------------------------------------------------------------------
COUNT_COUNT = 24
(
    REMEMBERED,
    CURRENT_CURSOR,
    SPIKE_CURSOR,
    DRIVE_TOTAL,
    OLDEST_EVENT,
    OLDEST_NEURON,
    LAST_LABEL,
    DRIFTS,
    MEMBER_DRIFTS,
    DRIFT_NOW,
    REACTION_WAITS,
    REACTIONS_DONE,
    RIGHT,
    SCORED,
    LAST_DRIFT,
    GENERATION,
    STEADY_KNOWN,
    RECALLS,
    FITTING,
    UNFIT_TICKS,
    OLDEST_POINT,
    RUN,
    RUN_LABEL,
) = range(23)

# --- rates of the mixture and of what is forgotten --------------------------------------------------------------------
RATE_COUNT = 16
(
    MIXTURE_RATE,
    WEIGHT_BOUND,
    HISTORY_DECAY,
    SHARE_DECAY,
    BALANCE,
    RECENT_ERROR,
    RAISED_RATE,
    RAISED_EVENTS,
    USUAL_LOSS,
    VERDICTS,  # for each length of runs: how often the mixture was right, and how often label history
) = range(10)
RUN_LENGTHS = 3

# --- the evolving neurons ---------------------------------------------------------------------------------------------
YOUNG_MOST = 1000  # of the last events; the neurons of older ones are points only
LONGEST_MEMORY = 7000
SPARE_COLUMNS = 24
FEWEST_COLUMNS, MOST_COLUMNS = 128, 8192
NEIGHBOURS = 20
VOTERS = (1, 3, 8, 20)  # so many of the nearest by fields vote
POINT_VOTERS = (1, 3, 20)  # and of the nearest young points; in one more rung all of them, the near and the young most
YOUNG_RUNGS = len(VOTERS) + len(POINT_VOTERS) + 1
RELEVANCE_STRIDE = 2
OF_HITS, OF_MISSES = range(RELEVANCE_STRIDE)
GRID_STRIDE = 2
GRID_CENTRE, GRID_STEP = range(GRID_STRIDE)

# --- the rungs without a hidden layer, at several paces ------------------------------------------------------------
HEBBIAN_DECAYS = (0.998,)  # of old counts, at each count of the same input
DELTA_RATES = (0.5,)
DELTA_FIELDS = (1,)  # whether the fields are looked at, besides the currents
DIRECT_RUNGS = len(HEBBIAN_DECAYS) + len(DELTA_RATES)
NEVER = -1e30  # logarithm of a count of nothing

# --- steady slots: ranges that settle ---------------------------------------------------------------------------------
MOST_STEADY = 256  # features beyond these are looked at by the other rungs only
BINS = 12
SAMPLE = 128
SEEN, ORIGIN, STEADY_MEAN, STEADY_VARIANCE, EDGE_COUNT, EDGES = range(6)
SAMPLED = EDGES + BINS - 1
STEADY_STRIDE = SAMPLED + SAMPLE
LINEAR_RATES = (0.02, 0.2)
LINEAR_DOUBTS = (0.0, 0.2)  # the share of labels that is taken for noise

# --- coincidences -----------------------------------------------------------------------------------------------------
COUPLES_MOST = 32
FIRST_SLOT, SECOND_SLOT, COUPLED_SINCE = range(3)
COUPLED_STRIDE = 3
# of a slot: learned since which event, its gates without coincidences and with them, the belief that it alone tells all
SINCE, ALONE, BESIDE, BELIEF = range(4)
GATE_STRIDE = 4
BELIEF_WEIGHT = 0.3  # in the mixture, to begin with: it knows within a few events what it will ever know

# --- the mixture ------------------------------------------------------------------------------------------------------
FLOOR = 1e-4
MIXERS = 5
ERROR_LEVELS = 4
WEIGHT_SETS = 4 + ERROR_LEVELS
BELIEFS = WEIGHT_SETS - 1  # the set that is not of geometric weights, but of shares that sum to 1

# --- what to do about a drift -----------------------------------------------------------------------------------------
REACTIONS = ("none", "reset_optimiser", "raise_rate", "reopen_mixture", "replace_worst")
NO_REACTION, RESET_OPTIMISER, RAISE_RATE, REOPEN_MIXTURE, REPLACE_WORST = range(5)
