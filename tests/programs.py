"""Random programs for property tests: V1 statements in every kind of control flow, and statements that only look so."""

from textwrap import indent

from hypothesis import strategies as st

HEADER = """\
import numpy as np
import xarray as xr
import zarr
from arraylake import Client

client = Client()
"""
LOOK_ALIKE_HEADER = """\
import git
import requests
import sqlalchemy.orm

repo = git.Repo(".")
other = git.Repo("..")
session = sqlalchemy.orm.Session()
web = requests.Session()
"""

REPOS = st.sampled_from(["repo", "other"])
BRANCHES = st.sampled_from(['"main"', '"dev"', "branch", 'f"run-{n}"'])

OPENING = [
    'R = client.get_repo("org/R")',
    'R = client.get_or_create_repo("org/R", checkout=False)',
    'R = Client().get_repo("org/R", read_only=True)',
    'R = client.create_repo("org/R")',
]
WRITING = [
    'R.root_group["x"][:] = n',
    'R.root_group.require_group("g").attrs["n"] = n',
    'R.root_group.create_group(f"g{n}")',
    'del R.root_group["x"]',
    'ds.to_zarr(R.store, group="g", mode="a")',
    'ds.to_zarr(R.store, append_dim="t")',
    'R.root_group.create_dataset("y", data=np.arange(3))',
    "g = R.root_group",
    'g["x"][0] = n',
    "store = R.store",
    'zarr.open_group(store, mode="a").attrs["n"] = n',
    'a = R.root_group["x"]',
    "a[n] = a[0] + 1",
    "a.append(np.zeros(1))",
]
READING = [
    'print(R.root_group["x"][:])',
    'ds = R.to_xarray("g")',
    'ds = xr.open_zarr(R.store, group="g")',
    "total = sum(v[:].sum() for _, v in R.root_group.arrays())",
    "print(a[:], dict(g.attrs))",
    'n = len(R.root_group) if "x" in R.root_group else 0',
    "print(R.tree())",
]
COMMITTING = [
    'R.commit("m")',
    'tip = R.commit(f"step {n}")',
    'if R.commit("m"): n += 1',
    'R.commit("m", checkout_for_writing=False)',
    'print(R.commit("m"))',
]
STANDING = [
    "R.checkout()",
    "R.checkout(B)",
    "R.checkout(tip)",
    'R.checkout("main", for_writing=False)',
    "R.new_branch(B)",
    "R.new_branch(B, checkout=False)",
    "R.delete_branch(B)",
    'R.tag(f"v{n}", tip)',
    "R.fast_forward()",
]
ASKING = [
    "print(R.status())",
    "if R.status().modified_paths: n += 1",
    "n = len(list(R.commit_log))",
    "print(R.branches, R.tags)",
    'print(R.session.branch or "none", R.session.base_commit)',
    "branch = R.session.branch",
]
V1 = [*WRITING, *READING, *COMMITTING, *STANDING, *ASKING]
PLAIN = ["n += 1", "pass", "print(n)", "x = [n for n in range(3)]", "ds = ds + 1", "# a comment", "n = 1; x = 2"]
LEAVING = ["return", "return n", "raise ValueError(n)"]
LOOKING = [
    'R.commit("m")',
    'R.index.commit("m")',
    "R.git.checkout(B)",
    'R.create_tag("v1")',
    'R.tag("v1")',
    "print(R.branches, R.tags)",
    "session.commit()",
    "session.add(n)",
    "store = R.store",
    "ds = ds.to_xarray()",
    "print(R.status(), web.get(R.url))",
    "R.checkout()",
]

SIMPLE_V1 = st.sampled_from(V1) | st.sampled_from(WRITING + COMMITTING) | st.sampled_from(PLAIN)


@st.composite
def statement(draw: st.DrawFn, simple: st.SearchStrategy[str], depth: int, in_loop: bool, in_function: bool) -> str:
    """One statement, of several lines when it is compound."""
    if depth == 0 or draw(st.integers(0, 9)) < 6:
        return filled(draw, draw(simple))

    def suite(loop: bool = in_loop) -> str:
        lines = draw(st.lists(statement(simple, depth - 1, loop, in_function), min_size=1, max_size=3))
        if all(line.startswith("#") for line in lines):
            lines.append("pass")
        if draw(st.integers(0, 5)) == 0:
            leaving = [*(LEAVING if in_function else []), *(["break", "continue"] if loop else [])]
            lines += [draw(st.sampled_from(leaving))] if leaving else []
        return indent("\n".join(lines), "    ")

    kind = draw(st.sampled_from(["if", "else", "elif", "for", "while", "try", "finally", "with", "match", "for else"]))
    match kind:
        case "if":
            return f"if n:\n{suite()}"
        case "else":
            return f"if n > 1:\n{suite()}\nelse:\n{suite()}"
        case "elif":
            return f"if n > 1:\n{suite()}\nelif n:\n{suite()}\nelse:\n{suite()}"
        case "for":
            return f"for n in range(3):\n{suite(True)}"
        case "for else":
            return f"for branch in ['dev', 'main']:\n{suite(True)}\nelse:\n{suite()}"
        case "while":
            return f"while n < 3:\n{suite(True)}"
        case "try":
            return f"try:\n{suite()}\nexcept ValueError as error:\n{suite()}"
        case "finally":
            return f"try:\n{suite()}\nfinally:\n{indent(filled(draw, draw(simple)), '    ')}\n    n = 0"
        case "with":
            return f"with open(str(n)) as file:\n{suite()}"
        case _:
            return f"match n:\n    case 1:\n{indent(suite(), '    ')}\n    case _:\n{indent(suite(), '    ')}"


def filled(draw: st.DrawFn, text: str) -> str:
    """A statement with a repo for R and a branch for B."""
    branch = draw(BRANCHES) if "B" in text else ""
    return text.replace("R.", draw(REPOS) + ".").replace("(B", f"({branch}")


@st.composite
def function(draw: st.DrawFn, simple: st.SearchStrategy[str], number: int) -> str:
    """A function, and a call of it."""
    name = f"work{number}"
    kind = draw(
        st.sampled_from(["plain", "own repo", "parameter", "annotated", "closure", "generator", "class", "async"])
    )
    lines = draw(st.lists(statement(simple, 2, False, kind not in ("generator", "class")), min_size=1, max_size=4))
    body = ["n, tip, branch, ds = 0, None, 'dev', xr.Dataset()", *lines]
    if draw(st.booleans()) and kind not in ("generator", "class"):
        body.append(draw(st.sampled_from(["return n", "return repo.commit('m')", "return repo", "return repo.store"])))
    text = indent("\n".join(body), "    ")
    match kind:
        case "own repo":
            return f"def {name}(client):\n    repo = client.get_repo('org/a')\n{text}\n\n{name}(client)"
        case "parameter":
            return f"def {name}(repo, n=0):\n{text}\n\n{name}(repo)"
        case "annotated":
            return f'def {name}(repo: "arraylake.Repo", n: int = 0):\n{text}\n\n{name}(repo, n=1)'
        case "closure":
            inner = f"    def inner():\n{indent(text, '    ')}\n    inner()\n    repo.commit('outer')"
            return f"def {name}(repo):\n{inner}\n\n{name}(repo)"
        case "generator":
            return f"def {name}():\n{text}\n    yield n\n\nfor n in {name}():\n    repo.commit('each')"
        case "class":
            method = indent(text.replace("repo.", "self.repo."), "    ")
            head = (
                f"class Work{number}:\n    def __init__(self, repo):\n        self.repo = repo\n\n    def run(self):\n"
            )
            return f"{head}{method}\n\nWork{number}(client.get_repo('org/c')).run()"
        case "async":
            return f"async def {name}():\n{text}"
    return f"def {name}():\n{text}\n\n{name}()"


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program that uses V1."""
    simple = SIMPLE_V1
    opening = [draw(st.sampled_from(OPENING)).replace("R", name) for name in ("repo", "other")]
    parts = [*opening, "n, tip, branch, ds = 0, None, 'dev', xr.Dataset()"]
    for number in range(draw(st.integers(1, 4))):
        if draw(st.integers(0, 2)) == 0:
            parts.append("\n" + draw(function(simple, number)) + "\n")
        else:
            parts += draw(st.lists(statement(simple, 2, False, False), min_size=1, max_size=5))
    return HEADER + "\n".join(parts) + "\n"


@st.composite
def look_alikes(draw: st.DrawFn) -> str:
    """A program whose repos, stores and sessions are other people's."""
    simple = st.sampled_from(LOOKING) | st.sampled_from(PLAIN)
    parts = ["n, branch, ds = 0, 'dev', None"]
    parts += draw(st.lists(statement(simple, 2, False, False), min_size=1, max_size=6))
    if draw(st.booleans()):
        body = draw(st.lists(statement(simple, 1, False, True), min_size=1, max_size=4))
        text = indent("\n".join(["n, branch, ds = 0, 'dev', None", *body]), "    ")
        parts.append(f"\n\ndef work(repo, other, session, web):\n{text}\n")
    return LOOK_ALIKE_HEADER + "\n".join(parts) + "\n"
