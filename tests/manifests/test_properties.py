"""What holds for every manifest: nothing moves but constraints, and they move once."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from al_codemod.manifests.migrate import migrate_install_line, migrate_manifest
from al_codemod.manifests.needs import Needs
from al_codemod.manifests.toml_spans import strings
from al_codemod.settings import Settings
from al_codemod.source.errors import SourceError

from .support import PROFILE, V1, assert_valid

NAMES = ["arraylake", "zarr", "xarray", "dask[array]", "numcodecs", "numpy", "icechunk", "requests", "zarr-checksum"]
VERSIONS = st.builds("{}.{}".format, st.integers(0, 3), st.integers(0, 40))
CONSTRAINTS = st.lists(
    st.builds("".join, st.tuples(st.sampled_from(["==", "!=", "<=", ">=", "<", ">", "~="]), VERSIONS)), max_size=3
).map(",".join)
REQUIREMENTS = st.lists(st.tuples(st.sampled_from(NAMES), CONSTRAINTS), min_size=1, max_size=6)
HOLE = "\0"

# For each kind: the frame of a manifest, that of an item, and what is between two items.
FRAMES = {
    "requirements.txt": ("# arraylake==0.12\n-r more.txt\n{}\n", f"{{}}{HOLE}  # {{}}<3", "\n"),
    "pyproject.toml": ("[project]\nname = 'zarr'\ndependencies = [\n{}\n]\n", f'  "{{}}{HOLE}", # {{}}<3', "\n"),
    "setup.cfg": ("[options]\ninstall_requires =\n{}\n", f"    {{}}{HOLE}; python_version >= '3.9'", "\n"),
    "environment.yml": ("name: zarr\ndependencies:\n- pip:\n{}\n", f'  - "{{}}{HOLE}"  # {{}}<3', "\n"),
    "Dockerfile": ("FROM zarr\nRUN pip install {} && zarr<3\n", f"'{{}}{HOLE}'", " \\\r\n    "),
    "setup.py": ("setup(name='zarr', install_requires=[{}])\n", f"'{{}}{HOLE}'", ", "),
    ".github/workflows/ci.yml": ("a: [zarr]\nrun: |\n  pip install {}\n", f'"{{}}{HOLE}"', " "),
}


@pytest.mark.parametrize("path", FRAMES)
@PROFILE
@given(requirements=REQUIREMENTS)
def test_only_constraints_move_and_only_once(path: str, requirements: list[tuple[str, str]]) -> None:
    frame, item, between = FRAMES[path]
    skeleton = frame.format(between.join(item.format(name, name) for name, _ in requirements))
    constraints = iter(constraint for _, constraint in requirements)
    before = re.sub(HOLE, lambda _: next(constraints), skeleton)
    needs = Needs(v1_code=True)
    result = migrate_manifest(path, before, Settings(), needs)
    pattern = r"[^\"'#;\s]*".join(map(re.escape, skeleton.split(HOLE)))
    assert re.fullmatch(pattern, result.text)
    assert_valid(path, result.text)
    again = migrate_manifest(path, result.text, Settings(), needs)
    assert again.text == result.text
    assert not any(finding.fixed for finding in again.findings)


WORDS = st.one_of(
    st.sampled_from(["pip", "install", "zarr", "zarr<3", "arraylake==0.12", "dependencies", "project", "python:3.9"]),
    st.sampled_from(["'", '"', "\\", "\n", "\r\n", " ", "  ", " && ", "#", "-r", "- ", "RUN ", "FROM ", "<<EOF", "é"]),
    st.sampled_from([*"[]{}(),=:"]),
)
PATHS = [*FRAMES, "Pipfile", "pixi.toml", "uv.lock"]


@pytest.mark.parametrize("path", PATHS)
@PROFILE
@given(text=st.lists(WORDS, max_size=25).map("".join))
def test_no_text_crashes_it_or_moves_twice(path: str, text: str) -> None:
    try:
        once = migrate_manifest(path, text, Settings(), V1).text
    except SourceError:
        return
    if once != text:
        assert_valid(path, once)
    assert migrate_manifest(path, once, Settings(), V1).text == once


@PROFILE
@given(st.lists(WORDS, max_size=15).map("".join))
def test_no_line_moves_twice(line: str) -> None:
    once = migrate_install_line(f"!pip install {line}", Settings(), V1).text
    assert migrate_install_line(once, Settings(), V1).text == once


KEYS = st.sampled_from(["a", "b-c", '"d e"', "'f.g'", "h", "i.j", '"k"'])
TEXTS = st.sampled_from(
    [
        '"x"',
        "'y'",
        '""',
        "''",
        '"\\" \\u00e9"',
        '"""m\n"q" """',
        "'''n\n'''",
        '"""""" ""',
        "'# no'",
        '"[t]"',
        '"""e\\\\"""',
    ]
)
VALUES = st.recursive(
    st.one_of(TEXTS, st.sampled_from(["1", "true", "1979-05-27 07:32:00", "-1.5e3", "inf"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda found: "[" + ", ".join(found) + "]"),
        st.lists(inner, max_size=3).map(lambda found: "[ # [\n  " + ",\n  ".join(found) + "\n]"),
        st.lists(st.tuples(KEYS, inner), max_size=3).map(lambda m: "{" + ", ".join(f"{k} = {v}" for k, v in m) + "}"),
    ),
    max_leaves=6,
)
STATEMENTS = st.one_of(
    st.tuples(KEYS, VALUES).map(lambda found: f"{found[0]} = {found[1]} # '"),
    KEYS.map("[{}]".format),
    KEYS.map("[[{}]] # x".format),
    st.just("# \"comment'"),
    st.just(""),
)


@PROFILE
@given(st.lists(STATEMENTS, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_the_strings_of_a_toml_document_are_found_with_their_keys(statements: list[str], newline: str) -> None:
    text = "\n".join(statements).replace("\n", newline)
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    found = strings("x.toml", text)
    assert {string.path: string.value for string in found} == dict(_flat(document, ()))
    for string in found:
        assert tomllib.loads(f"x = {text[string.start : string.end]}")["x"] == string.value


def _flat(value: Any, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _flat(item, (*path, key))
