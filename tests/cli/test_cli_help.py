"""Every command says what it does, shows an example, and stands in the README."""

import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from darkships import __version__
from darkships.cli import main

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def commands(group, words=()):
    for name, command in group.commands.items():
        yield (*words, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))


ALL = dict(commands(main))
LEAVES = {words: command for words, command in ALL.items() if not isinstance(command, click.Group)}


def test_the_tree_holds_every_command_of_the_design():
    top = {words[0] for words in ALL}
    assert {"demo", "ingest", "run", "tracks", "gaps", "visits", "trips", "score", "watchlist", "explain"} <= top
    assert {"flags", "alert", "sites", "store", "formats", "schema"} <= top


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_has_help(invoke, words):
    shown = invoke(*words, "--help").stdout
    assert ALL[words].help.split("\n")[0].split()[0] in shown
    assert invoke(*words, "-h").stdout == shown
    for option in ALL[words].params:
        assert isinstance(option, click.Argument) or option.help, f"{option.name} has no help"


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_every_command_has_an_example_that_parses(words):
    epilog = LEAVES[words].epilog
    assert epilog.startswith("Example"), words
    _, called, arguments = epilog.partition(f"darkships {' '.join(words)}")
    assert called, f"the example does not call {words}"
    LEAVES[words].make_context(words[-1], shlex.split(arguments))  # raises where the example is no longer right


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_every_command_stands_in_the_readme(words):
    name = " ".join(words)
    assert f"darkships {name}" in README or f"`{name}`" in README


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_the_answer_is_quick_because_nothing_heavy_is_imported(option):
    heavy = "{'pandas', 'numpy', 'pyarrow', 'numba', 'geopandas', 'shapely', 'rich'}"
    done = whole_program([option], after=f"print(sorted({heavy} & set(sys.modules)))")
    assert done.returncode == 0
    assert done.stdout.startswith(("darkships, version", "Usage: darkships"))
    assert done.stdout.splitlines()[-1] == "[]"
    assert done.stderr == ""


def test_the_version_is_the_packages(invoke):
    assert invoke("--version").stdout == f"darkships, version {__version__}\n"


@pytest.mark.parametrize("args", [["store"], ["sites"], ["store", "nonsense"], ["gaps"]], ids=" ".join)
def test_a_command_that_is_not_whole_is_usage(args):
    done = whole_program(args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Usage: darkships")


def whole_program(args, after="pass"):
    """Run the program as a shell does; ``after`` runs when it exits."""
    program = f"import sys\nfrom darkships.cli import main\ntry:\n main(prog_name='darkships')\nfinally:\n {after}"
    return subprocess.run([sys.executable, "-c", program, *args], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "args",
    [
        ["nonsense"],
        ["gaps"],
        ["gaps", "--store", "s", "--min-gap-h", "0"],
        ["gaps", "--store", "s", "--min-gap-h", "six"],
        ["gaps", "--store", "s", "--min-gap-h", "1e300"],
        ["gaps", "--store", "s", "--as-of", "yesterday"],
        ["gaps", "--store", "s", "--as-of", "0001-01-01T00:00:00+10:00"],
        ["gaps", "--store", "s", "--nonsense"],
        ["visits", "--store", "s"],
        ["watchlist", "--store", "s", "--sites", "syria", "--top", "0"],
        ["watchlist", "--store", "s", "--sites", "syria", "--min-probability", "1.5"],
        ["ingest", "--store", "s"],
        ["ingest", "f.csv", "--store", "s", "--bbox", "10,20,5,30"],
        ["ingest", "f.csv", "--store", "s", "--bbox", "1,2,3"],
        ["ingest", "f.csv", "--store", "s", "--map", "mmsi"],
        ["sites", "add", "Name", "91", "0"],
    ],
    ids=" ".join,
)
def test_usage_errors_exit_with_2(refuse, args):
    message = refuse(*args, code=2)
    assert message.startswith("Usage: ")
