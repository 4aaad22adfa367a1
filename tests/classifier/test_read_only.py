"""On a file system where nothing can be written the library compiles in memory, says so, and works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import streamsnn

SCRIPT = """
from streamsnn import SpikingClassifier

model = SpikingClassifier(hidden=(4,), seed=1)
for k in range(20):
    model.learn_one({"a": float(k)}, k % 2)
print(model.predict_proba_one({"a": 3.0}))
"""


def test_without_a_place_for_a_cache_it_works_with_a_warning(tmp_path) -> None:
    copy = tmp_path / "streamsnn"
    shutil.copytree(Path(streamsnn.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in [copy, *(p for p in copy.rglob("*") if p.is_dir())]:
        (folder / "__pycache__").write_text("a file where a folder belongs keeps even root from writing here")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment |= {"HOME": "/dev/null", "XDG_CACHE_HOME": "/dev/null/none", "PYTHONPATH": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "compiled kernels cannot be cached" in done.stderr
    assert "NUMBA_CACHE_DIR" in done.stderr
    scope: dict[str, object] = {}
    exec(SCRIPT.replace("print(", "answer = ("), scope)
    assert done.stdout.strip() == str(scope["answer"])
