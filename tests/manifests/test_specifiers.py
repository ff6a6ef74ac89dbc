"""Version constraints in the spellings of several tools."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from al_codemod.manifests.located import Syntax
from al_codemod.manifests.specifiers import Constraint
from al_codemod.manifests.versions import LINES, Bound

from .support import PROFILE


@pytest.mark.parametrize(
    ("text", "syntax", "admitted", "refused"),
    [
        ("==2.18.*", Syntax.PEP440, "2.18.7", "2.19"),
        ("~=2.18.1", Syntax.PEP440, "2.18.7", "2.19"),
        ("*", Syntax.PEP440, "2.18", ""),
        ("", Syntax.PEP440, "2.18", ""),
        ("^1.2.3", Syntax.POETRY, "1.9", "2.0"),
        ("^0.12", Syntax.POETRY, "0.12.9", "0.13"),
        ("^0.0.3", Syntax.POETRY, "0.0.3", "0.0.4"),
        ("^0", Syntax.POETRY, "0.9", "1.0"),
        ("~1.2.3", Syntax.POETRY, "1.2.9", "1.3"),
        ("~1.2", Syntax.POETRY, "1.2.9", "1.3"),
        ("~1", Syntax.POETRY, "1.9", "2.0"),
        ("1.2.3", Syntax.POETRY, "1.2.3", "1.2.4"),
        ("1.2.*", Syntax.POETRY, "1.2.9", "1.3"),
        (">= 1.2, < 1.5", Syntax.POETRY, "1.4", "1.5"),
        (">=1.2 <1.5", Syntax.POETRY, "1.4", "1.5"),
        ("<1 || >=2", Syntax.POETRY, "2.1", "1.5"),
        ("=2.18", Syntax.CONDA, "2.18.7", "2.19"),
        ("==2.18", Syntax.CONDA, "2.18", "2.18.7"),
        ("=2.18.2=pyhd8ed1ab_0", Syntax.CONDA, "2.18.2", "2.18.3"),
        ("2.18*", Syntax.CONDA, "2.18.7", "2.19"),
        (">=2,<3", Syntax.CONDA, "2.18", "3.0"),
        ("2.16|2.18", Syntax.CONDA, "2.18", "2.17"),
        ("3.11", Syntax.RELEASE, "3.11.7", "3.12"),
    ],
)
def test_what_a_constraint_admits(text: str, syntax: Syntax, admitted: str, refused: str) -> None:
    constraint = Constraint(text, syntax)
    assert any(alternative.contains(admitted) for alternative in constraint.alternatives)
    assert not refused or not any(alternative.contains(refused) for alternative in constraint.alternatives)


@pytest.mark.parametrize(
    ("text", "syntax"),
    [("==$V", Syntax.PEP440), ("latest", Syntax.POETRY), ("^x", Syntax.POETRY), ("3.x", Syntax.RELEASE)],
)
def test_what_is_not_understood(text: str, syntax: Syntax) -> None:
    with pytest.raises(ValueError, match=r"."):
        Constraint(text, syntax)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("==1.0", ">=2.3,<4"),
        (">=2.5", ">=2.5,<4"),
        (">=1,<3", ">=2.3,<3"),
        (">=1,<=3.5,!=2.9,!=1.1", ">=2.3,<=3.5,!=2.9"),
        ("!=2.*,!=3.*", ">=2.3,<4,!=3.*"),
        ("<2 || >=5", ">=2.3,<4"),
        ("> 1, < 3", ">= 2.3, < 3"),
    ],
)
def test_what_a_constraint_moves_to(old: str, new: str) -> None:
    assert Constraint(old, Syntax.POETRY).moved(Bound("2.3", "4")) == new


OPERATORS = ["==", "!=", "<=", ">=", "<", ">", "~="]
VERSIONS = st.builds("{}.{}".format, st.integers(0, 5), st.integers(0, 30))
CONSTRAINTS = st.lists(st.builds("".join, st.tuples(st.sampled_from(OPERATORS), VERSIONS)), max_size=4).map(",".join)
ALL_BOUNDS = [bound for line in LINES.values() for bound in (*line.packages.values(), line.python)]
RELEASES = [Version(f"{major}.{minor}") for major in range(7) for minor in range(32)]


@PROFILE
@given(CONSTRAINTS, VERSIONS, VERSIONS)
def test_whether_anything_in_a_range_is_admitted(text: str, low: str, high: str) -> None:
    within = [v for v in RELEASES if Version(low) <= v < Version(high)]
    if any(SpecifierSet(text).contains(v) for v in within):
        assert Constraint(text, Syntax.PEP440).admits(low, high)


@PROFILE
@given(CONSTRAINTS, st.sampled_from(ALL_BOUNDS))
def test_a_constraint_that_has_moved_is_in_place(text: str, bound: Bound) -> None:
    moved = Constraint(Constraint(text, Syntax.PEP440).moved(bound), Syntax.PEP440)
    assert moved.is_within(bound)
    assert not moved.is_stale(bound)
