"""A run in SARIF 2.1.0, the form that code scanning takes."""

import json
from typing import Any
from urllib.parse import quote

from al_codemod import __version__
from al_codemod.finding import Unwanted
from al_codemod.outcome import RunOutcome
from al_codemod.report.results import FAILED, Result, results
from al_codemod.report.rules import Described, all_rules, example, paragraphs, summary

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render_sarif(outcome: RunOutcome) -> str:
    """The log: one run, the rules that something was found for, and what was found, suppressed findings included."""
    found = list(results(outcome, with_suppressed=True))
    codes = {result.code for result in found}
    rules = [rule for rule in all_rules() if rule.code in codes]
    index = {rule.code: number for number, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "al-codemod",
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": outcome.summary.failed == 0,
                "exitCode": int(outcome.exit_code),
                "toolExecutionNotifications": [_notification(result) for result in found if result.code == FAILED],
            }
        ],
        "results": [_result(result, index) for result in found if result.code != FAILED],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Described) -> dict[str, Any]:
    before, after = example(rule)
    parts = [paragraphs(rule), *([f"```python\n{before}\n```"] if before else [])]
    if after != before:
        parts += ["becomes", f"```python\n{after}\n```"]
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": summary(rule)},
        "fullDescription": {"text": paragraphs(rule)},
        "help": {"text": paragraphs(rule), "markdown": "\n\n".join(parts) + "\n"},
        "properties": {"tags": ["migration", "arraylake", "icechunk", "zarr"]},
    }


def _result(result: Result, index: dict[str, int]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "ruleId": result.code,
        "level": result.level,
        "message": {"text": result.message},
        "locations": [_location(result)],
        "partialFingerprints": {"alCodemod/v1": result.fingerprint},
    }
    if result.code in index:
        entry["ruleIndex"] = index[result.code]
    finding = result.finding
    if finding is not None:
        entry["properties"] = {"applicability": finding.applicability.value, "fixed": finding.fixed}
        if finding.suppressed:
            in_source = finding.unwanted is not Unwanted.SETTINGS
            entry["suppressions"] = [{"kind": "inSource" if in_source else "external"}]
    return entry


def _location(result: Result) -> dict[str, Any]:
    region = {"startLine": result.line, "startColumn": result.column}
    if result.finding is not None:
        span = result.finding.span
        region |= {"endLine": span.end_line, "endColumn": span.end_column}
    uri = quote(result.path.encode("utf-8", errors="surrogateescape"))
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}


def _notification(result: Result) -> dict[str, Any]:
    return {"level": "error", "message": {"text": result.message}, "locations": [_location(result)]}
