"""How a finding's place is written."""

from al_codemod.finding import Finding


def place(path: str, finding: Finding) -> str:
    """`path:line:column`, as editors and terminals understand it."""
    return f"{path}:{finding.span.line}:{finding.span.column}"
