"""What the README shows is what happens."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from al_codemod.cli import main
from al_codemod.manifests.codes import CODES
from al_codemod.manifests.versions import LINES
from al_codemod.rules import load
from al_codemod.rules.base import RULES
from al_codemod.settings import load_settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The first code block in a language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def shown() -> Result:
    """The first command of the README, after the installation."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return CliRunner().invoke(main, ["--diff", "--target", "2", "--isolated", "fixtures/project"])


def test_the_first_screen_has_two_commands() -> None:
    first = README.partition("##")[0]
    assert "pip install . && al-codemod --diff --target 2 fixtures/project " in first
    assert 'pip install ".[test]" && python -m pytest ' in first


def test_the_diff(shown: Result) -> None:
    assert shown.exit_code == 1
    for line in block("diff").splitlines():
        assert line == " ..." or line in shown.stdout.splitlines(), line


def test_the_closing_line(shown: Result) -> None:
    assert shown.stderr.splitlines()[-1] == block("text")[:-1]


def test_the_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(main, ["--check", "--isolated", "--output-format", "json", "fixtures/project"])
    real, example = json.loads(result.stdout), json.loads(block("json"))
    assert real["summary"] == example["summary"]
    (file,) = example["files"]
    same = next(f for f in real["files"] if f["path"] == file["path"])
    assert {**same, "findings": []} == {**file, "findings": []}
    assert all(finding in same["findings"] for finding in file["findings"])


def test_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text(block("toml"), encoding="utf-8")
    given, default = load_settings([str(tmp_path)]), load_settings([], isolated=True)
    for name in (
        "target",
        "target_zarr",
        "empty_commits",
        "conflicts",
        "safe_only",
        "annotate",
        "include",
        "extend_exclude",
    ):
        assert getattr(given, name) == getattr(default, name)


def test_every_rule_is_in_the_table() -> None:
    load()
    assert {f"`{code[:3]}xx`" for code in (*RULES, *CODES)} == set(re.findall(r"`AL\dxx`", README))


def test_the_versions() -> None:
    rows = re.findall(r"^\| (\w+)[^|]*\| `([^`]*)` \| `([^`]*)` \|$", README, re.MULTILINE)
    assert {name for name, _, _ in rows} == {"arraylake", "icechunk", "zarr", "xarray", "dask"}
    for name, first, second in rows:
        assert first == LINES["1"].packages[name].constraint
        assert second == LINES["2"].packages[name].constraint


def test_every_option_is_in_the_table() -> None:
    options = {name for option in main.params for name in option.opts if name.startswith("--")}
    missing = {name for name in options - {"--version", "--help"} if f"`{name}" not in README}
    assert not missing
