"""How a finding's place is written."""

from al_codemod.finding import Finding


def place(path: str, finding: Finding) -> str:
    """`path:line:column`, as editors and terminals understand it, and in a notebook also as its reader counts."""
    return f"{path}:{finding.span.line}:{finding.span.column}{in_cell(finding)}"


def in_cell(finding: Finding) -> str:
    """The place in a notebook, in parentheses and after a blank; empty for all other files."""
    return "" if finding.cell is None else f" (cell {finding.cell.number}, line {finding.cell.line})"
