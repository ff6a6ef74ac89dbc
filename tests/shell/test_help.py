"""What the command says about itself, its rules and its settings."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from al_codemod import __version__
from al_codemod.cli import main
from al_codemod.cli.help import EPILOGUE
from al_codemod.report.rules import FAMILIES, all_rules, example
from al_codemod.settings import Settings, load_settings

from .conftest import Cli


def test_the_help_page_has_sections_and_every_option_is_in_one(cli: Cli) -> None:
    text = cli("--help").stdout
    titles = re.findall(r"^(\S.*):$", text, re.MULTILINE)
    assert titles == [
        "What to do",
        "What to look at, and for",
        "Output",
        "Safety and speed",
        "Settings",
        "Help",
        *(title for title, _ in EPILOGUE),
    ]
    for parameter in main.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert any(name in text for name in parameter.opts)


@pytest.mark.parametrize("example", [command for title, rows in EPILOGUE if title == "Examples" for command, _ in rows])
def test_every_example_is_understood(directory: Path, example: str) -> None:
    """Each is run, in a shell, on a project that has what it names."""
    for name in ("src", "scripts"):
        (directory / name).mkdir()
        (directory / name / "a.py").write_text('from arraylake import Client\n\nrepo = Client().get_repo("a/b")\n')
    (directory / "a.py").write_text("x = 1\n")
    bin_ = directory / "bin"
    bin_.mkdir()
    (bin_ / "al-codemod").write_text(f'#!/bin/sh\nexec {sys.executable} -m al_codemod "$@"\n')
    (bin_ / "al-codemod").chmod(0o755)
    subprocess.run(["git", "init", "-q"], check=True)
    environment = os.environ | {"PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        example.replace("-i src", "-i src --allow-dirty </dev/null"),
        check=False,
        shell=True,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "Usage:" not in done.stderr
    assert "Traceback" not in done.stderr


def test_versions(cli: Cli) -> None:
    first, second, third = cli("--version").stdout.splitlines()
    assert first == f"al-codemod {__version__}"
    assert re.fullmatch(r"\w+ 3\.\d+\.\S+ on \w+", second)
    assert re.search(r"libcst \d+\.\d+", third)


def test_the_list_of_rules_names_every_rule_under_its_family(cli: Cli) -> None:
    blocks = cli("--list-rules").stdout.split("\n\n")
    assert [block[:3] for block in blocks] == list(FAMILIES)
    listed = [line.split()[:2] for block in blocks for line in block.splitlines()[1:]]
    assert listed == [[rule.code, rule.name] for rule in all_rules()]


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)
def test_every_rule_is_explained(cli: Cli, rule) -> None:
    page = cli("--explain", rule.code.lower()).stdout
    assert page.startswith(f"{rule.code}: {rule.name}\n===")
    assert (example(rule)[0].splitlines() or [""])[-1] in page
    assert "`" not in page.splitlines()[0]
    assert cli("--explain", rule.name).stdout == page


def test_an_unknown_rule_has_a_hint(cli: Cli) -> None:
    result = cli("--explain", "AL20")
    assert result.exit_code == 2
    assert "no rule has the code AL20 (did you mean" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ([], "nothing to look at: name a file or a directory, for example `al-codemod .`"),
        (["--chek", "."], "--check"),
        (["nowhere"], "nowhere: no such file or directory"),
        (["--stdin-filename", "a.py", "."], "give `-` as the path"),
        (["-", "a.py"], "has to be the only path"),
        (["--check", "-i", "."], "--interactive and --check exclude each other"),
        (["-q", "-v", "."], "--quiet and --verbose exclude each other"),
        (["-i", "--files-from", "-"], "--interactive and --files-from exclude each other"),
        (["--diff", "--output-format", "junit", "."], "say with --output-file where the junit report goes"),
        (["-", "--output-format", "json"], "say with --output-file where the json report goes"),
        (["--output-format", "html", "."], "sarif"),
    ],
)
def test_errors_of_usage_have_a_hint(directory: Path, cli: Cli, arguments: list[str], hint: str) -> None:
    result = cli(*arguments)
    assert result.exit_code == 2
    assert hint in result.stderr
    assert "Traceback" not in result.output


def test_the_settings_that_count_can_be_read_back(directory: Path, cli: Cli) -> None:
    path = directory / "pyproject.toml"
    path.write_text('[tool.al-codemod]\ntarget = "1"\nextend-exclude = ["a\\"b"]\nselect = ["AL2"]\n')
    shown = cli("--show-settings", "--annotate", ".").stdout
    assert shown.splitlines()[0] == f"# {path}"
    path.write_text(f"[tool.al-codemod]\n{shown.partition(']')[2]}")
    settings = load_settings(["."])
    assert (settings.target, settings.annotate, settings.extend_exclude, settings.select) == (
        "1",
        True,
        ('a"b',),
        ("AL2",),
    )
    assert cli("--show-settings").stdout == cli("--show-settings", ".").stdout


def test_settings_without_a_file(directory: Path, cli: Cli) -> None:
    shown = cli("--show-settings", "--isolated").stdout
    assert "defaults" in shown.splitlines()[0]
    assert len(tomllib.loads(shown)["tool"]["al-codemod"]) == len(Settings.__slots__) - 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(cli: Cli, shell: str) -> None:
    script = cli("--completion", shell).stdout
    assert f"_AL_CODEMOD_COMPLETE={shell}_complete" in script
    assert "al-codemod" in script


@pytest.mark.parametrize(
    ("words", "completions"),
    [
        ("al-codemod --che", {"--check"}),
        ("al-codemod --output-format s", {"sarif"}),
        ("al-codemod --explain al20", {rule.code for rule in all_rules() if rule.code.startswith("AL20")}),
        ("al-codemod --select AL70", {rule.code for rule in all_rules() if rule.code.startswith("AL70")}),
    ],
)
def test_completion_itself(words: str, completions: set[str]) -> None:
    environment = os.environ | {
        "_AL_CODEMOD_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    code = "from al_codemod.cli import main; main(prog_name='al-codemod')"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == completions
