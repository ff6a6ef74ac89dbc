"""Commands that install: in a shell, a notebook, a Dockerfile."""

import pytest

from al_codemod.manifests.migrate import migrate_install_line
from al_codemod.settings import Settings

from .support import V1, check, codes


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("%pip install arraylake zarr<3", '%pip install "arraylake>=1.7" "icechunk>=2.3" "zarr>=3.1"'),
        ("!pip install -q 'arraylake==0.12' xarray;", "!pip install -q 'arraylake>=1.7' 'icechunk>=2.3' xarray;"),
        ("  %conda install -y zarr=2.18 icechunk", '  %conda install -y "zarr>=3.1" "icechunk>=2.3"'),
        ("!python3.11 -m pip install -U zarr<3  # old", '!python3.11 -m pip install -U "zarr>=3.1"  # old'),
        ("uv pip install --system 'zarr[jupyter]<3'", "uv pip install --system 'zarr[jupyter]>=3.1'"),
        ("uv add zarr==2.18", 'uv add "zarr>=3.1"'),
        (
            "uv run --with zarr==2.18 --with 'dask<2024' zarr<3",
            "uv run --with \"zarr>=3.1\" --with 'dask>=2025.2' zarr<3",
        ),
        ("poetry run pip install zarr==2.18", 'poetry run pip install "zarr>=3.1"'),
        ("conda run -n env pip install zarr==2.18", 'conda run -n env pip install "zarr>=3.1"'),
        ("cd x && sudo -E pip3 install zarr==2.18 || exit", 'cd x && sudo -E pip3 install "zarr>=3.1" || exit'),
        ("A=1 pip install zarr==2.18; ls", 'A=1 pip install "zarr>=3.1"; ls'),
        ("(pip install zarr==2.18)", '(pip install "zarr>=3.1")'),
        ("mamba create -n zarr -c zarr python=3.10 zarr<3", 'mamba create -n zarr -c zarr "python>=3.12" "zarr>=3.1"'),
        ("pip install -r arraylake.txt -t zarr zarr==2.18", 'pip install -r arraylake.txt -t zarr "zarr>=3.1"'),
        ("sh -c 'pip install zarr==2.18'", "sh -c 'pip install \"zarr>=3.1\"'"),
        ("pip install arraylake[icechunk]==0.15", 'pip install "arraylake>=1.7" "icechunk>=2.3"'),
    ],
)
def test_a_line(before: str, after: str) -> None:
    for settings in (Settings(), Settings(target="2")):
        assert migrate_install_line(before, settings, V1).text == after
    assert migrate_install_line(after, Settings(), V1).text == after


@pytest.mark.parametrize(
    "line",
    [
        "pip uninstall zarr",
        "pip show arraylake",
        "echo pip install arraylake==0.12",
        'echo "pip install zarr<3"',
        "# pip install zarr<3",
        "pip install zarr-checksum==0.1 ./zarr zarr.whl",
        "pip download arraylake==0.12",
        "grep zarr==2.18 requirements.txt",
        "arraylake repo list zarr<3",
        "don't pip install zarr<3",
    ],
)
def test_what_installs_nothing(line: str) -> None:
    assert migrate_install_line(line, Settings(), V1).text == line
    assert not migrate_install_line(line, Settings(), V1).findings


@pytest.mark.parametrize(
    "line", ["pip install arraylake==$V", 'pip install "arraylake==${V}"', "pip install arraylake=='0.12'"]
)
def test_what_cannot_be_read_is_pointed_at(line: str) -> None:
    result = migrate_install_line(line, Settings(), V1)
    assert (result.text, codes(result)) == (line, ["AL908"])


def test_dockerfile() -> None:
    before = """
        # syntax=docker/dockerfile:1
        ARG BASE=python
        FROM --platform=linux/amd64 python:3.10-slim AS base
        LABEL about="pip install zarr<3"
        RUN apt-get update && \\
            pip install --no-cache-dir \\
                arraylake==0.12 \\
                # zarr 3 is not ready

                'zarr<3' \\
                xarray
        RUN ["pip", "install", "arraylake==0.12", "dask<2024"]
        run --mount=type=cache,target=/root/.cache uv pip install zarr==2.18.2
        # pip install zarr<3
        RUN pip install \\
            dask \\
            arraylake~=0.12
        RUN <<EOF
        pip install zarr==2.18
        EOF
        CMD ["pip", "install", "zarr<3"]
        """
    after = """
        # syntax=docker/dockerfile:1
        ARG BASE=python
        FROM --platform=linux/amd64 python:3.10-slim AS base
        LABEL about="pip install zarr<3"
        RUN apt-get update && \\
            pip install --no-cache-dir \\
                "arraylake>=1.7" \\
                "icechunk>=2.3" \\
                # zarr 3 is not ready

                'zarr>=3.1' \\
                xarray
        RUN ["pip", "install", "arraylake>=1.7", "icechunk>=2.3", "dask>=2025.2"]
        run --mount=type=cache,target=/root/.cache uv pip install "zarr>=3.1"
        # pip install zarr<3
        RUN pip install \\
            dask \\
            "arraylake>=1.7" \\
            "icechunk>=2.3"
        RUN <<EOF
        pip install "zarr>=3.1"
        EOF
        CMD ["pip", "install", "zarr<3"]
        """
    result = check("Dockerfile", before, after)
    assert codes(result)[0] == "AL904"


def test_the_python_of_an_image_decides_about_the_line() -> None:
    before = "FROM ghcr.io/astral-sh/uv:python3.11-bookworm\nRUN uv pip install arraylake==0.12 zarr<3\n"
    after = (
        "FROM ghcr.io/astral-sh/uv:python3.11-bookworm\n"
        'RUN uv pip install "arraylake>=0.33,<1" "icechunk>=1.1,<2" "zarr>=3.1"\n'
    )
    result = check("docker/Dockerfile.gpu", before, after)
    assert codes(result)[0] == "AL905"
    assert codes(check("Containerfile", before, after, target="1")) == ["AL901", "AL903", "AL901"]
