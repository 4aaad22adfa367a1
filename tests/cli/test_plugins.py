from __future__ import annotations

import sys
from importlib import metadata

import pytest

GROUP = "streamsnn.commands"


@pytest.fixture
def plug_in(monkeypatch, tmp_path):
    """Let entry points appear to be installed; each is a name, a value, and the source of its module."""
    points = []
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(metadata, "entry_points", lambda group: points if group == GROUP else [])

    def plug_in(name, source, value=None):
        module = f"plugin_of_{name}"
        (tmp_path / f"{module}.py").write_text(source)
        sys.modules.pop(module, None)
        points.append(metadata.EntryPoint(name, value or f"{module}:run", GROUP))

    return plug_in


def test_a_function_becomes_a_command(streamsnn, plug_in):
    plug_in("greet", 'def run(name: str):\n    "Say hello."\n    print(f"hello {name}")\n')
    assert "hello you" in streamsnn("greet", "you").stdout
    assert "Say hello." in streamsnn("--help").stdout


def test_an_app_becomes_a_group_of_commands(streamsnn, plug_in):
    source = (
        "import typer\nrun = typer.Typer()\n"
        "@run.command()\ndef one():\n    print('one was called')\n@run.command()\ndef two():\n    print('two')\n"
    )
    plug_in("pair", source)
    assert "one was called" in streamsnn("pair", "one").stdout


def test_one_that_cannot_be_imported_says_what_to_install_and_harms_no_other(streamsnn, plug_in):
    plug_in("serve", "import a_module_that_is_not_there\n", "plugin_of_serve:run [kafka]")
    plug_in("greet", "def run():\n    print('hello')\n")
    result = streamsnn("serve", "--any", "thing")
    assert result.exit_code == 1
    assert "a_module_that_is_not_there" in result.stderr
    assert 'pip install "streamsnn[kafka]"' in result.stderr
    assert "hello" in streamsnn("greet").stdout
    assert streamsnn("--help").exit_code == 0


def test_without_an_extra_the_missing_module_is_named(streamsnn, plug_in):
    plug_in("serve", "import a_module_that_is_not_there\n")
    assert "install what brings the module 'a_module_that_is_not_there'" in streamsnn("serve").stderr


def test_one_that_fails_otherwise(streamsnn, plug_in):
    plug_in("serve", "raise RuntimeError('no luck today')\n")
    result = streamsnn("serve")
    assert result.exit_code == 1
    assert "no luck today" in result.stderr


def test_it_cannot_take_the_place_of_a_built_in_command(streamsnn, plug_in):
    plug_in("inspect", "def run():\n    print('hijacked')\n")
    assert "hijacked" not in streamsnn("inspect", "--help").stdout
    assert streamsnn("--help").stdout.count("inspect") == 1


def test_it_is_not_imported_unless_needed(streamsnn, plug_in):
    plug_in("serve", "def run():\n    pass\n")
    assert streamsnn("evaluate", "--help").exit_code == 0
    assert "plugin_of_serve" not in sys.modules


def test_version_and_help(streamsnn):
    assert streamsnn("--version").stdout == f"streamsnn {metadata.version('streamsnn')}\n"
    for command in ("demo", "evaluate", "inspect"):
        assert command in streamsnn("--help").stdout
        assert "streamsnn " + command in streamsnn(command, "--help").stdout
