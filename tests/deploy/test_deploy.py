"""The container image and the composition, by their linters: no container engine runs here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"


def tool(name: str) -> str:
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is not installed; the extra 'test' brings it"
    return found


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True)


def test_the_image_has_no_known_fault() -> None:
    done = run(tool("hadolint"), str(DEPLOY / "Dockerfile"))
    assert done.returncode == 0, done.stdout


def test_the_linter_of_images_finds_a_fault(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python\nRUN cd /tmp && sudo ls\n")
    assert run(tool("hadolint"), str(tmp_path / "Dockerfile")).returncode != 0


def test_the_image_does_not_run_as_root() -> None:
    lines = (DEPLOY / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER")]
    assert users[-1] == "10001"


def test_the_composition_is_one() -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    done = run(tool("check-jsonschema"), *schema, str(DEPLOY / "compose.yaml"))
    assert done.returncode == 0, done.stdout


def test_ports_are_open_on_loopback_only() -> None:
    lines = [line.strip() for line in (DEPLOY / "compose.yaml").read_text().splitlines()]
    ports = [line for line in lines if line.startswith("- ") and ":909" in line]
    assert ports
    assert all(port.startswith('- "127.0.0.1:') for port in ports)
