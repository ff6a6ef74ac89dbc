"""`environment.yml` and the workflows of CI services."""

import pytest

from al_codemod.source.errors import SourceError

from .support import check, codes, migrate


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            """
            name: zarr
            channels: [conda-forge]
            dependencies:
              - python=3.9  # old
              - arraylake=0.12   # V1
              - conda-forge::zarr=2.18=pyhd8ed1ab_0
              - xarray >=2023.1, <2024
              - "dask==2024.1"
              - pip
            variables:
              dependencies: zarr<3
            """,
            """
            name: zarr
            channels: [conda-forge]
            dependencies:
              - python>=3.12  # old
              - arraylake>=1.7   # V1
              - icechunk>=2.3
              - conda-forge::zarr>=3.1
              - xarray >=2025.6
              - "dask>=2025.2"
              - pip
            variables:
              dependencies: zarr<3
            """,
            id="conda",
        ),
        pytest.param(
            """
            dependencies:
            - python>=3.10,<3.12
            - pip:
              - 'arraylake[xarray]==0.12; sys_platform == "linux"'
              - zarr<3
            - numcodecs
            """,
            """
            dependencies:
            - python>=3.11,<3.12
            - pip:
              - 'arraylake[xarray]>=0.33,<1; sys_platform == "linux"'
              - 'icechunk>=1.1,<2; sys_platform == "linux"'
              - zarr>=3.1
            - numcodecs
            """,
            id="pip, held to Python 3.11",
        ),
        pytest.param(
            """
            dependencies: [python, arraylake=0.12, zarr<3, "xarray<2024"]
            """,
            """
            dependencies: [python, "arraylake>=1.7", "icechunk>=2.3", "zarr>=3.1", "xarray>=2025.6"]
            """,
            id="in brackets",
        ),
        pytest.param(
            """
            dependencies:
              - pip: [arraylake<1]
            """,
            """
            dependencies:
              - pip: ["arraylake>=1.7", "icechunk>=2.3"]
            """,
            id="pip in brackets",
        ),
        pytest.param(
            """
            x: &pins [zarr<3, arraylake]
            dependencies: &more
              - arraylake=0.12
              - icechunk
            other: *more
            """,
            """
            x: &pins [zarr<3, arraylake]
            dependencies: &more
              - arraylake>=1.7
              - icechunk>=2.3
            other: *more
            """,
            id="anchors",
        ),
    ],
)
def test_environment(before: str, after: str) -> None:
    check("environment.yml", before, after)


def test_what_is_not_yaml_is_an_error_with_its_place() -> None:
    with pytest.raises(SourceError) as error:
        migrate("environment.yml", "dependencies:\n  - arraylake\n bad\n")
    assert str(error.value).startswith("environment.yml:3:")


def test_a_template_is_no_environment() -> None:
    before = "image: {{ arraylake }}\n{% if zarr %}\n"
    assert migrate("ci/env.yaml", before).text == before


GITHUB = """
    name: pip install zarr<3
    on: [push]
    jobs:
      test:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/setup-python@v5
            with: {python-version: "3.12"}
          - run: pip install arraylake==0.12 zarr<3 # pinned
          - name: pip install zarr<3
            run: |
              # pip install zarr<3
              python -m pip install -U \\
                  "arraylake>=0.10" \\
                  pytest
              conda install -y -n zarr zarr=2.18 && echo "pip install zarr<3"
              bash -c "pip install 'arraylake<1'"
          - run: "pip install zarr==2.18"
          - run: >-
              uv pip install
              'zarr[jupyter]<3'
    """
GITHUB_AFTER = """
    name: pip install zarr<3
    on: [push]
    jobs:
      test:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/setup-python@v5
            with: {python-version: "3.12"}
          - run: pip install "arraylake>=1.7" "icechunk>=2.3" "zarr>=3.1" # pinned
          - name: pip install zarr<3
            run: |
              # pip install zarr<3
              python -m pip install -U \\
                  "arraylake>=1.7" \\
                  "icechunk>=2.3" \\
                  pytest
              conda install -y -n zarr "zarr>=3.1" && echo "pip install zarr<3"
              bash -c "pip install 'arraylake>=1.7' 'icechunk>=2.3'"
          - run: "pip install 'zarr>=3.1'"
          - run: >-
              uv pip install
              'zarr[jupyter]>=3.1'
    """


def test_github() -> None:
    check(".github/workflows/ci.yml", GITHUB, GITHUB_AFTER)


def test_gitlab() -> None:
    before = """
        image: python:3.10
        test:
          before_script:
            - pip install arraylake~=0.12
          script: [pytest, "pip install zarr<3"]
        """
    after = """
        image: python:3.10
        test:
          before_script:
            - pip install "arraylake>=1.7" "icechunk>=2.3"
          script: [pytest, "pip install 'zarr>=3.1'"]
        """
    result = check(".gitlab-ci.yml", before, after)
    assert codes(result)[0] == "AL904"


def test_what_cannot_be_changed_is_pointed_at() -> None:
    before = """
        strategy: {matrix: {python-version: ["3.10", "3.12", 3.x]}}
        script: [pip install arraylake==0.12]
        run: pip install zarr==${{ matrix.zarr }}
        """
    result = check(".github/workflows/ci.yml", before, before)
    assert codes(result) == ["AL904", "AL908", "AL908"]
