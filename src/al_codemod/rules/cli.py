"""The `arraylake` command, where Python starts it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from al_codemod.finding import Applicability
from al_codemod.rewrite.edits import Edit, ReplaceExpression, Template
from al_codemod.rules.base import Context, Draft, rule
from al_codemod.rules.literals import Display, without
from al_codemod.rules.naming import dotted
from al_codemod.surface.commands import COMMANDS, GROUPS, Command

RUNNERS = frozenset(
    (
        *("subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.Popen"),
        *("subprocess.getoutput", "subprocess.getstatusoutput", "os.system", "os.popen", "shlex.split"),
        "asyncio.create_subprocess_shell",
    )
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command line, and the option that it is, without the value in `--option=value`."""

    text: str
    node: ast.AST | None = None

    @property
    def option(self) -> str:
        """The option, `""` for another word."""
        return self.text.partition("=")[0] if self.text.startswith("-") else ""

    @property
    def value(self) -> str | None:
        """The value behind `=`."""
        return self.text.partition("=")[2] if "=" in self.text else None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the words from `start` to `end`: another first word, nothing (`new` is `None`), or a finding."""

    start: int
    end: int
    message: str
    new: str | None = None
    instead: str = ""


@rule(
    "AL601",
    "arraylake-command",
    rows="cli.01 cli.02 cli.03 cli.04 cli.05 cli.06 cli.07 cli.08 cli.09 cli.10 cli.11 cli.12",
    before="""
import subprocess

subprocess.run(["arraylake", "repo", "create", "org/repo", "--kind", "icechunk", "--bucket-nickname", "bucket"])
""",
    after="""
import subprocess

subprocess.run(["arraylake", "repo", "create", "org/repo", "--bucket-config-nickname", "bucket"])
""",
)
def commands(context: Context) -> Iterator[Draft]:
    """Options of the `arraylake` command that are gone or have another name, in the lists and strings that are run.

    Commands that are gone, and options whose purpose something else serves, are reported.
    """
    displays: list[ast.List | ast.Tuple] = [*context.nodes(ast.List), *context.nodes(ast.Tuple)]
    for display in displays:
        words = [Word(_text(e), e) for e in display.elts]
        if words and words[0].text == "arraylake":
            yield from _listed(context, display, words)
    for call in context.nodes(ast.Call):
        if call.args and dotted(context, call.func) in RUNNERS:
            for text in _strings(context, call.args[0]):
                yield from _written(context, text)


def changes(words: list[Word]) -> Iterator[Change]:
    """What becomes of a command line."""
    names = [(i, w.text) for i, w in enumerate(words) if i and not w.text.startswith("-")]
    if len(names) < 2 or names[0][1] not in GROUPS:
        return
    (_, group), (at, name) = names[:2]
    command = COMMANDS.get((group, name))
    if command is None:
        return
    if command.instead:
        yield Change(0, len(words), f"arraylake {group} {name} is gone", instead=command.instead)
        return
    for i in range(at + 1, len(words)):
        found = _option(command, words, i)
        if found is not None:
            yield found


def command_line(text: str) -> tuple[str, list[Change]]:
    """A command line with what can be changed in it, and what becomes of it."""
    # A backslash at the end of a line only separates words.
    spans = [(m.start(), m.end()) for m in re.finditer(r"(?:[^\s\\]|\\(?!\r?\n).)+", text)]
    found = list(changes([Word(text[a:b]) for a, b in spans]))
    for change in sorted(found, key=lambda c: c.start, reverse=True):
        if change.instead:
            continue
        start, end = spans[change.start][0], spans[change.end - 1][1]
        if change.new is None:
            start = spans[change.start - 1][1]
        text = text[:start] + (change.new or "") + text[end:]
    return text, found


def _option(command: Command, words: list[Word], i: int) -> Change | None:
    option, value = words[i].option, words[i].value
    if option in command.renamed:
        new = command.renamed[option]
        return Change(i, i + 1, f"{option} is called {new}", new if value is None else f"{new}={value}")
    if option in command.dropped:
        allowed = command.dropped[option]
        end = i + (2 if allowed is not None and value is None else 1)
        given = value if value is not None else words[i + 1].text if i + 1 < len(words) else ""
        if allowed is None or given in allowed:
            return Change(i, end, f"{option} is gone")
    if option in command.manual:
        return Change(i, i + 1, f"{option} is gone", instead=command.manual[option])
    return None


def _listed(context: Context, display: Display, words: list[Word]) -> Iterator[Draft]:
    """A command line that is a list. Taking elements out of it writes it anew, with the changes of the others in it."""
    found = list(changes(words))
    dropped = {i for c in found if not c.instead and c.new is None for i in range(c.start, c.end)}
    edits: list[Edit] = []
    if dropped:
        edits.append(ReplaceExpression(display, without(context, display, dropped.__contains__)))
    for change in found:
        node = words[change.start].node
        if change.new is not None and isinstance(node, ast.Constant):
            quoted = context.program.segment(node).replace(words[change.start].text, change.new)
            edits.append(ReplaceExpression(node, Template(_escaped(quoted))))
    for change in found:
        node = words[change.start].node if change.start else display
        if change.instead:
            yield Draft(node or display, change.message, Applicability.MANUAL, instead=change.instead)
        else:
            yield Draft(node or display, change.message, Applicability.SAFE, tuple(edits))


def _strings(context: Context, node: ast.expr) -> Iterator[ast.Constant | ast.JoinedStr]:
    """The string that is run: written there, or bound to a name once."""
    if isinstance(node, ast.Name):
        scope = context.program.scope(node).owner(node.id)
        if scope is not None and scope.bindings.get(node.id) == 1:
            for assignment in context.nodes(ast.Assign):
                target = assignment.targets[0]
                if isinstance(target, ast.Name) and target.id == node.id and context.program.scope(target) is scope:
                    node = assignment.value
                    break
    if isinstance(node, ast.Constant | ast.JoinedStr):
        yield node


def _written(context: Context, node: ast.Constant | ast.JoinedStr) -> Iterator[Draft]:
    source = context.program.segment(node)
    matched = re.match(r"(?i)[rbuf]*(\"\"\"|'''|\"|')(\\\n)?\s*", source)
    if matched is None or not source[matched.end() :].startswith("arraylake "):
        return
    body = source[matched.end() : len(source) - len(matched[1])]
    new, found = command_line(body)
    text = source[: matched.end()] + new + matched[1]
    edits = (ReplaceExpression(node, Template(_escaped(text))),) if new != body else ()
    for change in found:
        if change.instead:
            yield Draft(node, change.message, Applicability.MANUAL, instead=change.instead)
        else:
            yield Draft(node, change.message, Applicability.SAFE, edits)


def _text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
