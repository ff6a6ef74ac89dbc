"""Calls that give sessions back inside of expressions, and what stands around the functions that they call."""

import ast

import pytest

from al_codemod.finding import Applicability
from al_codemod.migrate import migrate
from al_codemod.settings import Settings

PROGRAM = """\
from arraylake import Client
{head}

def save(repo, key):
    repo.root_group.attrs[key] = 1
    repo.commit(key)
    return key


def put(repo, key):
    repo.root_group.attrs[key] = 1


{functions}

repo = Client().create_repo("org/repo")
repo.root_group.attrs["start"] = 1
{body}
repo.root_group.attrs["end"] = 1
repo.commit("end")
"""


def migrated(body: str, functions: str = "", head: str = "") -> tuple[str, list[str]]:
    """The program with some code in it, migrated, and why it was not."""
    migration = migrate(PROGRAM.format(body=body, functions=functions, head=head), Settings(ignore=("AL215",)))
    ast.parse(migration.text)
    reasons = [f.message for f in migration.findings if f.code == "AL290" and f.applicability is Applicability.MANUAL]
    return migration.text, reasons


@pytest.mark.parametrize(
    ("body", "lines"),
    [
        pytest.param(
            "print(save(repo, 'a'), repo.root_group.attrs['a'])",
            """
result, session = save(repo, session, 'a')
print(result, zarr.open_group(session.store, mode="a").attrs['a'])
""",
            id="before what comes after it",
        ),
        pytest.param(
            "print(repo.root_group.attrs['a'], save(repo, 'a'))",
            """
value = zarr.open_group(session.store, mode="a").attrs['a']
result, session = save(repo, session, 'a')
print(value, result)
""",
            id="after what comes before it",
        ),
        pytest.param(
            "done = save(repo, 'a') and save(repo, 'b')",
            """
done, session = save(repo, session, 'a')
if done:
    done, session = save(repo, session, 'b')
""",
            id="only where it is evaluated",
        ),
        pytest.param(
            "found = [save(repo, k) for k in 'ab' if k]",
            """
found = []
for k in 'ab':
    if k:
        result, session = save(repo, session, k)
        found.append(result)
""",
            id="a comprehension is a loop",
        ),
        pytest.param(
            "if any(save(repo, k) == 'b' for k in 'abc'): print('found')",
            """
value = False
for k in 'abc':
    result, session = save(repo, session, k)
    if result == 'b':
        value = True
        break
if value: print('found')
""",
            id="any ends where it knows the answer",
        ),
        pytest.param(
            "while save(repo, 'a') == 'b':\n    print('again')",
            """
while True:
    result, session = save(repo, session, 'a')
    if not result == 'b':
        break
    print('again')
""",
            id="a condition of a loop is evaluated in each round",
        ),
        pytest.param(
            "try:\n    print(save(repo, 'a'))\nexcept ValueError:\n    print(repo.root_group.attrs['a'])",
            """\
try:
    result, session = save(repo, session, 'a')
    print(result)
except (ValueError, icechunk.ConflictError, icechunk.RebaseFailedError):
    print(zarr""",
            id="a function that fails only before it commits leaves its caller's session",
        ),
    ],
)
def test_calls_are_made_in_their_order(body: str, lines: str) -> None:
    text, reasons = migrated(body)
    assert not reasons
    assert lines in text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("late = lambda: save(repo, 'a')\nprint(late())", "lambda", id="lambda"),
        pytest.param("late = (save(repo, k) for k in 'ab')\nprint(list(late))", "generator", id="generator"),
        pytest.param(
            "k = 1\nprint([save(repo, k) for k in 'ab'], k)", "`k` means something else", id="hidden variable"
        ),
        pytest.param("print(1 < len('a') < len(save(repo, 'a')))", "cannot be kept", id="chain of comparisons"),
    ],
)
def test_what_cannot_be_kept_is_refused(body: str, reason: str) -> None:
    text, reasons = migrated(body)
    assert any(reason in r for r in reasons), reasons
    assert "repo.root_group" in text


WRAPPER = """\
def around(fn):
    def wrapper(*args, **kwargs):
        {body}
    return wrapper


@around
def step(repo, key):
    repo.root_group.attrs[key] = 1
    repo.commit(key)
    return key
"""


@pytest.mark.parametrize(
    ("body", "followed"),
    [
        pytest.param("return fn(*args, **kwargs)", True, id="call"),
        pytest.param(
            "print(fn.__name__)\n        result = fn(*args, **kwargs)\n        return result", True, id="name"
        ),
        pytest.param("return [fn(*args, **kwargs)]", False, id="other result"),
        pytest.param(
            "result = fn(*args, **kwargs)\n        print(result)\n        return result", False, id="looked at"
        ),
        pytest.param("fn(*args, **kwargs)\n        return fn(*args, **kwargs)", False, id="twice"),
        pytest.param("print(args)\n        return fn(*args, **kwargs)", False, id="arguments are looked at"),
        pytest.param("while True:\n            return fn(*args, **kwargs)", False, id="in a loop"),
        pytest.param("repo.checkout()\n        return fn(*args, **kwargs)", False, id="works on a repo"),
        pytest.param("if args:\n            return fn(*args, **kwargs)", False, id="not always"),
    ],
)
def test_wrappers_that_only_call(body: str, followed: bool) -> None:
    text, reasons = migrated("print(step(repo, 'a'))", WRAPPER.format(body=body))
    assert ("step(repo, session, 'a')" in text) is followed
    assert bool(reasons) is not followed


def test_a_decorator_that_is_not_seen_is_refused() -> None:
    step = "@retry\ndef step(repo, key):\n    repo.root_group.attrs[key] = 1\n    repo.commit(key)\n"
    _, reasons = migrated("step(repo, 'a')", step, head="from tenacity import retry")
    assert any("decorator that is not seen" in r for r in reasons)


def test_a_function_that_others_keep_is_refused() -> None:
    keep = "kept = []\n\n\ndef register(fn):\n    kept.append(fn)\n"
    _, reasons = migrated("register(put)\nfor fn in kept:\n    fn(repo, 'a')", keep)
    assert any("handed on as a value" in r for r in reasons)


def test_a_function_that_others_call_is_followed() -> None:
    run = "def run(repo, fn):\n    if fn is not None:\n        fn(repo, 'a')\n"
    text, reasons = migrated("run(repo, put)\nrun(repo, fn=put)\nrun(repo, None)", run)
    assert not reasons
    assert "run(repo, session, put)\nrun(repo, session, fn=put)" in text
    assert "fn(repo, session, 'a')" in text


def test_a_repo_that_is_returned_with_changes_brings_its_session() -> None:
    opening = (
        "def start():\n"
        "    fresh = Client().get_repo('org/other')\n"
        "    fresh.root_group.attrs['a'] = 1\n"
        "    return fresh\n"
    )
    text, reasons = migrated("other = start()\nother.commit('a')", opening)
    assert not reasons
    assert "return fresh, fresh_session" in text
    assert "other, other_session = start()" in text
