"""Version constraints in the spellings of several tools: what they admit, and how they move to a new line.

Whatever the spelling, a constraint is read as alternatives, each a `SpecifierSet`. It is written as a list of comparisons,
which all of the tools understand.
"""

import re
from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from al_codemod.manifests.located import Syntax
from al_codemod.manifests.versions import Bound

_OPERATOR_SPACE = re.compile(r"([<>=!~^])\s+(?=[\dv])")
_CLAUSE = re.compile(r"(?P<operator>===|==|~=|!=|<=|>=|<|>|=|\^|~)?\s*(?P<version>[^\s<>=!~^]+)")
_RELEASE = re.compile(r"v?(\d+(?:\.\d+)*)")


class Constraint:
    """A constraint as it was read. Raises `ValueError` when it is not understood."""

    def __init__(self, text: str, syntax: Syntax) -> None:
        self.text = text
        self.is_bare = text.strip() in ("", "*")
        try:
            self.alternatives = [SpecifierSet()] if self.is_bare else list(_alternatives(text.strip(), syntax))
        except (InvalidSpecifier, InvalidVersion) as error:
            raise ValueError(str(error)) from None

    @property
    def is_pin(self) -> bool:
        """Whether it admits one release only, or its patch releases."""
        return any(s.operator in ("==", "===") for a in self.alternatives for s in a)

    def admits(self, low: str = "0", high: str = "") -> bool:
        """Whether it admits any version from `low` on and below `high`.

        An intersection of ranges that is not empty holds `low`, one of its own bounds, or what follows one of them.
        """
        above, below = Version(low), Version(high) if high else None
        for alternative in self.alternatives:
            for version in {above, *_probes(alternative)}:
                if version >= above and (below is None or version < below):
                    if alternative.contains(version, prereleases=True):
                        return True
        return False

    def is_stale(self, bound: Bound) -> bool:
        """Whether it has to move to be within the bound."""
        if self.is_bare:
            return bound.bare or bool(bound.ceiling)
        return (
            bool(bound.oldest and self.admits(high=bound.oldest))
            or not self.admits(bound.floor, bound.ceiling)
            or bool(bound.ceiling and self.admits(bound.ceiling))
        )

    def is_within(self, bound: Bound) -> bool:
        """Whether it admits nothing but what is within the bound."""
        outside = self.admits(high=bound.floor) or (bound.ceiling and self.admits(bound.ceiling))
        return self.admits(bound.floor, bound.ceiling) and not outside

    def moved(self, bound: Bound) -> str:
        """The constraint within the bound, with all of the old one that still makes sense, spaced like it."""
        clauses = self._clauses(bound)
        moved = ",".join(clauses)
        if not Constraint(moved, Syntax.PEP440).admits(bound.floor, bound.ceiling):
            clauses = bound.constraint.split(",")
        if re.search(r"[<>=~!]\s", self.text):
            clauses = [re.sub(r"(?<=[<>=])(?=\d)", " ", clause) for clause in clauses]
        return (", " if re.search(r",\s", self.text) else ",").join(clauses)

    def _clauses(self, bound: Bound) -> list[str]:
        floor, ceiling = Version(bound.floor), Version(bound.ceiling) if bound.ceiling else None
        lower, upper = f">={bound.floor}", f"<{bound.ceiling}" if bound.ceiling else ""
        excluded: list[str] = []
        old = sorted(self.alternatives[0], key=str) if len(self.alternatives) == 1 else []
        for clause in old:
            version = _version(clause)
            if version is None or version <= floor:
                continue
            if clause.operator in ("<", "<=") and (ceiling is None or version < ceiling):
                upper = str(clause)
            elif clause.operator in (">", ">=") and (ceiling is None or version < ceiling):
                lower = str(clause)
            elif clause.operator == "!=" and (ceiling is None or version < ceiling):
                excluded.append(str(clause))
        return [clause for clause in (lower, upper, *excluded) if clause]


def _version(specifier: Specifier) -> Version | None:
    try:
        return Version(specifier.version.removesuffix(".*"))
    except InvalidVersion:
        return None


def _probes(alternative: SpecifierSet) -> Iterator[Version]:
    """The bounds in it, and for each the next version after it and after all that begin with it."""
    yield Version("0")
    for specifier in alternative:
        version = _version(specifier)
        if version is not None:
            release = version.release
            yield version
            yield Version(".".join(map(str, (*release, 0, 1))))
            yield Version(".".join(map(str, (*release[:-1], release[-1] + 1))))


def _alternatives(text: str, syntax: Syntax) -> Iterator[SpecifierSet]:
    if syntax is Syntax.PEP440:
        yield SpecifierSet(text)
    elif syntax is Syntax.RELEASE:
        yield _comparisons("=", text)
    else:
        clauses = _conda_clauses if syntax is Syntax.CONDA else _poetry_clauses
        for alternative in re.split(r"\|\|?", text):
            yield clauses(_OPERATOR_SPACE.sub(r"\1", alternative.strip()))


def _poetry_clauses(text: str) -> SpecifierSet:
    result = SpecifierSet()
    for part in re.split(r"\s*,\s*|\s+", text):
        result &= _clause(part)
    return result


def _conda_clauses(text: str) -> SpecifierSet:
    """`1.2`, `=1.2`, `>=1,<2`, each perhaps with a build string after it."""
    if "," not in text:
        text = re.sub(r"(?<=[\w.*])(=|\s+)[\w*.]+$", "", text)  # the build
    result = SpecifierSet()
    for part in re.split(r"\s*,\s*", text):
        result &= _clause(part)
    return result


def _clause(text: str) -> SpecifierSet:
    found = _CLAUSE.fullmatch(text)
    if text == "*":
        return SpecifierSet()
    if found is None:
        raise ValueError(f"`{text}` is not understood")
    return _comparisons(found["operator"] or "", found["version"])


def _comparisons(operator: str, version: str) -> SpecifierSet:
    """One clause of any tool as comparisons of PEP 440."""
    if operator in ("^", "~"):
        release = _RELEASE.fullmatch(version)
        if release is None:
            raise ValueError(f"`{operator}{version}` is not understood")
        parts = [int(part) for part in release[1].split(".")]
        last = _caret_index(parts) if operator == "^" else min(1, len(parts) - 1)
        ceiling = ".".join(map(str, [*parts[:last], parts[last] + 1]))
        return SpecifierSet(f">={release[1]},<{ceiling}")
    if version.endswith("*"):
        version = version.rstrip("*").rstrip(".") + ".*"
        return SpecifierSet(f"!={version}" if operator == "!=" else f"=={version}")
    if operator == "=":
        return SpecifierSet(f"=={version}.*" if _RELEASE.fullmatch(version) else f"=={version}")
    return SpecifierSet(f"{operator or '=='}{version}")


def _caret_index(parts: list[int]) -> int:
    """The part that `^` lets no version differ in: the first that is not zero."""
    return next((index for index, part in enumerate(parts) if part), len(parts) - 1)
