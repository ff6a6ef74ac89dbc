"""Every rule shows what it does by an example, which is true, and explains itself."""

import re

import pytest

from al_codemod.rules import load
from al_codemod.rules.base import RULES, Rule
from al_codemod.surface.rows import rows
from al_codemod.surface.zarr.rows import zarr_rows
from rules.support import migrated_example

load()
each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: f"{rule.code} {rule.name}")


@each_rule
def test_example(rule: Rule) -> None:
    before, after = rule.before.lstrip("\n"), rule.after.lstrip("\n")
    text, codes = migrated_example(before)
    assert text == after
    assert rule.code in codes, "the example is about another rule"


@each_rule
def test_explanation(rule: Rule) -> None:
    summary, *rest = rule.explanation.strip().splitlines()
    assert summary.endswith("."), "the first line is a sentence of its own"
    assert not rest or not rest[0].strip()


@each_rule
def test_code_and_name(rule: Rule) -> None:
    assert re.fullmatch(r"AL[0-8]\d{2}", rule.code)
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", rule.name)
    assert set(rule.rows) <= {*rows(), *zarr_rows()}


def test_names_are_unique() -> None:
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
