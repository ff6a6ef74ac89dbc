"""`repo.branches` and `repo.tags`: lists of objects, of which only the names are left."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft, Use, rule
from al_codemod.surface.kinds import REPOS, Kind

ORDERLESS = frozenset({"sorted", "len", "set", "frozenset", "any", "all", "min", "max", "sum"})
CONSUMERS = ORDERLESS | {"list", "tuple"}


@dataclass(frozen=True, slots=True)
class Names:
    """What becomes of a list of refs: the V1 member, the kind of its elements, their members that are the name."""

    member: str
    element: Kind
    name: frozenset[str]
    lister: str
    lookup: str


BRANCHES = Names("branches", Kind.BRANCH, frozenset({"id"}), "list_branches", "lookup_branch")
TAGS = Names("tags", Kind.TAG, frozenset({"id", "label"}), "list_tags", "lookup_tag")


@rule(
    "AL303",
    "branches-of-repo",
    rows="repo.23 types.09 asyncrepo.04",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
for branch in repo.branches:
    print(branch.id, branch.commit_id)
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
for branch in sorted(repo.list_branches()):
    print(branch, repo.lookup_branch(branch))
""",
)
def branches(context: Context) -> Iterator[Draft]:
    """Branches are listed by name; the commit that one stands on is looked up.

    Icechunk gives a set, which is sorted to keep an order. A repository without commits already has its branch `main`.
    """
    yield from listed(context, BRANCHES)


@rule(
    "AL304",
    "tags-of-repo",
    rows="repo.24 types.10 asyncrepo.04",
    before="""
from arraylake import Client

repo = Client().get_repo("org/repo")
print([tag.label for tag in repo.tags if tag.commit.message != "draft"])
""",
    after="""
from arraylake import Client

repo = Client().get_repo("org/repo")
print([tag for tag in sorted(repo.list_tags()) if repo.lookup_snapshot(repo.lookup_tag(tag)).message != "draft"])
""",
)
def tags(context: Context) -> Iterator[Draft]:
    """Tags are listed by name; the commit that one stands on is looked up. Who set a tag, when and why is not kept."""
    yield from listed(context, TAGS)


def listed(context: Context, names: Names) -> Iterator[Draft]:
    """The lists of one kind, and what is asked of their elements."""
    replaced: set[ast.AST] = set()
    for use in context.uses(REPOS, names.member):
        yield list_draft(context, names, use, replaced)
    for use in context.members((names.element,)):
        if not any(a in replaced for a in context.program.ancestors(use.node)):
            yield element_draft(context, names, use)


def list_draft(context: Context, names: Names, use: Use, replaced: set[ast.AST]) -> Draft:
    """The list itself; what is replaced with more than it is added to `replaced`."""
    places = context.place(use.value)
    what = f"the list of {names.member}"
    recipe = f"repo.{names.lister}() gives the names, repo.{names.lookup}(name) the snapshot of one"
    site: ast.expr = use.node
    if use.value.kind is Kind.ASYNC_REPO:
        parent = context.program.parents[use.site]
        if use.call is not None and isinstance(parent, ast.Await):
            site = parent
        else:
            return Draft(use.node, f"{what}, which is not awaited here", Applicability.MANUAL, (), places, recipe)
    elif use.call is not None:
        return Draft(use.node, f"{what} is called", Applicability.MANUAL, (), places, recipe)
    why = context.shared.following.reasons.get(use.site)
    if why is not None:
        return Draft(use.site, f"{what}: {at(why, use.site)}", Applicability.MANUAL, (), places, recipe)
    shape = Simplifier(context, names).simplify(site)
    if shape.node is not site:
        replaced.add(shape.node)
    text = f"{{repo}}.{names.lister}()"
    if use.value.kind is Kind.ASYNC_REPO:
        text = f"await {{repo}}.{names.lister}_async()"
    new = Template(shape.around.replace("@", text), {"repo": use.node.value, **shape.holes})
    return Draft(
        use.site,
        f"list the names of the {names.member}",
        Applicability.REVIEW,
        (ReplaceExpression(shape.node, new),),
        places,
    )


def element_draft(context: Context, names: Names, use: Use) -> Draft:
    """What is asked of one branch or tag, which is now its name."""
    value, node, places = use.value, use.node, context.place(use.value)
    what = f"`{node.attr}` of a {names.element}"
    why = context.shared.following.why_not(value)
    if why is not None:
        instead = f"a {names.element} is only its name; repo.{names.lookup}(name) gives its snapshot"
        return Draft(node, f"{what}: {at(why, node)}", Applicability.MANUAL, (), places, instead)
    holes = {"it": node.value}
    if node.attr in names.name:
        return Draft(
            node,
            f"a {names.element} is its name",
            Applicability.REVIEW,
            (ReplaceExpression(node, Template("{it}", holes)),),
            places,
        )
    looked_up = f"{context.shared.following.repo(value, node)}.{names.lookup}({{it}})"
    parent = context.program.parents[node]
    if node.attr == "commit" and not (isinstance(parent, ast.Attribute) and parent.attr == "id"):
        looked_up = f"{context.shared.following.repo(value, node)}.lookup_snapshot({looked_up})"
    target = parent if node.attr == "commit" and isinstance(parent, ast.Attribute) and parent.attr == "id" else node
    edit = ReplaceExpression(target, Template(looked_up, holes))
    return Draft(node, f"look up the snapshot of the {names.element}", Applicability.REVIEW, (edit,), places)


def at(why: tuple[ast.AST, str], node: ast.AST) -> str:
    """A reason, with the line where it is another one."""
    line = getattr(why[0], "lineno", 0)
    return why[1] if line == getattr(node, "lineno", 0) else f"{why[1]} (line {line})"


SORTED = "sorted(@)"


@dataclass(frozen=True, slots=True)
class Shape:
    """The expression that a list of names takes the place of, and what is written around it (`@`)."""

    node: ast.expr
    around: str = SORTED
    holes: Mapping[str, ast.expr] = field(default_factory=dict)


class Simplifier:
    """Finds the whole expression that a list of names can stand for, and whether an order is seen."""

    def __init__(self, context: Context, names: Names) -> None:
        self.context = context
        self.names = names

    def simplify(self, site: ast.expr) -> Shape:
        """The shape of what the list at `site` is used in."""
        parents = self.context.program.parents
        parent = parents[site]
        if isinstance(parent, ast.comprehension):
            comprehension = parents[parent]
            if isinstance(comprehension, ast.expr) and self.is_names(comprehension, parent):
                return self.consumed(comprehension)
        if isinstance(parent, ast.Call) and parent.args == [site]:
            function = self.builtin(parent)
            if (function == "list" and not parent.keywords) or (function == "sorted" and self.sorts_names(parent)):
                return Shape(parent)
            return Shape(site, "@" if function == "len" else SORTED)
        return Shape(site)

    def consumed(self, comprehension: ast.expr) -> Shape:
        """A comprehension of the names, or the call around it that makes a list or set of it."""
        parent = self.context.program.parents[comprehension]
        if isinstance(parent, ast.Compare) and comprehension in parent.comparators:
            operator = parent.ops[parent.comparators.index(comprehension)]
            return Shape(comprehension, "@" if isinstance(operator, ast.In | ast.NotIn) else SORTED)
        if isinstance(parent, ast.Call) and parent.args == [comprehension]:
            function = self.builtin(parent)
            if function in ("set", "list") and not parent.keywords:
                return Shape(parent, "@" if function == "set" else SORTED)
            inner = "@" if function in ORDERLESS else SORTED
            if (
                isinstance(comprehension, ast.GeneratorExp) and not parent.keywords
            ):  # its parentheses are those of the call
                return Shape(parent, f"{{function}}({inner})", {"function": parent.func})
            return Shape(comprehension, inner)
        return Shape(comprehension, "@" if isinstance(comprehension, ast.SetComp) else SORTED)

    def is_names(self, node: ast.expr, generator: ast.comprehension) -> bool:
        """Whether a comprehension is the names of all elements, and what takes it needs no more than to iterate."""
        if not isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp) or node.generators != [generator]:
            return False
        if generator.ifs or generator.is_async or not isinstance(generator.target, ast.Name):
            return False
        if isinstance(node, ast.GeneratorExp):
            parent = self.context.program.parents[node]
            if not isinstance(parent, ast.Call) or parent.args != [node]:
                return False
            joined = isinstance(parent.func, ast.Attribute) and parent.func.attr == "join"
            if not joined and self.builtin(parent) not in CONSUMERS:
                return False
        return self.is_name_of(node.elt, generator.target.id)

    def sorts_names(self, call: ast.Call) -> bool:
        """Whether a call of `sorted` sorts by name, as the list already is."""
        match call.keywords:
            case [ast.keyword(arg="key", value=ast.Lambda(args=ast.arguments(args=[parameter]), body=body))]:
                return self.is_name_of(body, parameter.arg)
        return False

    def is_name_of(self, node: ast.expr, variable: str) -> bool:
        """Whether an expression is the name of the element that a variable holds."""
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attr):
                return name == variable and attr in self.names.name
        return False

    def builtin(self, call: ast.Call) -> str | None:
        """The builtin that is called, if it is one."""
        function = call.func
        if isinstance(function, ast.Name) and self.context.program.is_builtin(function):
            return function.id
        return None
