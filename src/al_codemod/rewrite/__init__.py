"""Edits and how they are applied: the only room that knows LibCST."""
