"""The rules for people: the list, the page of one, and which codes there are."""

import inspect
import textwrap
from collections.abc import Iterable
from typing import TypeAlias

import click

from al_codemod.codes import Code
from al_codemod.documents.codes import CODES as DOCUMENT_CODES
from al_codemod.finding import UNUSED
from al_codemod.manifests.codes import CODES as MANIFEST_CODES
from al_codemod.rules import load
from al_codemod.rules.base import RULES, Rule
from al_codemod.settings import SettingsError, suggest

FAMILIES = {
    "AL0": "About the tool itself",
    "AL1": "Clients",
    "AL2": "Sessions",
    "AL3": "Branches, tags, log, status",
    "AL4": "Reading and writing",
    "AL5": "Imports, types, exceptions, settings",
    "AL6": "The arraylake command",
    "AL7": "Left to a person",
    "AL8": "Not followed",
    "AL9": "Dependencies",
}
"""What codes that begin alike have in common."""

Described: TypeAlias = Rule | Code


class UnknownRuleError(Exception):
    """No rule has this code or name."""


def all_rules() -> list[Described]:
    """Every rule, those about other things than Python code included, in the order of the codes."""
    load()
    return sorted([*RULES.values(), *DOCUMENT_CODES.values(), *MANIFEST_CODES.values()], key=lambda rule: rule.code)


def rule_name(code: str) -> str:
    """The name of a rule, or nothing for a code that none has."""
    return next((rule.name for rule in all_rules() if rule.code == code), "")


def example(rule: Described) -> tuple[str, str]:
    """Code that a rule is about, before and after; the same twice where it is left to a person, empty where there is none."""
    return (rule.before.strip("\n"), rule.after.strip("\n")) if isinstance(rule, Rule) else ("", "")


def paragraphs(rule: Described) -> str:
    """The explanation, without the indentation that its docstring has."""
    return inspect.cleandoc(rule.explanation)


def summary(rule: Described) -> str:
    """The first sentence of the explanation."""
    return " ".join(paragraphs(rule).split("\n\n")[0].split())


def rule_list() -> str:
    """All rules, family by family."""
    lines: list[str] = []
    family = ""
    for rule in all_rules():
        if rule.code[:3] != family:
            family = rule.code[:3]
            lines += ["", click.style(f"{family}xx  {FAMILIES.get(family, '')}".rstrip(), bold=True)]
        lines.append(f"{rule.code}  {rule.name:<32} {summary(rule)}")
    return "\n".join(lines[1:]) + "\n"


def explain(code: str) -> str:
    """The page of a rule, found by its code or its name; raises `UnknownRuleError`."""
    rules = {rule.code: rule for rule in all_rules()} | {rule.name: rule for rule in all_rules()}
    rule = rules.get(code.upper()) or rules.get(code.lower())
    if rule is None:
        raise UnknownRuleError(f"no rule has the code {code}{suggest(code.upper(), sorted(rules))}; see --list-rules")
    return "".join(f"{line}\n" for line in _page(rule))


def check_codes(prefixes: Iterable[str]) -> None:
    """Raise `SettingsError` for what is not the beginning of any code."""
    codes = [rule.code for rule in all_rules()]
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in codes):
            raise SettingsError(f"no rule has the code {prefix}{suggest(prefix, codes)}; see --list-rules")


def _page(rule: Described) -> list[str]:
    title = f"{rule.code}: {rule.name}"
    lines = [click.style(title, bold=True), "=" * len(title), ""]
    for paragraph in paragraphs(rule).split("\n\n"):
        lines += [*textwrap.wrap(" ".join(paragraph.split()), 100), ""]
    before, after = example(rule)
    if before != after:
        lines += ["Before:", "", *_indented(before), "", "After:", "", *_indented(after), ""]
    elif before:
        lines += ["It points at this, and leaves it to you:", "", *_indented(before), ""]
    if rule.code != UNUSED:
        lines += [f"To keep it off a line: # al-codemod: ignore[{rule.code}]"]
    return lines


def _indented(code: str) -> list[str]:
    return [f"    {line}".rstrip() for line in code.splitlines()]
