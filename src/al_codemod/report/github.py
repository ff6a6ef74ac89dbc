"""Workflow commands of GitHub Actions: each becomes an annotation in the files of a pull request."""

from al_codemod.outcome import RunOutcome
from al_codemod.report.results import Level, Result, results

_COMMANDS: dict[Level, str] = {"error": "error", "warning": "warning", "note": "notice"}


def render_github(outcome: RunOutcome) -> str:
    """One command a line. GitHub shows the first ten of each kind, so the ones for people come first."""
    order = list(_COMMANDS)
    found = sorted(results(outcome), key=lambda result: order.index(result.level))
    return "".join(_command(result) + "\n" for result in found)


def _command(result: Result) -> str:
    properties = {"title": f"al-codemod {result.code}", "file": result.path, "line": result.line, "col": result.column}
    if result.finding is not None and result.finding.span.end_line == result.line:
        properties |= {"endLine": result.line, "endColumn": result.finding.span.end_column}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_COMMANDS[result.level]} {listed}::{_data(result.message)}"


def _data(text: str) -> str:
    """Escaped as the runner's own toolkit does it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
