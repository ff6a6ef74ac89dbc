"""How a manifest is migrated in these tests, and what has to hold whatever it is."""

import ast
import configparser
import tomllib
from textwrap import dedent

import hypothesis
from ruamel.yaml import YAML

from al_codemod.finding import Applicability, Migration
from al_codemod.manifests.kinds import Kind, kind_of
from al_codemod.manifests.migrate import migrate_manifest
from al_codemod.manifests.needs import Needs
from al_codemod.settings import Settings
from al_codemod.targets import Target

V1 = Needs(v1_code=True, imports=frozenset({"icechunk"}))
ALONE = Needs()
PROFILE = hypothesis.settings(derandomize=True, database=None, max_examples=200, deadline=None)


def migrate(path: str, text: str, target: Target = "2", needs: Needs = V1, *, safe_only: bool = False) -> Migration:
    return migrate_manifest(path, text, Settings(target=target, safe_only=safe_only), needs)


def check(path: str, before: str, after: str, target: Target = "2", needs: Needs = V1) -> Migration:
    """That a manifest migrates as said, with any line ends, with or without the last one, and only once."""
    before, after = dedent(before), dedent(after)
    result = migrate(path, before, target, needs)
    assert result.text == after
    assert_valid(path, result.text)
    assert (result.text != before) == any(finding.fixed for finding in result.findings)
    assert all(finding.applicability is not Applicability.MANUAL for finding in result.findings if finding.fixed)
    assert all(finding.fixed or finding.suppressed or finding.instead for finding in result.findings)
    for finding in result.findings:
        lines = before.splitlines()
        start, end = finding.span.column - 1, finding.span.end_column - 1
        assert finding.span.line == finding.span.end_line
        assert lines[finding.span.line - 1][start:end].strip(), "a finding points at something"
    again = migrate(path, result.text, target, needs)
    assert again.text == result.text
    assert not any(finding.fixed for finding in again.findings)
    windows = migrate(path, before.replace("\n", "\r\n"), target, needs)
    assert windows.text == after.replace("\n", "\r\n")
    assert [finding.span for finding in windows.findings] == [finding.span for finding in result.findings]
    if before.endswith("\n"):
        assert migrate(path, before[:-1], target, needs).text == after[:-1]
    return result


def assert_valid(path: str, text: str) -> None:
    match kind_of(path):
        case Kind.PYPROJECT | Kind.PIPFILE | Kind.PIXI:
            tomllib.loads(text)
        case Kind.CONDA | Kind.WORKFLOW:
            list(YAML(typ="safe", pure=True).compose_all(text))
        case Kind.PYTHON:
            ast.parse(text)
        case Kind.SETUP_CFG:
            configparser.RawConfigParser().read_string(text)


def codes(migration: Migration) -> list[str]:
    return [finding.code for finding in migration.findings]
