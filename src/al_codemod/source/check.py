"""Whether a text is Python, by the judgement of the interpreter itself."""

import ast
import warnings

from al_codemod.source.errors import SourceError

TOO_DEEP = "nests too deep to be analysed"


def check_syntax(path: str, text: str) -> ast.Module:
    """The tree of a text; raises `SourceError` when it does not parse.

    The standard library's parser comes first on purpose: it refuses what nests too deep, where LibCST's native parser
    exhausts the stack of the process.
    """
    try:
        with warnings.catch_warnings():
            # What the parser has to say about the escapes in somebody's strings is not ours to print.
            warnings.simplefilter("ignore")
            tree = compile(text, path, "exec", flags=ast.PyCF_ONLY_AST, dont_inherit=True)
    except SyntaxError as error:
        raise syntax_error(path, error) from None
    except (RecursionError, MemoryError):
        raise SourceError.of_file(path, TOO_DEEP) from None
    except ValueError as error:
        raise SourceError.of_file(path, str(error)) from None
    assert isinstance(tree, ast.Module)
    return tree


def syntax_error(path: str, error: SyntaxError) -> SourceError:
    """The same complaint with the place first."""
    return SourceError(path, max(error.lineno or 1, 1), max(error.offset or 1, 1), f"does not parse: {error.msg}")
