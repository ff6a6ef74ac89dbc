"""`pyproject.toml`, `Pipfile` and `pixi.toml`."""

import pytest

from al_codemod.source.errors import SourceError

from .support import check, codes, migrate

PYPROJECT = [
    pytest.param(
        """
        [project]
        requires-python = ">=3.9"  # old
        dependencies = [
            "arraylake==0.12",  # V1
            'zarr>=2.16,<3',
        ]
        """,
        """
        [project]
        requires-python = ">=3.12"  # old
        dependencies = [
            "arraylake>=1.7",  # V1
            "icechunk>=2.3",
            'zarr>=3.1',
        ]
        """,
        id="PEP 621, one a line",
    ),
    pytest.param(
        """
        project = {requires-python = '>=3.9,<4', dependencies = ["zarr<3", "arraylake [xarray] <1"]}
        """,
        """
        project = {requires-python = '>=3.12,<4', dependencies = ["zarr>=3.1", "arraylake [xarray] >=1.7", "icechunk>=2.3"]}
        """,
        id="all on one line",
    ),
    pytest.param(
        """
        [project]
        dependencies = [
          "zarr<3",
          "arraylake<1" # the last one
        ]
        """,
        """
        [project]
        dependencies = [
          "zarr>=3.1",
          "arraylake>=1.7", # the last one
          "icechunk>=2.3"
        ]
        """,
        id="no comma after the last one",
    ),
    pytest.param(
        """
        [project.optional-dependencies]
        cloud = ["arraylake<1; python_version >= '3.9'"]
        plot = ["xarray<2024", "matplotlib"]

        [dependency-groups]
        dev = [{include-group = "io"}, "dask<2024"]
        io = ["arraylake~=0.12", "zarr"]

        [build-system]
        requires = ["setuptools", "numpy<2"]
        """,
        """
        [project.optional-dependencies]
        cloud = ["arraylake>=1.7; python_version >= '3.9'", "icechunk>=2.3; python_version >= '3.9'"]
        plot = ["xarray>=2025.6", "matplotlib"]

        [dependency-groups]
        dev = [{include-group = "io"}, "dask>=2025.2"]
        io = ["arraylake>=1.7", "icechunk>=2.3", "zarr>=3.1"]

        [build-system]
        requires = ["setuptools", "numpy>=2.0"]
        """,
        id="extras and dependency groups",
    ),
    pytest.param(
        """
        [tool.poetry.dependencies]
        python = "^3.9"
        arraylake = "^0.12"   # V1
        zarr = {version = "~2.16", extras = ["jupyter"]}
        "xarray" = "*"
        dask = "2024.1 || 2024.2"
        numpy = ">=1.20 <2"

        [tool.poetry.group.dev.dependencies]
        numcodecs = "<0.16"
        """,
        """
        [tool.poetry.dependencies]
        python = ">=3.12,<3.15"
        arraylake = ">=1.7"   # V1
        icechunk = ">=2.3"
        zarr = {version = ">=3.1", extras = ["jupyter"]}
        "xarray" = "*"
        dask = ">=2025.2"
        numpy = ">=2.0"

        [tool.poetry.group.dev.dependencies]
        numcodecs = ">=0.16.6"
        """,
        id="poetry",
    ),
    pytest.param(
        """
        [tool.pdm.dev-dependencies]
        test = ["arraylake==0.12"]

        [[tool.hatch.envs.test.matrix]]
        python = ["3.10"]

        [tool.hatch.envs.test]
        python = "3.10"
        extra-dependencies = ["zarr<3"]

        [tool.uv]
        constraint-dependencies = ["xarray<2024"]
        override-dependencies = ["zarr==2.18.2"]
        """,
        """
        [tool.pdm.dev-dependencies]
        test = ["arraylake>=1.7", "icechunk>=2.3"]

        [[tool.hatch.envs.test.matrix]]
        python = ["3.10"]

        [tool.hatch.envs.test]
        python = "3.12"
        extra-dependencies = ["zarr>=3.1"]

        [tool.uv]
        constraint-dependencies = ["xarray>=2025.6"]
        override-dependencies = ["zarr>=3.1"]
        """,
        id="pdm, hatch, uv",
    ),
    pytest.param(
        """
        [tool.pixi.dependencies]
        python = ">=3.10,<3.12"
        zarr = "2.18.*"

        [tool.pixi.feature.cloud.pypi-dependencies]
        arraylake = { version = "==0.12", extras = ["xarray"] }
        """,
        """
        [tool.pixi.dependencies]
        python = ">=3.11,<3.12"
        zarr = ">=3.1"

        [tool.pixi.feature.cloud.pypi-dependencies]
        arraylake = { version = ">=0.33,<1", extras = ["xarray"] }
        icechunk = ">=1.1,<2"
        """,
        id="pixi, held to Python 3.11",
    ),
    pytest.param(
        """
        [project]
        description = "zarr<3 and arraylake==0.12"
        keywords = ["zarr<3"]
        urls.zarr = "zarr<3"
        dependencies = ["arraylake<1", "icechunk>=2.3", "zarr-checksum<1"]

        [tool.other]
        dependencies = ["zarr<3"]
        text = '''
        [project]
        dependencies = ["zarr<3"]
        '''
        """,
        """
        [project]
        description = "zarr<3 and arraylake==0.12"
        keywords = ["zarr<3"]
        urls.zarr = "zarr<3"
        dependencies = ["arraylake>=1.7", "icechunk>=2.3", "zarr-checksum<1"]

        [tool.other]
        dependencies = ["zarr<3"]
        text = '''
        [project]
        dependencies = ["zarr<3"]
        '''
        """,
        id="what only looks like a requirement",
    ),
]


@pytest.mark.parametrize(("before", "after"), PYPROJECT)
def test_pyproject(before: str, after: str) -> None:
    check("pyproject.toml", before, after)


def test_pipfile() -> None:
    before = """
        [[source]]
        url = "https://pypi.org/simple"

        [packages]
        arraylake = "*"
        zarr = {version = "<3", markers = "sys_platform != 'win32'"}

        [cloud]
        dask = "==2024.1"

        [requires]
        python_version = "3.9"
        """
    after = """
        [[source]]
        url = "https://pypi.org/simple"

        [packages]
        arraylake = ">=1.7"
        icechunk = ">=2.3"
        zarr = {version = ">=3.1", markers = "sys_platform != 'win32'"}

        [cloud]
        dask = ">=2025.2"

        [requires]
        python_version = "3.12"
        """
    check("Pipfile", before, after)


def test_pixi() -> None:
    before = """
        [dependencies]
        python = "3.9.*"
        arraylake = "=0.12"

        [target.linux-64.dependencies]
        zarr = { version = ">=2.15,<3", channel = "conda-forge" }
        """
    after = """
        [dependencies]
        python = ">=3.12"
        arraylake = ">=1.7"
        icechunk = ">=2.3"

        [target.linux-64.dependencies]
        zarr = { version = ">=3.1", channel = "conda-forge" }
        """
    check("pixi.toml", before, after)


@pytest.mark.parametrize(
    "entry",
    [
        'arraylake = {git = "https://github.com/earth-mover/arraylake"}',
        'arraylake = [{version = "^0.12", python = "<3.12"}, {version = "^0.13", python = ">=3.12"}]',
        'arraylake = "^0.12 \\u002a"',
        'arraylake = "latest"',
    ],
)
def test_what_cannot_be_changed_is_pointed_at(entry: str) -> None:
    before = f"[tool.poetry.dependencies]\n{entry}\n"
    assert {*codes(check("pyproject.toml", before, before))} == {"AL908"}


def test_where_there_is_no_room_for_another_entry() -> None:
    result = check(
        "pyproject.toml",
        '[tool.poetry.dependencies.arraylake]\nversion = "^0.12"\n',
        '[tool.poetry.dependencies.arraylake]\nversion = ">=1.7"\n',
    )
    assert [(f.code, f.instead) for f in result.findings] == [("AL901", ""), ("AL903", "icechunk>=2.3")]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[project]\nname = arraylake\n", "pyproject.toml:2:8: "),
        ('[project]\nname = "arraylake', "pyproject.toml:2:18: "),
    ],
)
def test_what_is_not_toml_is_an_error_with_its_place(text: str, place: str) -> None:
    with pytest.raises(SourceError) as error:
        migrate("pyproject.toml", text)
    assert str(error.value).startswith(place)
