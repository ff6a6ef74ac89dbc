"""A code quality report of GitLab: findings beside the lines of a merge request."""

import json
from typing import Any

from al_codemod.outcome import RunOutcome
from al_codemod.report.results import FAILED, Level, Result, results

_SEVERITIES: dict[Level, str] = {"error": "major", "warning": "minor", "note": "info"}


def render_gitlab(outcome: RunOutcome) -> str:
    """The array of issues that GitLab reads."""
    return json.dumps([_issue(result) for result in results(outcome)], indent=2) + "\n"


def _issue(result: Result) -> dict[str, Any]:
    return {
        "description": f"{result.code}: {result.message}",
        "check_name": result.code,
        "fingerprint": result.fingerprint,
        "severity": "blocker" if result.code == FAILED else _SEVERITIES[result.level],
        "location": {"path": result.path, "lines": {"begin": result.line}},
    }
