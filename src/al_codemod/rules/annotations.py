"""Every use of a V1 class: in annotations, quoted or not, in `isinstance`, anywhere."""

import ast
from collections.abc import Iterator

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.homes import home_of
from al_codemod.rules.v1_names import NameUse, V1Names, everything
from al_codemod.surface.types import EXCEPTIONS, REPO, TYPES


@rule(
    "AL502",
    "v1-types",
    rows="imports.03 imports.04 imports.05 imports.08 repo.53 store.19 types.13 types.15",
    before="""
import arraylake
from arraylake import Client


def is_repo(thing: object) -> bool:
    return isinstance(thing, arraylake.repo.Repo)
""",
    after="""
import icechunk
from arraylake import Client


def is_repo(thing: object) -> bool:
    return isinstance(thing, icechunk.Repository)
""",
)
def types(context: Context) -> Iterator[Draft]:
    """The classes of V1 are called otherwise, in annotations (quoted ones too) as in `isinstance`.

    Constructing a V1 object, subclassing its class, or taking a member of the class has no equivalent: repositories
    come from a client, or from `icechunk.Repository.open`.
    """
    names = context.once(V1Names)
    quoted: dict[ast.expr, list[NameUse]] = {}
    for use in names.uses:
        if names.stays(use):
            yield _stays(context, use)
        elif use.local is not None and names.is_kept(use.local):
            message = f"{use.local[1]} stays, because of another use of it"
            yield Draft(use.node, message, Applicability.MANUAL, instead=_instead(use.name))
        elif use.is_quoted:
            quoted.setdefault(use.node, []).append(use)
        elif not _is_caught(context, use):
            yield from _renamed(context, names, use)
    for node, uses in quoted.items():
        yield from _requoted(context, names, node, uses)


def _stays(context: Context, use: NameUse) -> Draft:
    place = context.program.parents.get(use.node, use.node)
    if isinstance(place, ast.ClassDef):
        place = use.node
    message = f"{use.name.rpartition('.')[2]} has no equivalent in this use"
    return Draft(place, message, Applicability.MANUAL, instead=_instead(use.name))


def _instead(name: str) -> str:
    if name in EXCEPTIONS:
        return " and ".join(f"icechunk.{e}" for e in EXCEPTIONS[name]) + " are raised by a commit"
    member = TYPES[name].member
    if member == "Repository":
        return "get a repository with client.get_repo(name), or icechunk.Repository.open(storage)"
    return f"icechunk.{member} takes its place; it comes from a repository or session and is not constructed"


def _is_caught(context: Context, use: NameUse) -> bool:
    """Whether a use is that of an exception in an `except`, which is the business of another rule."""
    if use.name not in EXCEPTIONS:
        return False
    parent = context.program.parents.get(use.node)
    return isinstance(parent, ast.ExceptHandler) or (
        isinstance(parent, ast.Tuple) and isinstance(context.program.parents.get(parent), ast.ExceptHandler)
    )


def _called(context: Context, names: V1Names, use: NameUse) -> tuple[str, tuple[Edit, ...]]:
    """What takes the place of a use, and the imports that it needs."""
    if use.name in EXCEPTIONS:
        icechunk, needed = context.module("icechunk", use.node)
        return f"({', '.join(f'{icechunk}.{e}' for e in EXCEPTIONS[use.name])})", needed
    home = home_of(context)
    if use.name == REPO and home is not None:
        return home.name_in(context)
    new = TYPES[use.name]
    if not new.module:
        return new.member, ()
    binding = next((b for b in names.bindings if use.local == (b.scope, b.local) and b.name in TYPES), None)
    if binding is not None:
        return names.new_name(binding), ()
    module, needed = context.module(new.module, use.node)
    return f"{module}.{new.member}", needed


def _renamed(context: Context, names: V1Names, use: NameUse) -> Iterator[Draft]:
    called, needed = _called(context, names, use)
    if use.local is not None and called == use.local[1]:
        return
    old = use.name.rpartition(".")[2]
    edits = (ReplaceExpression(use.node, Template(called)), *needed)
    yield Draft(use.node, f"{old} is {called}", Applicability.REVIEW, edits, everything(context))


def _requoted(context: Context, names: V1Names, node: ast.expr, uses: list[NameUse]) -> Iterator[Draft]:
    """A string annotation with other names in it."""
    text = new = str(getattr(node, "value", ""))
    needed: list[Edit] = []
    for use in sorted(uses, key=lambda u: u.start, reverse=True):
        called, imports = _called(context, names, use)
        new = new[: use.start] + called + new[use.end :]
        needed += imports
    source = context.program.segment(node)
    if new == text:
        return
    if source.count(text) != 1:
        yield Draft(node, "a V1 type in an annotation", Applicability.MANUAL, instead=new)
        return
    quoted = source.replace(text, new).replace("{", "{{").replace("}", "}}")
    edits = (ReplaceExpression(node, Template(quoted)), *needed)
    yield Draft(node, f"{text} is {new}", Applicability.REVIEW, edits, everything(context))
