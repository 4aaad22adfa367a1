"""The process that finds nothing compiled leaves the same bits as those after it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LEARN = """
import hashlib, pathlib, sys
import numpy as np
from streamsnn import AdaptiveSpikingClassifier
model, rng = AdaptiveSpikingClassifier("small", seed=1), np.random.default_rng(0)
for _ in range(1500):
    a, b = rng.normal(size=2)
    x = {"a": a, "b": b, "c": "red" if b > 0 else "blue"}
    model.predict_proba_one(x)
    model.learn_one(x, bool(a + b > 0))
model.save(sys.argv[1])
print(hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest())
"""


def test_compiling_and_loading_leave_the_same_bits(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    runs = [
        subprocess.run(
            [sys.executable, "-c", LEARN, str(tmp_path / "model")],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        for _ in range(2)
    ]
    assert "compiling" in runs[0].stderr
    assert "compiling" not in runs[1].stderr
    assert runs[0].stdout == runs[1].stdout
