"""Which file an import means."""

import pytest

from al_codemod.semantics.modules import ModuleFinder

PATHS = (
    "/p/main.py",
    "/p/helper.py",
    "/p/pkg/__init__.py",
    "/p/pkg/store.py",
    "/p/pkg/helper.py",
    "/p/pkg/sub/__init__.py",
    "/p/pkg/sub/deep.py",
    "/p/src/lib/__init__.py",
    "/p/src/lib/core.py",
    "/p/scripts/run.py",
    "/p/scripts/tools.py",
    "/p/plain/loose.py",
)


@pytest.fixture(scope="module")
def finder() -> ModuleFinder:
    return ModuleFinder(PATHS)


@pytest.mark.parametrize(
    ("importer", "dotted", "found"),
    [
        pytest.param("/p/main.py", "helper", "/p/helper.py", id="beside a script"),
        pytest.param("/p/main.py", "pkg", "/p/pkg/__init__.py", id="a package"),
        pytest.param("/p/main.py", "pkg.store", "/p/pkg/store.py", id="a module of a package"),
        pytest.param("/p/pkg/store.py", "helper", "/p/helper.py", id="not the neighbour in the package"),
        pytest.param("/p/pkg/sub/deep.py", "pkg.helper", "/p/pkg/helper.py", id="from inside of the package"),
        pytest.param("/p/scripts/run.py", "tools", "/p/scripts/tools.py", id="beside a script in a folder"),
        pytest.param("/p/scripts/run.py", "lib.core", "/p/src/lib/core.py", id="in src further up"),
        pytest.param("/p/main.py", "plain.loose", "/p/plain/loose.py", id="in a folder that is no package"),
        pytest.param("/p/main.py", "numpy", None, id="something else"),
        pytest.param("/p/main.py", "store", None, id="not without its package"),
    ],
)
def test_absolute(finder: ModuleFinder, importer: str, dotted: str, found: str | None) -> None:
    assert finder.absolute(importer, dotted) == found


@pytest.mark.parametrize(
    ("importer", "level", "dotted", "found"),
    [
        pytest.param("/p/pkg/store.py", 1, "helper", "/p/pkg/helper.py", id="a neighbour"),
        pytest.param("/p/pkg/store.py", 1, "", "/p/pkg/__init__.py", id="the package itself"),
        pytest.param("/p/pkg/__init__.py", 1, "store", "/p/pkg/store.py", id="from the package itself"),
        pytest.param("/p/pkg/sub/deep.py", 2, "store", "/p/pkg/store.py", id="one further up"),
        pytest.param("/p/pkg/store.py", 1, "main", None, id="not outside of the package"),
    ],
)
def test_relative(finder: ModuleFinder, importer: str, level: int, dotted: str, found: str | None) -> None:
    assert finder.relative(importer, level, dotted) == found


def test_an_import_runs_the_packages_on_the_way(finder: ModuleFinder) -> None:
    run = list(finder.imported("/p/main.py", 0, "pkg.sub", ["deep", "Thing"]))
    assert run == ["/p/pkg/__init__.py", "/p/pkg/sub/__init__.py", "/p/pkg/sub/deep.py"]
