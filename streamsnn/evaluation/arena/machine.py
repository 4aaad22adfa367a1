"""What the numbers were measured on."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("streamsnn", "numpy", "numba", "river", "capymoa")


def machine() -> dict[str, Any]:
    """Processor, system and versions; nothing that names the computer or its user.

    Examples
    --------
    >>> sorted(machine())
    ['cores', 'java', 'load', 'processor', 'python', 'system', 'versions', 'when']
    """
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": [round(load, 2) for load in os.getloadavg()] if hasattr(os, "getloadavg") else None,
        "system": platform.system(),
        "python": platform.python_version(),
        "java": _java(),
        "versions": {name: _version(name) for name in PACKAGES},
    }


def write_machine(folder: Path) -> dict[str, Any]:
    """Write ``machine.json`` into a folder of results, and give what is in it."""
    about = machine()
    (folder / "machine.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    return about


def described(folder: Path) -> str:
    """One line on the machine that a folder's results come from; on this one where the folder does not say."""
    path = folder / "machine.json"
    about = json.loads(path.read_text(encoding="utf-8")) if path.exists() else machine()
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    return f"{about['processor']}, Python {about['python']}, {about['when']}; {versions}"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.is_file():
        for line in information.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _java() -> str | None:
    if shutil.which("java") is None:
        return None
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    return told.splitlines()[0].strip() if told else None


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
