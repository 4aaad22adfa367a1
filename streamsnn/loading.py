"""Loading a model of whatever kind a file holds."""

from __future__ import annotations

import os

from . import snapshot
from .adaptive import AdaptiveSpikingClassifier
from .classifier import SpikingClassifier
from .persistence import SavedClassifier

KINDS: dict[str, type[SavedClassifier]] = {
    kind.__name__: kind for kind in (AdaptiveSpikingClassifier, SpikingClassifier)
}


def load(path: str | os.PathLike[str]) -> SavedClassifier:
    """The model that some classifier's `save` wrote, which goes on exactly as the saved one would have.

    Raises
    ------
    SnapshotError
        If the file is not one of ours, is damaged, or was written by a newer format.

    Examples
    --------
    >>> import tempfile
    >>> from streamsnn import AdaptiveSpikingClassifier, load
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     AdaptiveSpikingClassifier("small", seed=1).save(f"{folder}/model.safetensors")
    ...     print(type(load(f"{folder}/model.safetensors")).__name__)
    AdaptiveSpikingClassifier
    """
    header, _ = snapshot.read(path)
    kind = KINDS.get(str(header.get("kind")))
    if kind is None:
        raise snapshot.SnapshotError(f"{path}: holds a {header.get('kind')}, not one of {', '.join(KINDS)}")
    return kind.load(path)
