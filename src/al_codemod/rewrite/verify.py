"""The last look at rewritten source, before anything is done with it."""

import ast
import warnings


def check(text: str) -> str | None:
    """Why rewritten source is not acceptable, or None when it is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return f"the result does not parse: {error.msg} (line {error.lineno})"
    except (ValueError, RecursionError, MemoryError) as error:
        return f"the result does not parse: {error}"
    return None
