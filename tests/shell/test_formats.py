"""Every form of the report, held against its published schema or the structure that its reader documents."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema

from .conftest import OLD, Cli

SCHEMAS = Path(__file__).parent / "schemas"
SARIF = json.loads((SCHEMAS / "sarif-2.1.0-rtm.4.json").read_text(encoding="utf-8"))
JUNIT = xmlschema.XMLSchema(SCHEMAS / "junit-10.xsd")

FILES = {
    "a.py": OLD + "  # RISKY\n",
    "sub dir/b%.py": "import arraylake\nBYHAND(); HUSHED\n",
    "broken.py": "import arraylake as (\n",
    "plain.py": "x = 1\n",
}
SITUATIONS = [
    pytest.param(FILES, ["--check"], id="a check"),
    pytest.param(FILES, [], id="a run that writes"),
    pytest.param({"plain.py": "x = 1\n"}, [], id="nothing to do"),
    pytest.param({}, [], id="no files"),
]


def write(directory: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)


@pytest.mark.parametrize(("files", "options"), SITUATIONS)
def test_sarif_is_valid(project: Path, cli: Cli, files: dict[str, str], options: list[str]) -> None:
    write(project, files)
    log = json.loads(cli(".", *options, "--output-format", "sarif").stdout)
    jsonschema.validate(log, SARIF, cls=jsonschema.Draft4Validator)


def test_sarif_of_real_rules(directory: Path, cli: Cli) -> None:
    write(directory, {"a.py": 'from arraylake import Client\n\nrepo = Client().get_repo("a/b")\nrepo.commit("c")\n'})
    log = json.loads(cli("a.py", "--check", "--output-format", "sarif").stdout)
    jsonschema.validate(log, SARIF, cls=jsonschema.Draft4Validator)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["AL201", "AL202"]
    assert rules[1]["name"] == "CommitOnRepo"
    assert "becomes" in rules[1]["help"]["markdown"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_sarif_says_where_and_how_bad(project: Path, cli: Cli) -> None:
    write(project, FILES)
    (run,) = json.loads(cli(".", "--check", "--output-format", "sarif").stdout)["runs"]
    results = {
        (r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], r["level"]): r for r in run["results"]
    }
    assert set(results) == {("a.py", "note"), ("a.py", "warning"), ("sub%20dir/b%25.py", "error")}
    region = results["sub%20dir/b%25.py", "error"]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 2, "startColumn": 11, "endLine": 2, "endColumn": 17}
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "does not parse: invalid syntax"
    suppressed = [result for result in run["results"] if result.get("suppressions")]
    assert [result["suppressions"] for result in suppressed] == [[{"kind": "inSource"}]]


def test_fingerprints_stay_when_lines_move_and_tell_equal_lines_apart(project: Path, cli: Cli) -> None:
    def fingerprints(text: str) -> list[str]:
        write(project, {"a.py": text})
        return [issue["fingerprint"] for issue in json.loads(cli(".", "--check", "--output-format", "gitlab").stdout)]

    before = fingerprints("import arraylake\nBYHAND\nBYHAND\nBYHAND(1)\n")
    after = fingerprints("import arraylake\n\n\nif 1:\n    BYHAND\n    BYHAND\nBYHAND(1)\n")
    assert before == after
    assert len(set(before)) == 3


@pytest.mark.parametrize(("files", "options"), SITUATIONS)
def test_gitlab_has_what_gitlab_documents(project: Path, cli: Cli, files: dict[str, str], options: list[str]) -> None:
    write(project, files)
    issues = json.loads(cli(".", *options, "--output-format", "gitlab").stdout)
    schema = {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "pattern": "^(?!\\./|/)"},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": {"begin": {"type": "integer", "minimum": 1}},
                        },
                    },
                },
            },
        },
    }
    jsonschema.validate(issues, schema)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


@pytest.mark.parametrize(("files", "options"), SITUATIONS)
def test_junit_is_valid_and_its_numbers_are_right(
    project: Path, cli: Cli, files: dict[str, str], options: list[str]
) -> None:
    write(project, files)
    text = cli(".", *options, "--output-format", "junit").stdout
    JUNIT.validate(text)
    (suite,) = ElementTree.fromstring(text)
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.attrib[name]) == len(list(suite.iter(tag))), name


def test_junit_fails_for_what_is_left(project: Path, cli: Cli) -> None:
    write(project, FILES)
    checked = ElementTree.fromstring(cli(".", "--check", "--output-format", "junit").stdout)
    assert (len(list(checked.iter("failure"))), len(list(checked.iter("error")))) == (3, 1)
    (error,) = checked.iter("error")
    assert error.text == "broken.py:1: AL000 does not parse: invalid syntax"
    written = ElementTree.fromstring(cli(".", "--output-format", "junit").stdout)
    assert [case.attrib["classname"] for case in written.iter("testcase") if case.find("failure") is not None] == [
        "sub dir/b%.py"
    ]


def test_junit_can_hold_any_message(project: Path, cli: Cli) -> None:
    write(project, {"a\x01&<.py": "import arraylake\nBYHAND\n"})
    JUNIT.validate(cli(".", "--check", "--output-format", "junit").stdout)


def test_github_annotations(project: Path, cli: Cli) -> None:
    write(project, FILES)
    result = cli(".", "--check", "--output-format", "github")
    rule, by_hand = "title=al-codemod ALX001", "BYHAND is no more; instead: write this%0Aand that"
    assert result.stdout.splitlines() == [
        "::error title=al-codemod AL000,file=broken.py,line=1,col=21::does not parse: invalid syntax",
        f"::error {rule},file=sub dir/b%25.py,line=2,col=1,endLine=2,endColumn=7::{by_hand}",
        f"::warning {rule},file=a.py,line=3,col=5,endLine=3,endColumn=10::RISKY is no more (al-codemod does it)",
        f"::notice {rule},file=a.py,line=2,col=1,endLine=2,endColumn=4::OLD is no more (al-codemod does it)",
    ]
    assert "4 files scanned" in result.stderr


def test_concise_is_one_line_a_finding(project: Path, cli: Cli) -> None:
    write(project, FILES)
    lines = cli(".", "--check", "--output-format", "concise").stdout.splitlines()
    assert lines[:2] == [
        "a.py:3:5 ALX001 [review] RISKY is no more",
        "sub dir/b%.py:2:1 ALX001 [manual] BYHAND is no more",
    ]
    assert lines[2:-1] == ["would migrate a.py"]


@pytest.mark.parametrize("name", ["full", "concise", "json", "sarif", "github", "gitlab", "junit"])
def test_a_report_in_a_file_is_the_one_that_would_be_printed(project: Path, cli: Cli, name: str) -> None:
    write(project, FILES)
    printed = cli(".", "--check", "--output-format", name)
    filed = cli(".", "--check", "--output-format", name, "-o", "report", "--color", "always")
    assert (project / "report").read_text() == printed.stdout
    assert filed.stdout == ""
    assert "4 files scanned" in filed.stderr
    assert filed.exit_code == printed.exit_code


def test_a_report_beside_the_diff(project: Path, cli: Cli) -> None:
    write(project, FILES)
    result = cli(".", "--diff", "--output-format", "sarif", "-o", "report.sarif")
    assert result.stdout.startswith("--- a/a.py\n")
    jsonschema.validate(json.loads((project / "report.sarif").read_text()), SARIF, cls=jsonschema.Draft4Validator)


@pytest.mark.parametrize("option", ["--output-file", "--report"])
@pytest.mark.parametrize(
    ("path", "reason"), [("gone/report", "no such directory to write it to"), (".", "is a directory")]
)
def test_a_report_without_a_place_stops_the_run_before_it_writes(
    project: Path, cli: Cli, option: str, path: str, reason: str
) -> None:
    write(project, FILES)
    result = cli(".", option, path)
    assert (result.exit_code, f"{path}: {reason}" in result.stderr) == (2, True)
    assert (project / "a.py").read_text() == FILES["a.py"]


def test_statistics(project: Path, cli: Cli) -> None:
    write(project, FILES)
    lines = cli(".", "--check", "--statistics").stdout.splitlines()
    at = next(n for n, line in enumerate(lines) if "  code" in line)
    assert lines[at].split() == ["found", "to", "edit", "left", "code"]
    assert lines[at + 1].split() == ["3", "2", "1", "ALX001"]
    (count,) = json.loads(cli(".", "--check", "--statistics", "--output-format", "json").stdout)["statistics"]
    assert count == {"code": "ALX001", "name": "", "found": 3, "edited": 2, "left": 1, "manual": 1}


def test_the_story_names_the_files_with_work_left(project: Path, cli: Cli) -> None:
    write(project, {f"f{number}.py": "import arraylake\nBYHAND\n\nBYHAND\n" for number in range(10)})
    story = cli(".").stdout
    assert "     Left  20 places to do by hand, in 10 files\n           f0.py, line 2, 4\n" in story
    assert re.search(r"f7.py, line 2, 4\n           and 2 files more\n", story)
    assert "f8.py, line" not in story
