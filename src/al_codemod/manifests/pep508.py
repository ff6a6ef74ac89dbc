"""One requirement as pip writes it: `name[extras] constraint; marker`, found in a text without being changed."""

import re
from dataclasses import dataclass

from al_codemod.manifests.located import REFERENCE, AddSibling, Located, Render, Syntax
from al_codemod.manifests.versions import GONE_EXTRAS, PACKAGES

_REQUIREMENT = re.compile(
    r"""\s*
    (?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)
    (?:\s*\[(?P<extras>[^\]]*)\])?
    (?:\s*\(?\s*
        (?P<constraint>(?:(?:===|==|~=|!=|<=|>=|<|>)\s*[^\s,;()<>=!~'"\\]+)
            (?:\s*,\s*(?:===|==|~=|!=|<=|>=|<|>)\s*[^\s,;()<>=!~'"\\]+)*)
        (?:\s*\))?
    )?
    """,
    re.VERBOSE,
)
_REFERENCE = re.compile(r"\s*(@\s*\S*)")
_CONTINUED = r"(?:\\(?:\r\n|\r|\n)\s*)*"
_REST = re.compile(rf"\s*{_CONTINUED}(?:\\?$|\s\#|--|;(?P<marker>(?:[^#\\\r\n]|(?<!\s)\#)*?)\s*(?=$|\s\#|\s--|\\))")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A requirement; its places are offsets in the text that it was found in."""

    name: str
    constraint: str
    start: int
    name_end: int
    constraint_start: int
    end: int
    extras: tuple[str, ...] = ()
    marker: str = ""
    problem: str = ""

    def rewritten(self, text: str, constraint: str) -> str:
        """What to write from `name_end` to `end`: the new constraint, without the extras that are gone."""
        kept = [extra for extra in self.extras if self.name != "arraylake" or extra not in GONE_EXTRAS]
        between = text[self.name_end : self.constraint_start]
        if len(kept) < len(self.extras):
            extras = f"{between[: between.index('[')]}[{','.join(kept)}]" if kept else ""
            between = extras + between[between.index("]") + 1 :]
        return between + constraint

    def located(
        self,
        place: tuple[int, int],
        render: Render,
        add: AddSibling | None,
        group: str,
        *,
        syntax: Syntax = Syntax.PEP440,
        problem: str = "",
        installs: bool = True,
    ) -> Located:
        """The requirement as it is found at a place of a manifest."""
        return Located(
            self.name,
            self.constraint,
            *place,
            syntax,
            render,
            add,
            group,
            self.marker,
            self.extras,
            self.problem or problem,
            installs,
        )


def normalize(name: str) -> str:
    """The name of a package as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def parse(text: str, start: int, end: int) -> Parsed | None:
    """The requirement that `text` holds from `start` to `end`, if it is one of a package that is concerned."""
    found = _REQUIREMENT.match(text, start, end)
    if found is None or normalize(found["name"]) not in PACKAGES:
        return None
    problem, marker, constraint = "", "", found["constraint"] or ""
    rest = _REST.match(text[found.end() : end])
    place = _REFERENCE.match(text, found.end(), end)
    if place is not None:
        problem, constraint = REFERENCE, place[1]
    elif rest is None:
        problem = "its spelling is not understood"
    else:
        marker = (rest["marker"] or "").strip()
    extras = found["extras"]
    bare_end = found.end("extras") + 1 if extras is not None else found.end("name")
    return Parsed(
        name=normalize(found["name"]),
        constraint=constraint,
        start=found.start("name"),
        name_end=found.end("name"),
        constraint_start=found.start("constraint") if found["constraint"] else bare_end,
        end=found.end("constraint") if found["constraint"] else bare_end,
        extras=tuple(normalize(extra.strip()) for extra in extras.split(",")) if extras else (),
        marker=marker,
        problem=problem,
    )
