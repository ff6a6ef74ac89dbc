"""What expressions may be."""

from al_codemod.semantics.program import Program

WITHOUT_END = """
import operator

def name_of(function):
    try:
        return name_of(function.func)
    except AttributeError:
        return name_of(function.pyfunc)

for function in (operator.add, operator.sub, operator.mul):
    name_of(function)
"""


def test_names_that_are_made_of_themselves_come_to_an_end() -> None:
    program = Program.of_text(WITHOUT_END)
    assert max(len(values) for values in program.inference.values.values()) < 100
