from pathlib import Path

import pytest

from al_codemod.settings import DEFAULT_EXCLUDE, Settings, SettingsError, load_settings


def write(directory: Path, *lines: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "pyproject.toml").write_text("\n".join(lines))


def test_defaults_without_a_file(tmp_path: Path) -> None:
    assert load_settings([str(tmp_path)]) == Settings()


def test_every_setting(tmp_path: Path) -> None:
    write(
        tmp_path,
        "[tool.al-codemod]",
        'target = "1.1.21"',
        'target-zarr = "3.2"',
        'empty-commits = "raise"',
        'conflicts = "rebase"',
        "safe-only = true",
        "annotate = true",
        "clear-outputs = true",
        'include = ["*.py"]',
        'exclude = ["old"]',
        'extend-exclude = ["gen/"]',
        "force-exclude = true",
        'select = ["AL2"]',
        'ignore = ["AL207"]',
    )
    assert load_settings([str(tmp_path)]) == Settings(
        "1",
        "3.2",
        "raise",
        "rebase",
        True,
        True,
        True,
        ("*.py",),
        ("old",),
        ("gen/",),
        True,
        ("AL2",),
        ("AL207",),
        str(tmp_path.resolve()),
        str(tmp_path.resolve() / "pyproject.toml"),
    )


def test_the_nearest_file_with_the_table_counts(tmp_path: Path) -> None:
    write(tmp_path, "[tool.al-codemod]", 'target = "1"')
    write(tmp_path / "a", "[tool.other]", "al-codemod = 1")
    (tmp_path / "a" / "b").mkdir()
    (tmp_path / "a" / "b" / "f.py").write_text("")
    assert load_settings([str(tmp_path / "a" / "b" / "f.py")]).target == "1"
    write(tmp_path / "a" / "b", "[tool.al-codemod]", "annotate = true")
    assert load_settings([str(tmp_path / "a" / "b" / "f.py")]) == Settings(
        annotate=True, root=str(tmp_path / "a" / "b"), source=str(tmp_path / "a" / "b" / "pyproject.toml")
    )
    assert load_settings([str(tmp_path / "a" / "b" / "f.py"), str(tmp_path / "a")]).target == "1"


def test_the_search_ends_at_the_top_of_the_repository(tmp_path: Path) -> None:
    write(tmp_path, "[tool.al-codemod]", 'target = "1"')
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "pkg").mkdir()
    assert load_settings([str(tmp_path / "repo" / "pkg")]) == Settings()


def test_isolated_and_explicit(tmp_path: Path) -> None:
    write(tmp_path, "[tool.al-codemod]", 'target = "1"')
    other = tmp_path / "other.toml"
    other.write_text("[tool.al-codemod]\nconflicts = 'rebase'\n")
    assert load_settings([str(tmp_path)], isolated=True) == Settings()
    assert load_settings([str(tmp_path)], config=str(other)).conflicts == "rebase"


WRONG = [
    pytest.param('taget = "1"', 'unknown setting `taget` (did you mean "target"?)', id="misspelt"),
    pytest.param("safe_only = true", 'unknown setting `safe_only` (did you mean "safe-only"?)', id="snake case"),
    pytest.param("zzz = 1", "unknown setting `zzz`", id="unknown"),
    pytest.param("root = '/'", "unknown setting `root`", id="not for users"),
    pytest.param(
        "target = 2", 'target: expected a version of Icechunk such as "2", not 2 (did you mean "2"?)', id="number"
    ),
    pytest.param(
        "target-zarr = 3.1",
        'target-zarr: expected a version of zarr such as "3.1", not 3.1 (did you mean "3.1"?)',
        id="zarr as a number",
    ),
    pytest.param(
        'target-zarr = "2.18"', "target-zarr: zarr 3.0 is the oldest that can be migrated to, not 2.18", id="zarr 2"
    ),
    pytest.param('target-zarr = "4"', "target-zarr: no zarr 4 is known, only zarr 3 and what is older", id="zarr 4"),
    pytest.param(
        'target = "1.0"', "target: Icechunk 1.1 is the oldest that can be migrated to, not 1.0", id="icechunk 1.0"
    ),
    pytest.param(
        "conflicts = 'rebas'",
        'conflicts: expected "fail" or "rebase", not \'rebas\' (did you mean "rebase"?)',
        id="value",
    ),
    pytest.param("annotate = 1", "annotate: expected true or false, not 1", id="not a boolean"),
    pytest.param("exclude = 'x'", "exclude: expected a list of strings, not 'x'", id="not a list"),
    pytest.param("exclude = ['']", "exclude: expected a list of strings, not ['']", id="empty pattern"),
    pytest.param("target = [", "not valid TOML: ", id="not TOML"),
]


@pytest.mark.parametrize(("line", "message"), WRONG)
def test_errors_say_what_and_where(tmp_path: Path, line: str, message: str) -> None:
    write(tmp_path, "[tool.al-codemod]", line)
    with pytest.raises(SettingsError) as caught:
        load_settings([str(tmp_path)])
    assert str(caught.value).startswith(f"{tmp_path.resolve()}/pyproject.toml: {message}")


def test_a_named_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file or directory"):
        load_settings([str(tmp_path)], config=str(tmp_path / "gone.toml"))


def test_default_excludes_are_plain_names() -> None:
    # What keeps the walk over an ordinary tree free of pattern matching.
    assert all(name.strip("._").isidentifier() or "-" in name for name in DEFAULT_EXCLUDE)
