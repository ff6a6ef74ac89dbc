"""What becomes of the constraints that a manifest states: the decision for each, from the table of versions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from al_codemod.finding import Applicability
from al_codemod.manifests import codes
from al_codemod.manifests.located import HASHED, PYTHON, Located, Replacement, Syntax
from al_codemod.manifests.needs import NEW, Needs
from al_codemod.manifests.specifiers import Constraint
from al_codemod.manifests.versions import GONE_EXTRAS, LINES, PRIMARY, Bound, Line
from al_codemod.settings import Settings
from al_codemod.targets import Target


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of a constraint, and the replacements that it takes, if that can be done."""

    located: Located
    code: str
    message: str
    applicability: Applicability
    edits: tuple[Replacement, ...] = ()
    instead: str = ""


def constraint_of(located: Located) -> Constraint | None:
    """The constraint as it was read, `None` when it is not understood."""
    try:
        return Constraint(located.constraint, located.syntax)
    except ValueError:
        return None


def fitting_target(wanted: Target, pythons: Sequence[Constraint]) -> Target:
    """The target whose Python the project can have: the one before `wanted` if it is held to a Python of that line."""
    floor, lower = LINES[wanted].python.floor, LINES["1"].python.floor
    held = any(not python.admits(floor) and python.admits(lower, floor) for python in pythons)
    return "1" if held else wanted


class Manifest:
    """All the constraints of one manifest, and what they have to do with each other."""

    def __init__(self, found: Sequence[Located], needs: Needs, settings: Settings) -> None:
        self.needs = needs
        self.settings = settings
        self.wanted = settings.target
        self.read = [(located, constraint_of(located)) for located in found]
        pythons = [c for located, c in self.read if c is not None and located.name == PYTHON and located.installs]
        self.line = LINES[needs.target or fitting_target(self.wanted, pythons)]
        self.is_v1 = self._is_v1()
        if not self.is_v1:
            self.line = self._line_that_it_is_on() or self.line

    def verdicts(self) -> Iterator[Verdict]:
        """What there is to say, constraint by constraint."""
        if not self.is_v1 and self._line_that_it_is_on() is None:
            return
        for located, constraint in self.read:
            if located.name == PYTHON:
                yield from self._python(located, constraint)
            else:
                yield from self._package(located, constraint)
        yield from self._other_line()

    # -- evidence

    def _of(self, name: str) -> Iterator[Constraint]:
        return (c for located, c in self.read if located.name == name and c is not None)

    def _is_v1(self) -> bool:
        """Whether the manifest asks for Arraylake V1, or holds a project with V1 code to zarr 2."""
        arraylake = self.line.packages["arraylake"]
        old = [c for c in self._of("arraylake") if c.admits(high=arraylake.oldest)]
        zarr = self.line.packages["zarr"]
        if self.needs.v1_code:
            named = any(located.name == "arraylake" for located, _ in self.read)
            return named or any(not c.admits(zarr.oldest) for c in self._of("zarr"))
        return bool(old) and not (self._is_on_icechunk and any(c.admits(arraylake.oldest) for c in old))

    @cached_property
    def _is_on_icechunk(self) -> bool:
        """Whether it says that the project uses Icechunk already, be it with an older arraylake."""
        if any(located.name == "icechunk" or "icechunk" in located.extras for located, _ in self.read):
            return True
        return any(not c.is_bare and not c.admits(high="3") for c in self._of("zarr"))

    def _line_that_it_is_on(self) -> Line | None:
        """The line that its arraylake is bound to, if that is one of ours: what contradicts it is left from a migration."""
        for target in ("2", "1"):
            line = LINES[target]
            if any(c.is_within(line.packages["arraylake"]) for c in self._of("arraylake")):
                return line
        return None

    # -- packages

    def _package(self, located: Located, constraint: Constraint | None) -> Iterator[Verdict]:
        line = self._line_of(located.marker)
        if line is None:
            if self.is_v1 and located.name in PRIMARY:
                message = f"no Python that {self.line.icechunk} runs on fits the marker of {located.name}"
                instead = "take the requirement out, or change its marker"
                yield Verdict(located, codes.UNREADABLE, message, Applicability.MANUAL, instead=instead)
            return
        bound = line.bound(located.name, self.settings)
        if constraint is None:
            if self.is_v1 and located.name in PRIMARY:
                yield self._by_hand(
                    located, codes.UNREADABLE, bound, located.problem or "its version is not understood"
                )
            return
        if not self._is_stale(constraint, bound):
            return
        if located.problem or located.render is None:
            code = codes.HASHED if located.problem == HASHED else codes.UNREADABLE
            yield self._by_hand(located, code, bound, located.problem)
            return
        yield self._moved(located, constraint, bound, line)
        yield from self._gone_extras(located)
        yield from self._new(located, line)

    def _is_stale(self, constraint: Constraint, bound: Bound) -> bool:
        """Out of date or, where the manifest is migrated already, in contradiction to that."""
        return constraint.is_stale(bound) if self.is_v1 else not constraint.admits(bound.floor, bound.ceiling)

    def _line_of(self, marker: str) -> Line | None:
        """The line for a requirement with this marker: the one whose Python it is about."""
        if "python" not in marker:
            return self.line
        pythons = _pythons_of(marker)
        if pythons is None or any(minor >= _minor(self.line.python.floor) for minor in pythons):
            return self.line
        return LINES["1"] if any(minor >= _minor(LINES["1"].python.floor) for minor in pythons) else None

    def _moved(self, located: Located, constraint: Constraint, bound: Bound, line: Line) -> Verdict:
        assert located.render is not None
        moved = constraint.moved(bound)
        is_primary = located.name in PRIMARY
        message = f"{_shown(located)} becomes `{moved}`, which goes with {line.icechunk}"
        applicability = Applicability.SAFE
        if constraint.is_pin and not constraint.is_bare:
            message += "; it was a pin"
            applicability = Applicability.REVIEW
        if not is_primary:
            applicability = Applicability.REVIEW
        code = codes.REQUIREMENT if is_primary else codes.COMPANION
        return Verdict(located, code, message, applicability, (located.render(moved),))

    def _by_hand(self, located: Located, code: str, bound: Bound, why: str) -> Verdict:
        message = f"{_shown(located)} does not go with {self.line.icechunk}; left alone, because {why}"
        instead = f"{located.name}{bound.constraint}"
        return Verdict(located, code, message, Applicability.MANUAL, instead=instead)

    def _gone_extras(self, located: Located) -> Iterator[Verdict]:
        for extra in located.extras:
            if located.name == "arraylake" and (meant := GONE_EXTRAS.get(extra)):
                message = f"arraylake has no extra `{extra}` any more; it stood for {meant}"
                instead = f"name what the code uses of {meant}"
                yield Verdict(located, codes.EXTRA, message, Applicability.MANUAL, instead=instead)

    def _new(self, located: Located, line: Line) -> Iterator[Verdict]:
        """The packages that the code needs and the manifest does not name, beside its arraylake."""
        if not self.is_v1 or located.name != "arraylake" or not located.installs:
            return
        twins = [
            o for o, _ in self.read if (o.name, o.group, o.marker) == (located.name, located.group, located.marker)
        ]
        if twins[0] is not located:
            return
        for name in NEW:
            if name in self.needs.imports and not any(other.name == name for other, _ in self.read):
                constraint = line.bound(name, self.settings).constraint
                message = f"`{name}{constraint}` is added, which the migrated code imports"
                if located.add is not None:
                    edits = located.add(name, constraint)
                    yield Verdict(located, codes.UNDECLARED, message, Applicability.SAFE, edits)
                else:
                    instead = f"{name}{constraint}"
                    message = f"the migrated code imports {name}, which is not named here"
                    yield Verdict(located, codes.UNDECLARED, message, Applicability.MANUAL, instead=instead)

    # -- Python

    def _python(self, located: Located, constraint: Constraint | None) -> Iterator[Verdict]:
        if constraint is None or constraint.is_bare:
            return
        # Poetry alone wants to know of a release that no dependency supports.
        bound = self.line.python if located.syntax is Syntax.POETRY else replace(self.line.python, ceiling="")
        if not self._is_stale(constraint, bound):
            return
        fault = "admits older ones" if constraint.admits(bound.floor) else "is older"
        message = f"{self.line.icechunk} needs Python {bound.floor} or later; `{located.constraint}` {fault}"
        if self.line.target != "1" and constraint.admits(LINES["1"].python.floor, bound.floor):
            message += " (--target 1 goes with Python 3.11)"
        if located.problem or located.render is None:
            instead = f"Python {bound.floor} or later"
            message += f"; left alone, because {located.problem}"
            yield Verdict(located, codes.PYTHON_BOUND, message, Applicability.MANUAL, instead=instead)
            return
        moved = bound.floor if located.syntax is Syntax.RELEASE else constraint.moved(bound)
        edit = located.render(moved)
        yield Verdict(located, codes.PYTHON_BOUND, f"{message}; raised to `{moved}`", Applicability.REVIEW, (edit,))

    def _other_line(self) -> Iterator[Verdict]:
        """Say so when the requirements are not those that the code is migrated to."""
        if not self.is_v1 or self.line.target == self.wanted:
            return
        floor = LINES[self.wanted].python.floor
        pythons = [
            located for located, c in self.read if located.name == PYTHON and c is not None and not c.admits(floor)
        ]
        held = pythons[0] if pythons else self.read[0][0]
        message = (
            f"the project is held to Python {self.line.python.floor}, so the requirements are those of "
            f"{self.line.icechunk}; the code is migrated to {LINES[self.wanted].icechunk}"
        )
        instead = f"run with --target {self.line.target}, or go to Python {floor} and run again"
        yield Verdict(held, codes.OTHER_LINE, message, Applicability.MANUAL, instead=instead)


def _shown(located: Located) -> str:
    constraint = located.constraint.strip()
    return f"`{located.name}{constraint}`" if constraint[:1] in "<>=!~^" else f"`{located.name} {constraint}`"


def _minor(version: str) -> int:
    return int(version.split(".")[1])


def _pythons_of(marker: str) -> list[int] | None:
    """The minor versions of Python 3 that a marker is true for, `None` when other things decide too."""
    from packaging.markers import InvalidMarker, Marker

    try:
        parsed = Marker(marker)
    except InvalidMarker:
        return None
    environments = [{"python_version": f"3.{n}", "python_full_version": f"3.{n}.0", "extra": ""} for n in range(30)]
    found = [n for n, environment in enumerate(environments) if parsed.evaluate({**environment})]
    return found if found or not any(word in marker for word in ("platform", "os_name", "extra", "impl")) else None
