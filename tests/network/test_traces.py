"""Membrane traces worked out by hand. All numbers are sums of powers of two, so that they must be exact."""

from __future__ import annotations

import numpy as np
import pytest

from streamsnn.encoding import CurrentEncoder
from streamsnn.learning import fused
from streamsnn.learning.engines import PREDICT, FusedEngine
from streamsnn.learning.model import Model
from streamsnn.learning.settings import LearningSettings
from streamsnn.memory import CLASSES
from streamsnn.network import general
from streamsnn.network.settings import NetworkSettings

PATHS = {"straight": fused.run_straight, "general": fused.run_general}


def run(path, network, **weights):
    """Show an event without features: all that flows is the bias, a current of 1 into row 0 at every step."""
    model = Model(CurrentEncoder(), network, LearningSettings(), seed=1)
    model.counters[CLASSES] = 2
    FusedEngine(model)
    for name, block in model.named().items():
        block[:] = 0
        if name in weights:
            block[:] = weights[name]
    none = np.zeros(0)
    output = np.zeros((1, 2))
    labels, importance = np.zeros(1, dtype=np.int64), np.ones(1)
    model.point(event_slots=none, event_values=none, event_labels=labels, event_weights=importance, event_starts=0)
    model.point(output=output)
    model.set_event_shape(width=0, classes=2)
    PATHS[path](model.address, PREDICT)
    return model


def distances(model, layer=0):
    """``U - threshold`` (less the adaptation) of a layer at each step."""
    place = general.voltage_places(model.network)[layer]
    return model.buffers["traces"][place].reshape(model.network.steps, -1)


def logits(model):
    return model.buffers["scores"][:2]


@pytest.mark.parametrize("path", list(PATHS))
def test_leak_spike_and_reset(path):
    network = NetworkSettings(hidden=(2,), steps=4, membrane_decay=0.5, threshold=1.0)
    model = run(path, network, input=[0.75, 0.25])
    # U: .75, .375 + .75 = 1.125 (spike), .5625 + .75 - 1 = .3125, .15625 + .75 = .90625
    assert (distances(model)[:, 0] + 1).tolist() == [0.75, 1.125, 0.3125, 0.90625]
    assert (distances(model)[:, 1] + 1).tolist() == [0.25, 0.375, 0.4375, 0.46875]
    assert general.spike_raster(network, model.buffers["traces"])[0][:, 0].tolist() == [False, True, False, False]


def test_graded_spikes_carry_what_exceeds_the_threshold():
    network = NetworkSettings(hidden=(2,), steps=4, membrane_decay=0.5, threshold=1.0, neuron="graded")
    model = run("straight", network, input=[1.5, 0.25], readout=[[1.0, 8.0], [-2.0, 8.0]])
    # U: 1.5 (spike), .75 + 1.5 - 1 = 1.25 (spike), .625 + 1.5 - 1 = 1.125 (spike), .5625 + 1.5 - 1 = 1.0625 (spike)
    # a spike counts for the steps that are left: 4/4, 3/4, 2/4 and 1/4; the other unit never spikes
    carried = [0.5, 0.25, 0.125, 0.0625]
    assert distances(model)[:, 0].tolist() == carried
    counted = sum(what * left / 4 for what, left in zip(carried, (4, 3, 2, 1), strict=True))
    assert logits(model).tolist() == [counted, -2.0 * counted]


@pytest.mark.parametrize("path", list(PATHS))
def test_a_potential_at_the_threshold_spikes(path):
    model = run(path, NetworkSettings(hidden=(1,), steps=2, membrane_decay=0.5, threshold=0.5), input=[0.5])
    assert distances(model)[:, 0].tolist() == [0.0, -0.25]  # .25 + .5 - .5 = .25
    assert general.spike_counts(model.network, model.buffers["traces"])[0].tolist() == [1]


@pytest.mark.parametrize("path", list(PATHS))
def test_synaptic_filter(path):
    network = NetworkSettings(hidden=(1,), steps=4, membrane_decay=0.5, synapse_decay=0.5, threshold=1.0)
    model = run(path, network, input=[0.5])
    # I: .5, .75, .875, .9375;  U: .5, 1 (spike), .5 + .875 - 1 = .375, .1875 + .9375 = 1.125 (spike)
    assert (distances(model)[:, 0] + 1).tolist() == [0.5, 1.0, 0.375, 1.125]


def test_adaptive_threshold():
    network = NetworkSettings(
        hidden=(1,), steps=4, membrane_decay=0.5, threshold=0.5, adaptation=0.25, adaptation_decay=0.5
    )
    model = run("general", network, input=[0.75])
    # U: .75 (spike), .375 + .75 - .5 = .625, .3125 + .75 - [1] .5, ...
    # A: 0, 1, .5 + [spike at step 1], ...: .625 < .5 + .25, so step 1 is silent: A = 0, 1, .5, .25 + s[2]
    # U: .75, .625, 1.0625 (1.0625 >= .5 + .125: spike), .53125 + .75 - .5 = .78125;  A[3] = .25 + 1
    assert distances(model)[:, 0].tolist() == [0.25, 0.625 - 0.75, 1.0625 - 0.625, 0.78125 - 0.8125]


def test_recurrence():
    network = NetworkSettings(hidden=(2,), recurrent=True, steps=3, membrane_decay=0.5, threshold=1.0)
    model = run("general", network, input=[1.0, 0.25], recurrent_0=[[0.0, 0.75], [0.5, 0.0]])
    # unit 0 spikes at once and feeds .75 to unit 1 at the next step
    # U0: 1 (s), .5 + 1 - 1 = .5, .25 + 1 + .5 [unit 1 spiked] = 1.75 (s)
    # U1: .25, .125 + .25 + .75 = 1.125 (s), .5625 + .25 - 1 = -.1875
    assert (distances(model)[:, 0] + 1).tolist() == [1.0, 0.5, 1.75]
    assert (distances(model)[:, 1] + 1).tolist() == [0.25, 1.125, -0.1875]


def test_the_second_layer_hears_the_first_at_the_same_step():
    network = NetworkSettings(hidden=(2, 1), steps=3, membrane_decay=0.5, threshold=1.0)
    model = run("general", network, input=[1.0, 0.5], weight_1=[[0.5], [8.0]], bias_1=[[0.25]])
    # first layer: unit 0: 1 (s), .5, 1.25 (s); unit 1: .5, .75, .875: silent
    # second: .5 + .25 = .75; .375 + .25 = .625; .3125 + .75 = 1.0625 (s)
    assert (distances(model, 1)[:, 0] + 1).tolist() == [0.75, 0.625, 1.0625]
    table = model.buffers["layers"]
    assert table[:, general.LAYER_SPIKES].tolist() == [2, 1]


# one unit that spikes at the first and the third of four steps; the readout leaks by a half
READOUTS = {
    # Y of class 0: 1, .5, 1.25, .625; its spikes: 2
    "mean": (1 + 0.5 + 1.25 + 0.625) / 4,
    "last": 0.625,
    "count": 0.5,
    "max": 1.25,
}


# the maximum over time is not linear: only the general path runs it
@pytest.mark.parametrize(
    ("path", "readout"),
    [(path, readout) for path in PATHS for readout in READOUTS if (path, readout) != ("straight", "max")],
)
def test_readouts(path, readout):
    network = NetworkSettings(
        hidden=(1,), steps=4, membrane_decay=0.5, threshold=1.0, readout=readout, readout_decay=0.5
    )
    model = run(path, network, input=[1.0], readout=[[1.0], [-2.0]], readout_bias=[[0.25, 0.5]])
    assert general.spike_raster(network, model.buffers["traces"])[0][:, 0].tolist() == [True, False, True, False]
    wanted = READOUTS[readout]
    assert logits(model)[0] == wanted + 0.25
    # with a negative weight the maximum is the first step's or the faded one's: -2, -1, -2.5, -1.25
    assert logits(model)[1] == (-1.0 if readout == "max" else -2 * wanted) + 0.5


def test_torch_steps_through_the_same_traces():
    torch = pytest.importorskip("torch")
    from streamsnn.network.torch_lif import LIFState, lif_step, read_out, run_network

    network = NetworkSettings(
        hidden=(1,), steps=4, membrane_decay=0.5, threshold=0.5, adaptation=0.25, adaptation_decay=0.5
    )
    state, potentials = LIFState.at_rest(torch.zeros(1, 1)), []
    for _ in range(4):
        _, state = lif_step(torch.tensor([[0.75]]), state, network)
        potentials.append(state.potential.item())
    assert potentials == [0.75, 0.625, 1.0625, 0.78125]

    network = NetworkSettings(hidden=(2, 1), recurrent=True, steps=3, membrane_decay=0.5, threshold=1.0)
    weights = {
        "input": torch.tensor([[1.0, 0.25]]),
        "recurrent_0": torch.tensor([[0.0, 0.75], [0.5, 0.0]]),
        "weight_1": torch.tensor([[1.0], [0.0]]),
        "bias_1": torch.tensor([[0.0]]),
        "recurrent_1": torch.tensor([[-4.0]]),
        "readout": torch.tensor([[1.0]]),
        "readout_bias": torch.tensor([[0.0]]),
    }
    _, (first, second) = run_network(torch.ones(1, 3, 1), weights, network)
    assert first[0].tolist() == [[1, 0], [0, 1], [1, 0]]
    assert second[0].tolist() == [[1], [0], [0]]  # U: 1, .5 - 1 - 4, ...

    spikes = torch.tensor([[[1.0], [0.0], [1.0], [0.0]]])
    for readout, wanted in READOUTS.items():
        network = NetworkSettings(hidden=(1,), steps=4, readout=readout, readout_decay=0.5)
        assert read_out(spikes, torch.tensor([[1.0]]), torch.zeros(1, 1), network).item() == wanted


def test_first_weights_depend_on_their_place_alone():
    """A wider second layer draws the same first rows' beginnings; the scale follows the number of inputs."""
    kept = [
        Model(CurrentEncoder(), NetworkSettings(hidden=hidden, recurrent=True), LearningSettings(), seed=3)
        for hidden in ((16, 8), (16, 12))
    ]
    for model in kept:
        FusedEngine(model)
    narrow, wide = (model.named() for model in kept)
    assert np.array_equal(narrow["weight_1"], wide["weight_1"][:, :8])
    assert np.array_equal(narrow["recurrent_0"], wide["recurrent_0"])
    assert narrow["weight_1"].std() == pytest.approx(1 / 4, rel=0.2)
    assert narrow["recurrent_0"].std() == pytest.approx(0.5 / 4, rel=0.2)
    assert not narrow["readout"].any()
    assert not narrow["bias_1"].any()
