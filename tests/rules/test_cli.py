"""The `arraylake` command."""

import pytest

from al_codemod.finding import Applicability

START = "import os, shlex, subprocess\nname = 'o/r'\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            'subprocess.run(["arraylake", "repo", "create", name, "--bucket-nickname", "b"])',
            'subprocess.run(["arraylake", "repo", "create", name, "--bucket-config-nickname", "b"])',
            id="an option in a list",
        ),
        pytest.param(
            'subprocess.run(["arraylake", "repo", "create", "--bucket-nickname=b", name])',
            'subprocess.run(["arraylake", "repo", "create", "--bucket-config-nickname=b", name])',
            id="an option with its value",
        ),
        pytest.param(
            'cmd = ["arraylake", "repo", "create", name, "--kind", "icechunk"]',
            'cmd = ["arraylake", "repo", "create", name]',
            id="an option with a value behind it",
        ),
        pytest.param(
            'subprocess.run([\n    "arraylake", "repo", "create",\n    "--kind=icechunk",  # new\n    name,\n])',
            'subprocess.run([\n    "arraylake", "repo", "create",\n    name,\n])',
            id="a list in several lines",
        ),
        pytest.param(
            'os.system(f"arraylake repo create {name} --kind icechunk --bucket-nickname {name}")',
            'os.system(f"arraylake repo create {name} --bucket-config-nickname {name}")',
            id="an f-string",
        ),
        pytest.param(
            "subprocess.check_call('arraylake auth logout --browser', shell=True)",
            "subprocess.check_call('arraylake auth logout', shell=True)",
            id="a flag",
        ),
        pytest.param(
            'line = "arraylake repo create o/r --kind icechunk"\nsubprocess.run(shlex.split(line))',
            'line = "arraylake repo create o/r"\nsubprocess.run(shlex.split(line))',
            id="a string with a name",
        ),
    ],
)
def test_command(becomes, before: str, after: str) -> None:
    becomes(f"{START}{before}\n", f"{START}{after}\n")


@pytest.mark.parametrize(
    "code",
    [
        pytest.param('subprocess.run(["arraylake", "repo", "list", "o"])', id="a command that is still there"),
        pytest.param('subprocess.run(["kubectl", "repo", "create", "--kind", "icechunk"])', id="another command"),
        pytest.param('print("arraylake repo create o/r --kind icechunk")', id="a text"),
        pytest.param('os.system("echo arraylake repo create o/r --kind icechunk")', id="a text in a command"),
        pytest.param('subprocess.run(["arraylake", *os.sys.argv])', id="words that are not seen"),
    ],
)
def test_nothing_to_do(stays, findings, code: str) -> None:
    stays(f"{START}{code}\n")
    assert not findings(f"{START}{code}\n")


@pytest.mark.parametrize(
    ("command", "instead"),
    [
        pytest.param("arraylake repo export o/r d", "open_zarr", id="export"),
        pytest.param("arraylake repo tree o/r --prefix p", "drop --prefix", id="tree with a prefix"),
        pytest.param("arraylake repo create o/r --kind v1", "drop --kind", id="a V1 repo"),
        pytest.param("arraylake repo create o/r --import-existing", "repo import", id="an existing repo"),
        pytest.param("arraylake repo get-status o/r", "status", id="status"),
        pytest.param("arraylake repo doctor o/r", "tune", id="doctor"),
    ],
)
@pytest.mark.parametrize("form", ["os.system({!r})", "subprocess.run({})"])
def test_by_hand(stays, findings, form: str, command: str, instead: str) -> None:
    code = START + form.format(command if "!r" in form else command.split()) + "\n"
    stays(code)
    (found,) = findings(code)
    assert found.applicability is Applicability.MANUAL
    assert instead in found.instead
