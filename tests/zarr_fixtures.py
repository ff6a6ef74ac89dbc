"""Record what the fixtures about plain zarr print on zarr 2, and accept the migrations that print the same on zarr 3.

python tests/zarr_fixtures.py PYTHON_WITH_ZARR_2 [NAME...]
"""

import contextlib
import difflib
import io
import os
import subprocess
import sys
import tempfile
import warnings
from copy import deepcopy
from pathlib import Path
from types import ModuleType

FIXTURES = Path(__file__).parent.parent / "fixtures" / "zarr"
ALLOWED = ("Consolidated metadata", "does not have a Zarr V3 specification", "not part in the Zarr format 3")
"""Warnings that no spelling avoids."""


def fixtures() -> list[Path]:
    """The folders of all fixtures."""
    return sorted(folder for folder in FIXTURES.iterdir() if (folder / "before.py").exists())


def run_here(code: str, directory: Path) -> str:
    """What a program prints, run in this process in a directory; zarr must not warn about how it is spelled."""
    import zarr

    printed = io.StringIO()
    home, main, settings = Path.cwd(), sys.modules["__main__"], deepcopy(zarr.config.config)
    sys.modules["__main__"] = program = ModuleType("__main__")
    os.chdir(directory)
    try:
        with contextlib.redirect_stdout(printed), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", DeprecationWarning)
            warnings.simplefilter("error", FutureWarning)
            warnings.filterwarnings("error", ".*(not yet implemented|deprecated)")
            for text in ALLOWED:
                warnings.filterwarnings("ignore", f".*{text}")
            exec(compile(code, "after.py", "exec"), program.__dict__)
    except SystemExit as end:
        if end.code:
            raise RuntimeError(f"ends with {end.code}") from end
    finally:
        os.chdir(home)
        sys.modules["__main__"] = main
        zarr.config.config.clear()
        zarr.config.config.update(settings)
    return printed.getvalue()


def run_there(python: str, script: Path, directory: str) -> str:
    """What a program prints with another Python."""
    command = [python, "-W", "ignore", str(script)]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True).stdout


def accept(python: str, folder: Path) -> bool:
    """Record one fixture; whether both sides print the same."""
    from al_codemod.migrate import migrate
    from al_codemod.settings import Settings

    with tempfile.TemporaryDirectory() as directory:
        expected = run_there(python, folder / "before.py", directory)
    migration = migrate((folder / "before.py").read_text(encoding="utf-8"), Settings())
    with tempfile.TemporaryDirectory() as directory:
        found = run_here(migration.text, Path(directory))
    sys.stderr.writelines(difflib.unified_diff(expected.splitlines(True), found.splitlines(True), "zarr 2", "zarr 3"))
    if expected == found:
        (folder / "after.py").write_text(migration.text, encoding="utf-8")
        (folder / "expected.txt").write_text(expected, encoding="utf-8")
    return expected == found


if __name__ == "__main__":
    wanted = sys.argv[2:]
    for one in fixtures():
        if not wanted or one.name in wanted:
            try:
                print(one.name, "equal" if accept(sys.argv[1], one) else "different")
            except subprocess.CalledProcessError as error:
                print(one.name, "fails on zarr 2", error.stderr)
            except Exception as error:
                print(one.name, "fails on zarr 3:", repr(error))
