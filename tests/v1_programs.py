"""Random V1 programs that run: helpers, classes, loops, commits, checkouts, branches and handles.

`generate(seed)` makes the same program for a seed each time. Every repo starts with the arrays `x` and `g/y`, each value
that is written is new, and names of branches and tags are not used twice, so that most programs run on V1 without an
error. Those that do not (two writers in conflict, a branch that was never committed) are for the caller to discard.
"""

import hashlib
import random
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import indent
from typing import Any

from fixtures_runtime.sources import Sources

RECORD = Path(__file__).with_suffix(".json")
"""What V1 leaves behind for some seeds."""

Lines = list[str]

IMPORTS = """\
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
import zarr
from arraylake import Client

"""
SETUP = """\
def setup(repo):
    root = repo.root_group
    root.create_dataset("x", shape=6, chunks=2, dtype="i8", fill_value=0)
    root.create_group("g").create_dataset("y", shape=6, chunks=6, dtype="i8", fill_value=0)
    repo.commit("setup")
"""
SETUP_ONCE = """\
    if "x" in root:
        return
"""
HANDLES = {
    "array": ['R.root_group["x"]', 'R.root_group["g/y"]', 'zarr.open_array(R.store, path="x", mode="r+")'],
    "group": [
        "R.root_group",
        'R.root_group["g"]',
        'zarr.open_group(R.store, mode="a")',
        'R.root_group.require_group("s")',
    ],
    "store": ["R.store"],
}
WRITES = {
    "repo": [
        'R.root_group["x"][I] = V',
        'R.root_group["x"][I] += V',
        'R.root_group["g/y"][:] = V',
        'R.root_group.attrs["A"] = V',
        'R.root_group["g"].attrs["A"] = V',
        'R.root_group.require_group("s").attrs["A"] = V',
        'zarr.open_group(R.store, mode="a").attrs["A"] = V',
        'zarr.open_array(R.store, path="x", mode="r+")[I] = V',
        'R.root_group.create_dataset("d", data=np.arange(3) + V, overwrite=True)',
        'xr.Dataset({"t": ("d", np.arange(3) + V)}).to_zarr(R.store, group="xr", mode="w")',
    ],
    "array": ["R[I] = V", "R[I] += V", "R[:2] = V", 'R.attrs["A"] = V'],
    "group": ['R.attrs["A"] = V', 'R.require_group("s").attrs["A"] = V', "R.attrs.update(A=V)"],
    "store": [
        'zarr.open_array(R, path="x", mode="r+")[I] = V',
        'zarr.open_group(R, path="g", mode="a").attrs["A"] = V',
    ],
}
VALUES = {
    "repo": [
        'int(R.root_group["x"][I])',
        'int(R.root_group["g/y"][:].sum())',
        "len(R.root_group)",
        'R.root_group["x"][:]',
    ],
    "array": ["int(R[I])", "R[:]", "int(R[:].sum())"],
    "group": ["len(R)", "sorted(R.group_keys())", "R.path"],
    "store": ['zarr.open_array(R, path="x", mode="r")[:]'],
}
KEPT = {
    "dict": 'REPOS["N"]',
    "list": "REPOS[N]",
    "cache": 'repo_of("N")',
}
"""How a repo is written that is kept in a container, or given by a function that keeps it in one."""
KEEPERS = {
    "dict": ["REPOS = {}"],
    "list": ["REPOS = []"],
    "cache": [
        "REPOS = {}",
        "",
        "",
        "def repo_of(name):",
        "    if name not in REPOS:",
        '        REPOS[name] = Client(token="ema_test").get_or_create_repo(NAMES[name])',
        "    return REPOS[name]",
    ],
}
EACH = {"dict": "REPOS.values()", "list": "REPOS", "cache": "list(REPOS.values())"}
ACTIONS = [
    "lambda v: R.commit(f'action {v}')",
    "lambda v: R.root_group.attrs.update(a=v)",
    'lambda v: R.checkout("main")',
    'lambda v: print(int(R.root_group["x"][0]))',
    'lambda v: R.root_group["x"]',
]
"""Functions of a number that are kept in a dict."""
STATE = 'print(sorted(R.root_group.attrs.items()), R.root_group["x"][:], R.root_group["g/y"][:])'


@dataclass(frozen=True)
class Thing:
    """An expression for a repo or for a handle (`kind` array, group or store)."""

    text: str
    kind: str


@dataclass(frozen=True)
class Helper:
    """A function, or a method of an object (`owner`): the kinds of its parameters and of what it returns."""

    name: str
    takes: tuple[str, ...]
    returns: str | None = None


@dataclass(frozen=True)
class Kind:
    """A class: how it is made, and its methods."""

    name: str
    takes: tuple[str, ...]
    methods: tuple[Helper, ...]
    manages: bool


@dataclass
class Scope:
    """What a statement may use."""

    things: list[Thing] = field(default_factory=list)
    numbers: tuple[str, ...] = ()
    helpers: list[Helper] = field(default_factory=list)
    branches: list[str] = field(default_factory=lambda: ['"main"'])
    pins: list[tuple[str, str]] = field(default_factory=list)
    returns: str | None = None
    in_function: bool = False
    depth: int = 2

    def inner(self, *numbers: str) -> "Scope":
        """The scope of a suite: what is bound there is not known afterwards."""
        return replace(
            self,
            things=[*self.things],
            helpers=[*self.helpers],
            branches=[*self.branches],
            pins=[*self.pins],
            numbers=(*self.numbers, *numbers),
            depth=self.depth - 1,
        )

    def of(self, *kinds: str) -> list[Thing]:
        return [thing for thing in self.things if thing.kind in kinds]


def setup(once: bool) -> Lines:
    """The function that prepares a repo; with `once` it may be called for one that is prepared already."""
    head, root, *rest = SETUP.splitlines()
    return [head, root, *(SETUP_ONCE.splitlines() if once else []), *rest]


def weighted(number: str) -> str:
    """A parameter or the counter of a loop, times something that nothing else is multiplied by."""
    return f"{number} * {1009 if number == 'n' else 1010 + 37 * int(number[1:])}"


def shift(lines: Lines) -> Lines:
    return indent("\n".join(lines or ["pass"]), "    ").split("\n")


class Generator:
    """One program in the making."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0
        self.helpers: list[Helper] = []
        self.kinds: list[Kind] = []
        self.has_global_repo = False
        # Each program has half of the features: more of one thing, and a chance for programs without the hard ones.
        always = ("write", "read", "commit", "some_call")
        self.features = {name for name, _ in self.REST if name in always or self.chance(50)}
        self.called: set[str] = set()
        self.keeper: str | None = self.pick([None, None, None, *KEPT])
        self.kept: list[Thing] = []
        self.actions = self.pick([0, 1, 2, 3])

    # -- small choices

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def pick(self, options: list[Any]) -> Any:
        return self.random.choice(options)

    def fresh(self, prefix: str = "") -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def value(self, scope: Scope) -> str:
        """A number that is written nowhere else, also not by another call or another turn of a loop."""
        self.count += 1
        return " + ".join([*map(weighted, scope.numbers), str(self.count * 10)])

    def name(self, prefix: str, scope: Scope) -> str:
        """A string that is used nowhere else."""
        text = self.fresh(prefix)
        return f'f"{text}{"".join(f"-{{{n}}}" for n in scope.numbers)}"' if scope.numbers else f'"{text}"'

    def fill(self, template: str, thing: Thing, scope: Scope) -> str:
        text = template.replace("I", str(self.random.randrange(6))) if "I]" in template else template
        text = text.replace("V", self.value(scope)) if "V" in text else text
        for attribute in ('"A"', "A="):
            text = text.replace(attribute, attribute.replace("A", self.pick(list("abc"))))
        return text.replace("R", thing.text)

    def condition(self, scope: Scope) -> str:
        tests = [f"{number} % 2" for number in scope.numbers] + [f"{number} > 1" for number in scope.numbers]
        tests += [f'int({thing.text}.root_group["x"][0]) % 3 == 0' for thing in scope.of("repo")[:1]]
        return self.pick([*tests, "STRICT", "not STRICT"])

    # -- statements

    def write(self, scope: Scope) -> Lines:
        thing = self.pick(scope.things)
        return [self.fill(self.pick(WRITES[thing.kind]), thing, scope)]

    def read(self, scope: Scope) -> Lines:
        thing = self.pick(scope.things)
        value = self.fill(self.pick(VALUES[thing.kind]), thing, scope)
        return [f'print("{self.fresh()}", {value})']

    def commit(self, scope: Scope) -> Lines:
        repo = self.repo(scope).text
        before = [] if self.chance(15) else self.write_of(scope, repo)
        call = f"{repo}.commit({self.name('m', scope)})"
        if self.chance(20):
            tip, tag = self.fresh("tip"), self.name("t", scope)
            scope.pins.append((repo, self.pick([tip, tag])))
            return [*before, f"{tip} = {call}", f"{repo}.tag({tag}, {tip})"]
        return [*before, f"print({call})" if self.chance(15) else call]

    def write_of(self, scope: Scope, repo: str) -> Lines:
        thing = self.pick([t for t in scope.things if t.text == repo])
        return [self.fill(self.pick(WRITES["repo"]), thing, scope)]

    def repo(self, scope: Scope) -> Thing:
        return self.pick(scope.of("repo"))

    def handle(self, scope: Scope) -> Lines:
        kind = self.pick(["array", "array", "group", "group", "store"])
        handle = Thing(self.fresh(kind[0]), kind)
        line = f"{handle.text} = {self.fill(self.pick(HANDLES[kind]), self.repo(scope), scope)}"
        scope.things.append(handle)
        return [line]

    def checkout(self, scope: Scope) -> Lines:
        repo = self.repo(scope).text
        return [f"{repo}.checkout({self.pick(['', '', *scope.branches])})"]

    def pinned(self, scope: Scope) -> Lines:
        """Look at a tag or a commit, and come back."""
        if not scope.pins:
            return self.commit(scope)
        repo, pin = self.pick(scope.pins)
        back = [f"{repo}.checkout({self.pick(scope.branches)})"] if self.chance(70) else self.branch_of(scope, repo)
        return [f"{repo}.checkout({pin})", *self.read(scope), *back]

    def branch(self, scope: Scope) -> Lines:
        return self.branch_of(scope, self.repo(scope).text)

    def branch_of(self, scope: Scope, repo: str) -> Lines:
        name = self.name("b", scope)
        lines = [f"{repo}.new_branch({name})", *self.write_of(scope, repo)]
        if self.chance(80):
            lines.append(f"{repo}.commit({self.name('m', scope)})")
            if len(scope.of("repo")) == 1:
                scope.branches.append(name)
        return lines if self.chance(40) else [*lines, f'{repo}.checkout("main")']

    def tag(self, scope: Scope) -> Lines:
        return [f"{self.repo(scope).text}.tag({self.name('t', scope)})"]

    def log(self, scope: Scope) -> Lines:
        repo = self.repo(scope).text
        return [self.pick([f"print([c.message for c in {repo}.commit_log])", f"print({repo}.session.branch)"])]

    def choice(self, scope: Scope) -> Lines:
        lines = [f"if {self.condition(scope)}:", *shift(self.suite(scope.inner()))]
        if self.chance(40):
            lines += ["else:", *shift(self.suite(scope.inner()))]
        return lines

    def loop(self, scope: Scope) -> Lines:
        number = self.fresh("i")
        body = self.suite(scope.inner(number))
        if self.chance(20):
            body += [f"if {number}:", "    " + self.pick(["break", "continue"]), *self.suite(scope.inner(number))]
        if self.chance(20):
            return [f"{number} = 0", f"while {number} < 2:", *shift([f"{number} += 1", *body])]
        return [f"for {number} in range({self.pick([2, 2, 3])}):", *shift(body)]

    def attempt(self, scope: Scope) -> Lines:
        body = self.suite(scope.inner())
        if self.chance(40):
            return ["try:", *shift(body), "finally:", *shift(self.simple(scope.inner()))]
        failing = [f"if {self.condition(scope)}:", f"    raise ValueError({self.value(scope)})"]
        body += [*failing, *self.suite(scope.inner())]
        return [
            "try:",
            *shift(body),
            "except ValueError as error:",
            *shift(["print(error)", *self.simple(scope.inner())]),
        ]

    def nested(self, scope: Scope) -> Lines:
        """A function that closes over the repos around it."""
        helper = Helper(self.fresh("inner"), ("n",), self.pick([None, None, "value"]))
        inner = replace(scope.inner("n"), numbers=("n",), in_function=True, returns=helper.returns)
        # What it finds around it may be bound anew later on; those are not the programs that people write.
        inner.things = [t for t in inner.things if t.kind == "repo" or self.chance(60)]
        lines = [f"def {helper.name}(n):", *shift(self.body(inner))]
        scope.helpers.append(helper)
        return [*lines, *self.call(scope, helper)]

    def leave(self, scope: Scope) -> Lines:
        if not scope.in_function:
            return self.write(scope)
        inner = scope.inner()
        return [f"if {self.condition(scope)}:", *shift([*self.simple(inner), self.result(inner)])]

    def result(self, scope: Scope) -> str:
        match scope.returns:
            case None:
                return "return"
            case "value":
                thing = self.pick(scope.things)
                return f"return {self.fill(VALUES[thing.kind][0], thing, scope)}"
            case "tip":
                return f"return {self.repo(scope).text}.commit({self.name('m', scope)})"
            case "repo":
                return f"return {self.repo(scope).text}"
            case kind:
                known = [thing.text for thing in scope.of(kind)]
                options = (
                    [self.fill(text, self.repo(scope), scope) for text in HANDLES[kind]] if scope.of("repo") else known
                )
                return f"return {self.pick([*known, *options])}"

    def some_call(self, scope: Scope) -> Lines:
        helpers = [*self.helpers, *scope.helpers]
        usable = [h for h in helpers if all(kind in ("n", "branch") or self.offers(scope, kind) for kind in h.takes)]
        return self.call(scope, self.pick(usable)) if usable else self.write(scope)

    def offers(self, scope: Scope, kind: str) -> bool:
        return bool(scope.of(kind) or (kind in HANDLES and scope.of("repo")))

    def argument(self, scope: Scope, kind: str) -> str:
        if kind == "n":
            return self.value(scope)
        if kind == "branch":
            return self.pick(scope.branches)
        known = [thing.text for thing in scope.of(kind)]
        if kind in HANDLES and scope.of("repo") and (not known or self.chance(40)):
            return self.fill(self.pick(HANDLES[kind]), self.repo(scope), scope)
        return self.pick(known)

    def call_text(self, scope: Scope, helper: Helper) -> str:
        self.called.add(helper.name.rpartition(".")[2])
        return f"{helper.name}({', '.join(self.argument(scope, kind) for kind in helper.takes)})"

    def call(self, scope: Scope, helper: Helper) -> Lines:
        text = self.call_text(scope, helper)
        match helper.returns:
            case "value" | "tip":
                if self.chance(15) and helper.returns == "value":
                    repo = self.repo(scope).text if scope.of("repo") else None
                    return [f'{repo}.commit(f"{self.fresh("m")} {{{text}}}")'] if repo and '"' not in text else [text]
                if self.chance(20):
                    return [f"print({text}, {self.call_text(scope, helper)})"]
                return [f"print({text})" if self.chance(70) else text]
            case "array" | "group" | "store" | "repo":
                if self.chance(20):
                    return [self.fill(self.pick(WRITES[helper.returns]), Thing(text, helper.returns), scope)]
                thing = Thing(self.fresh(helper.returns[0] + "h"), helper.returns)
                if thing.kind == "repo" and self.chance(50):
                    return [text]
                scope.things.append(thing)
                return [f"{thing.text} = {text}"]
            case _:
                return [text]

    def managed(self, scope: Scope) -> Lines:
        kinds = [kind for kind in self.kinds if kind.manages]
        if not kinds or not scope.of("repo"):
            return self.some_call(scope)
        kind, name = self.pick(kinds), self.fresh("w")
        inner = scope.inner()
        if not kind.methods:
            inner.things.append(Thing(name, "group"))
        inner.helpers += [replace(m, name=f"{name}.{m.name}") for m in kind.methods]
        return [f"with {self.made(scope, kind)} as {name}:", *shift(self.suite(inner))]

    def made(self, scope: Scope, kind: Kind) -> str:
        arguments = ['"acme/own"' if k == "name" else self.argument(scope, k) for k in kind.takes]
        return f"{kind.name}({', '.join(arguments)})"

    def object(self, scope: Scope) -> Lines:
        kinds = [kind for kind in self.kinds if kind.methods]
        if not kinds or not scope.of("repo"):
            return self.some_call(scope)
        kind, name = self.pick(kinds), self.fresh("obj")
        line = f"{name} = {self.made(scope, kind)}"
        scope.helpers += [replace(method, name=f"{name}.{method.name}") for method in kind.methods]
        if self.chance(30):
            scope.things.append(Thing(f"{name}.repo", "repo"))
        return [line, *self.call(scope, self.pick(scope.helpers[-len(kind.methods) :]))]

    def each(self, scope: Scope) -> Lines:
        """A loop over all repos that are kept."""
        if self.keeper is None or scope.depth < 1:
            return self.write(scope)
        name = self.fresh("each")
        number = self.fresh("i")
        inner = replace(scope.inner(number), things=[Thing(name, "repo")], pins=[], branches=['"main"'])
        return [f"for {number}, {name} in enumerate({EACH[self.keeper]}):", *shift(self.suite(inner))]

    def action(self, scope: Scope) -> Lines:
        """The call of a function that is kept in a dict, or of the method of a repo that is kept in a list."""
        if self.keeper is None:
            return self.write(scope)
        if self.actions and self.chance(60):
            return [f"ACTIONS[{self.random.randrange(self.actions)}]({self.value(scope)})"]
        repo, name = self.repo(scope).text, self.fresh("saves")
        made = self.pick([f"[{repo}.commit]", f"[partial({repo}.commit)]", f"[r.commit for r in {EACH[self.keeper]}]"])
        calls = [f"for save in {name}:", f"    save({self.name('m', scope)})"]
        return [f"{name} = {made}", *self.simple(scope), *calls]

    SIMPLE = (("write", 30), ("read", 15), ("commit", 25), ("some_call", 20), ("checkout", 7), ("log", 3))
    REST = (
        *SIMPLE,
        *(("handle", 14), ("branch", 5), ("pinned", 6), ("tag", 2), ("choice", 9), ("loop", 9), ("attempt", 5)),
        *(("leave", 4), ("managed", 5), ("object", 9), ("nested", 3), ("each", 4), ("action", 6)),
    )
    KEEPING = ("each", "action")
    NEED_NO_REPO = ("write", "read", "some_call", "choice", "loop", "leave")

    def statement(self, scope: Scope, options: tuple[tuple[str, int], ...]) -> Lines:
        deep = ("choice", "loop", "attempt", "nested", "managed", "each")
        usable = [
            (name, weight)
            for name, weight in options
            if name in self.features
            and (scope.depth > 0 or name not in deep)
            and (self.keeper is not None or name not in self.KEEPING)
            and (scope.of("repo") or name in self.NEED_NO_REPO)
        ]
        name = self.random.choices([n for n, _ in usable], [w for _, w in usable])[0]
        lines: Lines = getattr(self, name)(scope)
        return lines

    def simple(self, scope: Scope) -> Lines:
        return self.statement(scope, self.SIMPLE)

    def suite(self, scope: Scope, most: int = 3) -> Lines:
        return [line for _ in range(self.random.randint(1, most)) for line in self.statement(scope, self.REST)]

    def body(self, scope: Scope, most: int = 4) -> Lines:
        lines = self.suite(scope, most)
        return [*lines, self.result(scope)] if scope.returns else lines

    # -- definitions

    def function(self) -> Lines:
        returns = self.pick([None, None, None, "value", "tip", "repo", "array", "group", "store"])
        global_ = ["global"] * (self.has_global_repo or (4 if self.kept else 0))
        takes = [self.pick(["repo", "repo", "repo", "array", "group", "store", *global_])]
        if returns in ("tip", "repo") or (returns in HANDLES and takes != [returns]):
            takes = ["repo"]
        if takes == ["repo"] and self.chance(15):
            takes.append(self.pick(["array", "group", "store"]))
        scope = Scope(numbers=("n",), in_function=True, returns=returns, depth=2)
        names = {kind: kind for kind in takes if kind != "global"}
        scope.things = [Thing(name, kind) for kind, name in names.items()] or self.kept or [Thing("repo", "repo")]
        helper = Helper(self.fresh("helper"), (*names, "n"), returns)
        if "repo" in names and self.chance(15):
            helper = replace(helper, takes=(*helper.takes, "branch"))
            names["branch"] = "branch"
            scope.branches.append("branch")
        parameters = ", ".join(
            [*(n for n in names.values() if n != "branch"), "n", *(["branch"] if "branch" in names else [])]
        )
        lines = self.recursive(helper, scope) if returns is None and self.chance(20) else self.body(scope)
        self.helpers.append(helper)
        return [f"def {helper.name}({parameters}):", *shift(lines)]

    def recursive(self, helper: Helper, scope: Scope) -> Lines:
        again = f"{helper.name}({', '.join('n % 10 - 1' if kind == 'n' else kind for kind in helper.takes)})"
        before, after = self.suite(scope, 2), self.suite(scope, 2) if self.chance(50) else []
        return [*before, "if n % 10 > 0:", f"    {again}", *after]

    def opener(self) -> Lines:
        """A function that opens a repo, and returns it or something of it."""
        name, returns = self.fresh("open"), self.pick(["repo", "repo", "group", "array", "store"])
        self.helpers.append(Helper(name, (), returns))
        made = f'repo = Client(token="ema_test").get_or_create_repo("acme/{self.pick(["alpha", "opened"])}")'
        result = "repo" if returns == "repo" else self.fill(self.pick(HANDLES[returns]), Thing("repo", "repo"), Scope())
        return [f"def {name}():", *shift([made, "setup(repo)", f"return {result}"])]

    def manager(self) -> Lines:
        """A context manager that gives a group and commits."""
        name = self.fresh("transaction")
        self.kinds.append(Kind(name, ("repo", "n"), (), manages=True))
        commit = 'repo.commit(f"managed {n}")'
        body = self.pick(
            [
                ["yield repo.root_group", commit],
                ["try:", "    yield repo.root_group", "finally:", f"    {commit}"],
                ["group = repo.root_group", 'group.attrs["managed"] = n', "yield group", commit],
            ]
        )
        return ["@contextmanager", f"def {name}(repo, n):", *shift(body)]

    def class_(self) -> Lines:
        name = self.fresh("Work")
        fields = [Thing("self.repo", "repo")]
        style = self.pick(["given", "given", "opens", "dataclass"])
        if style == "dataclass":
            head = [f"repo: {self.pick(['Any', 'object'])}"]
        else:
            start = ["self.repo = repo"]
            if style == "opens":
                start = ['self.repo = Client(token="ema_test").get_or_create_repo(name)', "setup(self.repo)"]
            if self.chance(50):
                kind = self.pick(["array", "group", "store"])
                fields.append(Thing(f"self.{kind}", kind))
                start.append(f"self.{kind} = {self.fill(self.pick(HANDLES[kind]), fields[0], Scope())}")
            head = [f"def __init__(self, {'repo' if style == 'given' else 'name'}):", *shift(start)]
        methods: list[Helper] = []
        for _ in range(self.random.randint(1, 3)):
            method = Helper(
                self.fresh("method"), ("n",), self.pick([None, None, "value", "tip", "array", "group", "repo"])
            )
            own = [replace(m, name=f"self.{m.name}") for m in methods]
            scope = Scope([*fields], ("n",), own, returns=method.returns, in_function=True, depth=1)
            head += ["", f"def {method.name}(self, n):", *shift(self.body(scope, 3))]
            methods.append(method)
        manages = self.chance(30)
        if manages:
            ending = ["if error[0] is None:", f'    self.repo.commit("{self.fresh("exit")}")']
            head += ["", "def __enter__(self):", "    return self", "", "def __exit__(self, *error):", *shift(ending)]
        self.kinds.append(Kind(name, ("name" if style == "opens" else "repo",), tuple(methods), manages))
        return [*(["@dataclass"] if style == "dataclass" else []), f"class {name}:", *shift(head)]

    # -- what is kept

    def opened(self, repo: Thing, name: str) -> Lines:
        """Open a repo, and put it where it is kept."""
        made = f'client.get_or_create_repo("{name}")'
        match self.keeper:
            case "cache":
                return []
            case "list":
                return [f"REPOS.append({made})"]
        return [f"{repo.text} = {made}"]

    def keepers(self, names: dict[str, str]) -> list[Lines]:
        """The container of the repos, the function that fills it, and functions that are kept themselves."""
        assert self.keeper is not None
        lines = [f"NAMES = {names}", *KEEPERS[self.keeper]] if self.keeper == "cache" else KEEPERS[self.keeper]
        actions = [self.fill(self.pick(ACTIONS), self.pick(self.kept), Scope()) for _ in range(self.actions)]
        return [lines, ["ACTIONS = {", *(f"    {i}: {a}," for i, a in enumerate(actions)), "}"]] if actions else [lines]

    # -- the whole

    def rest_of_calls(self, scope: Scope) -> Lines:
        """Calls of all that nothing has called yet."""
        lines: Lines = []
        for helper in self.helpers:
            if helper.name not in self.called:
                lines += self.call(scope, helper)
        for kind in self.kinds:
            missing = [method for method in kind.methods if method.name not in self.called]
            name = self.fresh("obj")
            if missing:
                lines.append(f"{name} = {self.made(scope, kind)}")
            for method in missing:
                lines += self.call(scope, replace(method, name=f"{name}.{method.name}"))
        return lines

    def program(self) -> dict[str, str]:
        in_main, split = self.chance(40), self.chance(20)
        self.has_global_repo = not (in_main or split)
        makers = [self.function] * 6 + [self.class_] * 3 + [self.opener, self.manager]
        repos = [Thing("repo", "repo"), *([Thing("other", "repo")] if self.chance(25) else [])]
        names = ["acme/alpha", self.pick(["acme/beta", "acme/beta", "acme/alpha"])]
        if self.keeper is not None:
            texts = enumerate(r.text for r in repos)
            repos = [
                Thing(KEPT[self.keeper].replace("N", str(i) if self.keeper == "list" else t), "repo") for i, t in texts
            ]
            self.kept = [*repos]
        definitions = [self.pick(makers)() for _ in range(self.random.choice([0, 1, 1, 2, 2, 3, 4]))]
        body = ['client = Client(token="ema_test")']
        for repo, name in zip(repos, names, strict=False):
            body += [*self.opened(repo, name), f"setup({repo.text})"]
        if self.kept and self.chance(40):
            body.append(f"repo = {repos[0].text}")
            repos = [Thing("repo", "repo"), *repos]
        scope = Scope([*repos], depth=2)
        body += [line for _ in range(self.random.randint(3, 9)) for line in self.statement(scope, self.REST)]
        body += self.rest_of_calls(scope)
        body += [STATE.replace("R", repo.text) for repo in repos]
        if in_main:
            body = ["def main():", *shift(body), "", "", 'if __name__ == "__main__":', "    main()"]
        uses_twice = any("get_or_create" in line for lines in definitions for line in lines) or names[0] == names[1]
        definitions.insert(0, setup(uses_twice))
        if self.keeper is not None:
            definitions[:0] = self.keepers(dict(zip(("repo", "other"), names, strict=True)))
        library = f"STRICT = {self.chance(50)}\n" + "".join("\n\n" + "\n".join(lines) + "\n" for lines in definitions)
        text = "\n".join(body) + "\n"
        if not split:
            return {"": f"{IMPORTS}{library}\n\n{text}"}
        defined = [h.name for h in self.helpers] + [k.name for k in self.kinds]
        used = ["STRICT", "setup", *(name for name in defined if f"{name}(" in text)]
        used += [name for name in ("REPOS", "ACTIONS", "repo_of") if name in text]
        return {"library.py": IMPORTS + library, "main.py": f"{IMPORTS}from library import {', '.join(used)}\n\n{text}"}


def digest(sources: Sources) -> str:
    """Changes whenever a program does."""
    texts = sorted((name, data.decode()) for name, data in sources.items())
    return hashlib.sha256(repr(texts).encode()).hexdigest()[:12]


def generate(seed: int) -> Sources:
    """The program of a seed: a file, or a project of two modules that is run by its `main.py`."""
    return {name: text.encode() for name, text in Generator(seed).program().items()}
