"""The reports that programs read, by the name that `--output-format` knows them by."""

from al_codemod.outcome import RunOutcome


def render(name: str, outcome: RunOutcome, *, diff: bool = False, statistics: bool = False) -> str:
    """The report. `diff` and `statistics` are for JSON, which has room for them."""
    match name:
        case "json":
            from al_codemod.report.json_report import render_json

            return render_json(outcome, diff=diff, with_statistics=statistics)
        case "sarif":
            from al_codemod.report.sarif import render_sarif

            return render_sarif(outcome)
        case "github":
            from al_codemod.report.github import render_github

            return render_github(outcome)
        case "gitlab":
            from al_codemod.report.gitlab import render_gitlab

            return render_gitlab(outcome)
        case "junit":
            from al_codemod.report.junit import render_junit

            return render_junit(outcome)
        case _:
            raise ValueError(name)
