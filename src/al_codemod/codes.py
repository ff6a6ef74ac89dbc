"""Codes of findings that no rule about Python code has: each with its name and its explanation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it is listed: its name in kebab case, and what it means and why."""

    code: str
    name: str
    explanation: str
