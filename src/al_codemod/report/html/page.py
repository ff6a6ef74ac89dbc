"""The page: totals, a chart by folder, filters, every file with its findings in its diff, and the rules."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from string import Template
from typing import TypeAlias

from al_codemod import __version__
from al_codemod.finding import Finding
from al_codemod.outcome import FileOutcome, RunOutcome
from al_codemod.report.html.cells import Part, parts
from al_codemod.report.html.folders import Folder, folder_of, folders, state
from al_codemod.report.html.markup import element, prose, text
from al_codemod.report.html.sides import Row, Side, rows, shown
from al_codemod.report.place import in_cell
from al_codemod.report.rules import Described, all_rules, example, paragraphs, rule_name, summary
from al_codemod.report.text import closing_line, count

Labels: TypeAlias = Mapping[str, str]
"""What the states of findings are called, by their names in the markup."""

DONE: Labels = {
    "done": "done",
    "review": "to review",
    "manual": "by hand",
    "failed": "failed",
    "suppressed": "left alone",
}
TO_DO: Labels = {**DONE, "done": "automatic"}


def render_html(outcome: RunOutcome) -> str:
    """The page as one document: style, script and all that is shown are in it."""
    codes = sorted({finding.code for file in outcome.files for finding in file.findings})
    labels = DONE if outcome.writes else TO_DO
    numbers, found = _numbers(outcome), folders(outcome)
    by_code = {rule.code: rule for rule in all_rules()}
    return Template(_resource("page.html")).substitute(
        style=_resource("style.css"),
        script=_resource("script.js"),
        lead=text(_lead(outcome)),
        totals=_totals(outcome, numbers, labels),
        done=text(labels["done"].capitalize()),
        chart=_chart(found, labels),
        states="".join(_checkbox(name, label, numbers[name]) for name, label in labels.items()),
        codes="".join(element("option", text(f"{code} {rule_name(code)}"), value=code) for code in codes),
        folders="".join(element("option", text(folder.name), value=folder.name) for folder in found),
        files="".join(_file(number, file, labels) for number, file in enumerate(outcome.files)),
        rules="".join(_rule(by_code[code]) for code in codes if code in by_code),
        closing=text(closing_line(outcome)),
        version=text(__version__),
    )


@cache
def _resource(name: str) -> str:
    return files("al_codemod.report.html").joinpath(name).read_text(encoding="utf-8")


def _lead(outcome: RunOutcome) -> str:
    if not outcome.summary.files_with_v1:
        return "No use of Arraylake V1 was found."
    changed = count(outcome.summary.files_changed, "file")
    return f"{changed} {'migrated' if outcome.writes else 'to be migrated; nothing has been written yet'}."


def _numbers(outcome: RunOutcome) -> dict[str, int]:
    found = dict.fromkeys(DONE, 0) | {"failed": outcome.summary.failed}
    for file in outcome.files:
        for finding in file.findings:
            found[state(finding)] += 1
    return found


def _totals(outcome: RunOutcome, numbers: Mapping[str, int], labels: Labels) -> str:
    looked_at = [("files", f"{outcome.summary.files_with_v1:,}", f"of {outcome.summary.files_scanned:,} files use V1")]
    cards = looked_at + [
        (name, f"{numbers[name]:,}", label)
        for name, label in labels.items()
        if numbers[name] or name in ("done", "review", "manual")
    ]
    return "".join(
        element("li", element("strong", number) + " " + element("span", text(label)), class_=f"card {name}")
        for name, number, label in cards
    )


def _chart(found: Sequence[Folder], labels: Labels) -> str:
    most = max((folder.total for folder in found), default=1)
    return "".join(_bar(folder, most, labels) for folder in found)


def _bar(folder: Folder, most: int, labels: Labels) -> str:
    """A row of the chart, which is a table too: the numbers are there for those who do not see the bars."""
    numbers = {"done": folder.done, "review": folder.review, "manual": folder.manual, "failed": folder.failed}
    segments = "".join(
        f'<i class="{name}" style="width:{100 * number / most:.2f}%" title="{number} {text(labels[name])}"></i>'
        for name, number in numbers.items()
        if number
    )
    button = element("button", text(folder.name), type="button", class_="folder", data_folder=folder.name)
    cells = "".join(element("td", f"{numbers[name]:,}", class_="number") for name in numbers)
    bar = element("td", element("span", segments, class_="bar"), class_="track")
    return element("tr", element("th", button, scope="row") + bar + cells)


def _checkbox(name: str, label: str, number: int) -> str:
    if not number:
        return ""
    box = f'<input type="checkbox" name="state" value="{name}" checked>'
    return element("label", f"{box} {text(label)} <small>{number:,}</small>", class_=f"state {name}")


def _file(number: int, file: FileOutcome, labels: Labels) -> str:
    badges = _badges(file, labels)
    body = _diff(number, file, labels)
    if file.error is not None:
        line, column, reason = file.problem
        note = element("p", text(f"Line {line}, column {column}: {reason}"), class_="note failed", data_state="failed")
        body = note + body
    if file.note is not None:
        body = (
            element("div", text(f"Left alone: {file.note}"), class_="note suppressed", data_state="suppressed") + body
        )
    title = element("span", text(file.path), class_="path")
    # What only was done may stay folded up; what somebody has to read is open.
    is_open = file.error is not None or any(state(f) in ("review", "manual") for f in file.findings)
    return element(
        "details",
        element("summary", f"<h3>{title}</h3> {badges}") + body,
        class_="file",
        id=f"file-{number}",
        data_folder=folder_of(file.path),
        open=is_open,
    )


def _badges(file: FileOutcome, labels: Labels) -> str:
    states = [state(finding) for finding in file.findings] + (["failed"] if file.error is not None else [])
    return "".join(
        element("span", f"{states.count(name)} {text(label)}", class_=f"badge {name}")
        for name, label in labels.items()
        if name in states
    )


def _diff(number: int, file: FileOutcome, labels: Labels) -> str:
    """The parts of a file with its findings where they belong; those of a notebook, whose lines are others, come first."""
    shown_parts = parts(file)
    notes = _notes_by_line(file.findings, labels)
    loose = (
        [note for line in sorted(notes) for note in notes[line]] if any(p.first is None for p in shown_parts) else []
    )
    tables = [_table(file.path, part, {} if loose else notes) for part in shown_parts]
    listed = element("ul", "".join(element("li", note) for note in loose), class_="notes") if loose else ""
    return element("div", listed + "".join(tables), class_="diff", id=f"diff-{number}")


def _notes_by_line(findings: Iterable[Finding], labels: Labels) -> dict[int, list[str]]:
    notes: dict[int, list[str]] = {}
    for finding in sorted(findings, key=lambda finding: finding.span):
        notes.setdefault(finding.span.line, []).append(_note(finding, labels))
    return notes


def _note(finding: Finding, labels: Labels) -> str:
    name = state(finding)
    rule = element("a", text(finding.code), href=f"#{finding.code}", title=rule_name(finding.code))
    place = element("span", f"{finding.span.line}:{finding.span.column}{in_cell(finding)}", class_="place")
    head = f"{element('span', text(labels[name]), class_=f'badge {name}')} {rule} {place} {prose(finding.message)}"
    recipe = ""
    if finding.instead and not finding.fixed:
        recipe = element("div", f"<b>Instead:</b> {prose(finding.instead)}", class_="instead")
    why = _why(finding.code) if name in ("review", "manual") else ""
    return element("div", head + recipe + why, class_=f"note {name}", data_state=name, data_code=finding.code)


@cache
def _why(code: str) -> str:
    rule = next((rule for rule in all_rules() if rule.code == code), None)
    return element("div", f"<b>Why:</b> {prose(summary(rule))}", class_="why") if rule is not None else ""


def _table(path: str, part: Part, notes: dict[int, list[str]]) -> str:
    all_rows = list(rows(part.old, part.new))
    runs = list(shown(all_rows, notes))
    if not runs:
        return ""
    body: list[str] = []
    for run in runs:
        if body or run[0] is not all_rows[0]:
            body.append('<tr class="gap"><td colspan="4">&#8943;</td></tr>')
        for row in run:
            body.append(_row(row))
            found = notes.get(row.old.number, []) if row.old is not None else []
            body += [f'<tr class="remark"><td colspan="4">{note}</td></tr>' for note in found]
    caption = element("caption", text(part.title or f"{path}, before and after"), class_="" if part.title else "unseen")
    columns = '<colgroup><col class="number"><col><col class="number"><col></colgroup>'
    head = '<thead class="unseen"><tr><th>Line</th><th>Before</th><th>Line</th><th>After</th></tr></thead>'
    return element("table", f"{caption}{columns}{head}<tbody>{''.join(body)}</tbody>", class_="sides")


def _row(row: Row) -> str:
    kind = "changed" if row.changed else "same"
    return element("tr", _cell(row.old, "old", row.changed) + _cell(row.new, "new", row.changed), class_=kind)


def _cell(side: Side | None, kind: str, changed: bool) -> str:
    if side is None:
        return f'<td class="line {kind} none"></td><td class="code {kind} none"></td>'
    whole = len(side.pieces) == 1
    code = "".join(text(piece) if same or whole else element("mark", text(piece)) for piece, same in side.pieces)
    sign = {"old": "-", "new": "+"}[kind] if changed else " "
    return f'<td class="line {kind}">{side.number}</td><td class="code {kind}" data-sign="{sign}">{code}</td>'


def _rule(rule: Described) -> str:
    body = "".join(element("p", prose(" ".join(part.split()))) for part in paragraphs(rule).split("\n\n"))
    before, after = example(rule)
    shown = element("div", f"<h4>Before</h4>{element('pre', text(before))}") if before else ""
    if after != before:
        shown += element("div", f"<h4>After</h4>{element('pre', text(after))}")
    title = element("h3", f"{text(rule.code)} <small>{text(rule.name)}</small>")
    return element("section", f'{title}{body}<div class="example">{shown}</div>', class_="rule", id=rule.code)
