"""Handlers of exceptions."""

import ast

import pytest

from rules.support import migrated

BOTH = "icechunk.ConflictError, icechunk.RebaseFailedError"
START = """
from arraylake import Client
repo = Client().get_repo("o/r")
def save():
    repo.root_group.attrs["x"] = 1
    repo.commit("y")
"""


@pytest.mark.parametrize(
    ("operation", "handler", "after"),
    [
        pytest.param('repo.delete_tag("t")', "ValueError", "(ValueError, icechunk.IcechunkError)", id="a tag"),
        pytest.param(
            'repo.delete_branch("b")',
            "(KeyError, ValueError)",
            "(KeyError, ValueError, icechunk.IcechunkError)",
            id="two",
        ),
        pytest.param(
            'repo.checkout("dev"); print(repo.to_xarray())',
            "ValueError",
            "(ValueError, icechunk.IcechunkError)",
            id="a ref",
        ),
        pytest.param('repo.commit("x")', "ValueError", f"(ValueError, {BOTH})", id="a conflict"),
        pytest.param(
            'repo.commit("x")', "RuntimeError", f"(RuntimeError, icechunk.IcechunkError, {BOTH})", id="a commit"
        ),
        pytest.param(
            'repo.root_group.attrs["a"] = 1', "OSError", "(OSError, icechunk.IcechunkError, ValueError)", id="a write"
        ),
        pytest.param("save()", "ValueError", f"(ValueError, {BOTH})", id="a function that is called"),
        pytest.param('repo.commit("x")', "Exception", "Exception", id="what catches all"),
        pytest.param('repo.commit("x")', "KeyError", "KeyError", id="what never caught it"),
        pytest.param('int("x")', "ValueError", "ValueError", id="other code"),
        pytest.param("save", "ValueError", "ValueError", id="a function that is not called"),
    ],
)
def test_handler(operation: str, handler: str, after: str) -> None:
    code = f"{START}try:\n    {operation}\nexcept {handler}:\n    pass\n"
    assert f"except {after}:" in migrated(code).text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "contextlib.suppress(ValueError)", "contextlib.suppress(ValueError, icechunk.IcechunkError)", id="suppress"
        ),
        pytest.param(
            'pytest.raises(ValueError, match="x")',
            'pytest.raises((ValueError, icechunk.IcechunkError), match="x")',
            id="raises",
        ),
    ],
)
def test_context(before: str, after: str) -> None:
    code = f'import contextlib, pytest\n{START}with {before}:\n    repo.delete_tag("t")\n'
    assert f"with {after}:" in migrated(code).text


def test_only_the_handler_that_caught_it() -> None:
    code = f"""{START}
try:
    try:
        repo.delete_tag("t")
    except ValueError:
        pass
except (ValueError, TypeError):
    pass
"""
    text = migrated(code).text
    assert "except (ValueError, icechunk.IcechunkError):" in text
    assert "except (ValueError, TypeError):" in text


def test_a_failure_in_a_handler_is_not_caught_by_its_try() -> None:
    code = f"""{START}
try:
    print()
except ValueError:
    repo.delete_tag("t")
"""
    assert "except ValueError:" in migrated(code).text


def test_the_kind_of_a_caught_exception() -> None:
    code = f"""{START}
try:
    repo.delete_tag("t")
except Exception as exc:
    print(isinstance(exc, ValueError), isinstance(exc, KeyError), isinstance(START, ValueError))
"""
    text = migrated(code).text
    assert "isinstance(exc, (ValueError, icechunk.IcechunkError)), isinstance(exc, KeyError)" in text
    assert "isinstance(START, ValueError)" in text


def test_handler_stays_with_a_repo_that_cannot_be_followed() -> None:
    code = f'{START}repo.join_session("t")\ntry:\n    repo.delete_tag("t")\nexcept ValueError:\n    pass\n'
    assert "except ValueError:" in migrated(code).text


@pytest.mark.parametrize(
    ("caught", "then"),
    [
        pytest.param("ValueError", {"ValueError", "FileNotFoundError"}, id="one"),
        pytest.param("(ValueError, KeyError)", {"ValueError", "KeyError"}, id="several"),
    ],
)
def test_what_v1_and_zarr_2_raised_is_caught_by_one_tuple(caught: str, then: set[str]) -> None:
    """Python refuses a tuple within the tuple, and only when something is raised."""
    text = migrated(f"""
        import zarr
        from arraylake import Client

        repo = Client().get_or_create_repo("org/repo")
        try:
            zarr.open_array(repo.store, path="x", mode="r+")[2] = 110
            repo.commit("one")
        except {caught} as error:
            print(error)
        """).text
    (handler,) = (n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ExceptHandler))
    assert isinstance(handler.type, ast.Tuple)
    names = [ast.unparse(e) for e in handler.type.elts]
    assert sorted(names) == sorted({*then, "icechunk.ConflictError", "icechunk.RebaseFailedError"})
