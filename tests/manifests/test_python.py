"""Requirements within Python code."""

from textwrap import dedent

import pytest

from al_codemod.manifests.migrate import with_embedded
from al_codemod.settings import Settings
from al_codemod.suppress import Suppressions
from al_codemod.wanted import Wanted

from .support import V1, check


def wanted(code: str) -> Wanted:
    return Wanted(Suppressions(code), Settings())


def embedded(before: str) -> str:
    return with_embedded("image.py", before, before, wanted(before), V1).text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            'image = Image.debian_slim(python_version="3.10").pip_install("arraylake==0.12", "zarr<3", "requests")\n',
            'image = Image.debian_slim(python_version="3.12")'
            '.pip_install("arraylake>=1.7", "icechunk>=2.3", "zarr>=3.1", "requests")\n',
            id="an image",
        ),
        pytest.param(
            "image = Image.debian_slim().uv_pip_install(\n    ['arraylake', 'zarr==2.18.2'],  # V1\n)\n",
            "image = Image.debian_slim().uv_pip_install(\n"
            "    ['arraylake>=1.7', 'icechunk>=2.3', 'zarr>=3.1'],  # V1\n)\n",
            id="a list",
        ),
        pytest.param(
            'PINS = [\n    "arraylake==0.12",\n    "zarr<3"\n]\nimage.pip_install(*PINS, "dask<2024")\n',
            'PINS = [\n    "arraylake>=1.7",\n    "icechunk>=2.3",\n    "zarr>=3.1"\n]\n'
            'image.pip_install(*PINS, "dask>=2025.2")\n',
            id="a list with a name",
        ),
        pytest.param(
            'coiled.create_software_environment(name="zarr<3", pip=["arraylake==0.12"],'
            ' conda={"channels": ["zarr"], "dependencies": ["zarr=2.18"]})\n',
            'coiled.create_software_environment(name="zarr<3", pip=["arraylake>=1.7", "icechunk>=2.3"],'
            ' conda={"channels": ["zarr"], "dependencies": ["zarr>=3.1"]})\n',
            id="a software environment",
        ),
        pytest.param(
            'ray.init(runtime_env={"pip": ["arraylake", "zarr"]})\n',
            'ray.init(runtime_env={"pip": ["arraylake>=1.7", "icechunk>=2.3", "zarr>=3.1"]})\n',
            id="an environment without versions",
        ),
        pytest.param(
            'image.run_commands("pip install arraylake==0.12", """pip install zarr==2.18""")\n',
            'image.run_commands("pip install \'arraylake>=1.7\' \'icechunk>=2.3\'", """pip install \'zarr>=3.1\'""")\n',
            id="commands as text",
        ),
        pytest.param(
            'subprocess.run([sys.executable, "-m", "pip", "install", "arraylake==0.12"], check=True)\n'
            'session.run("uv", "pip", "install", "zarr==2.18")\n',
            'subprocess.run([sys.executable, "-m", "pip", "install", "arraylake>=1.7", "icechunk>=2.3"], check=True)\n'
            'session.run("uv", "pip", "install", "zarr>=3.1")\n',
            id="commands as words",
        ),
        pytest.param(
            '# /// script\n# requires-python = ">=3.10"\n# dependencies = [\n#   "arraylake==0.12",\n'
            '#   "zarr<3",\n# ]\n# ///\n',
            '# /// script\n# requires-python = ">=3.12"\n# dependencies = [\n#   "arraylake>=1.7", "icechunk>=2.3",\n'
            '#   "zarr>=3.1",\n# ]\n# ///\n',
            id="the metadata of a script",
        ),
        pytest.param(
            'é = "ü"; image.pip_install("zarr<3")\n', 'é = "ü"; image.pip_install("zarr>=3.1")\n', id="not ASCII"
        ),
    ],
)
def test_code(before: str, after: str) -> None:
    assert embedded(before) == after
    assert embedded(after) == after
    assert embedded(before.replace("\n", "\r\n")) == after.replace("\n", "\r\n")


@pytest.mark.parametrize(
    "code",
    [
        'show_versions(packages=["arraylake", "zarr", "xarray"])',
        'print("arraylake==0.12", "zarr<3")',
        'install("zarr")',
        'NAMES = ["zarr<3"]',
        'image.pip_install(f"zarr<{n}", name)',
        'open_group("zarr<3", pip="zarr<3")',
        'session.run("pip", "uninstall", "zarr<3")',
    ],
)
def test_what_only_looks_like_a_requirement(code: str) -> None:
    assert embedded(code) == code


def test_setup() -> None:
    before = """
        from setuptools import setup

        EXTRAS = {
            "all": ["zarr<3"],
        }
        setup(
            name="arraylake<1",
            packages=["zarr"],
            python_requires=">=3.8",
            install_requires=[
                "arraylake==0.12",  # V1
                'xarray>=2022.3; python_version >= "3.9"',
                "requests" "<3",
            ],
            extras_require=EXTRAS,
        )
        """
    after = """
        from setuptools import setup

        EXTRAS = {
            "all": ["zarr>=3.1"],
        }
        setup(
            name="arraylake<1",
            packages=["zarr"],
            python_requires=">=3.12",
            install_requires=[
                "arraylake>=1.7",  # V1
                "icechunk>=2.3",
                'xarray>=2025.6; python_version >= "3.9"',
                "requests" "<3",
            ],
            extras_require=EXTRAS,
        )
        """
    check("setup.py", before, after)


def test_findings_are_about_the_original_and_the_text_about_the_migrated_code() -> None:
    original = 'repo.commit("x")\nimage.pip_install("zarr<3")  # al-codemod: ignore[AL902]\n'
    migrated = 'session.commit("x")\nsession = None\nimage.pip_install("zarr<3")  # al-codemod: ignore[AL902]\n'
    result = with_embedded("image.py", original, migrated, wanted(original), V1)
    assert result.text == migrated.replace("<3", ">=3.1")
    assert [(f.span.line, f.code) for f in result.findings] == [(2, "AL901")]


def test_comments_keep_it_off() -> None:
    code = dedent(
        """
        image.pip_install(  # al-codemod: ignore[AL9]
            "arraylake==0.12",
            "zarr<3",
        )
        """
    )
    assert embedded(code) == code
