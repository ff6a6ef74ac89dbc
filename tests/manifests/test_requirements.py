"""`requirements.txt` and its relatives."""

import pytest

from .support import ALONE, check, codes, migrate


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("arraylake==0.12\n", "arraylake>=1.7\nicechunk>=2.3\n", id="a pin"),
        pytest.param("arraylake\nicechunk\n", "arraylake>=1.7\nicechunk>=2.3\n", id="no version at all"),
        pytest.param("arraylake~=0.12\nicechunk==0.1\n", "arraylake>=1.7\nicechunk>=2.3\n", id="compatible release"),
        pytest.param(
            "arraylake>=0.10,<2\n", "arraylake>=1.7,<2\nicechunk>=2.3\n", id="an upper bound that still holds"
        ),
        pytest.param("arraylake>=0.10,<1\n", "arraylake>=1.7\nicechunk>=2.3\n", id="an upper bound that does not"),
        pytest.param(
            "arraylake>=0.10,!=0.11,!=1.8.1\n", "arraylake>=1.7,!=1.8.1\nicechunk>=2.3\n", id="excluded versions"
        ),
        pytest.param(
            "arraylake >= 0.10, < 2\n", "arraylake >= 1.7, < 2\nicechunk>=2.3\n", id="blanks around operators"
        ),
        pytest.param("arraylake (<0.20)\n", "arraylake (>=1.7)\nicechunk>=2.3\n", id="parentheses"),
        pytest.param("arraylake  # V1\n", "arraylake>=1.7  # V1\nicechunk>=2.3\n", id="a comment after no version"),
        pytest.param("arraylake==0.12#V1\n", "arraylake==0.12#V1\n", id="what is no comment for pip"),
        pytest.param("  arraylake<1 # V1\n", "  arraylake>=1.7 # V1\n  icechunk>=2.3\n", id="indented"),
        pytest.param("ArrayLake<1\nZarr<3\n", "ArrayLake>=1.7\nicechunk>=2.3\nZarr>=3.1\n", id="capitals"),
        pytest.param("arraylake[xarray]<1\n", "arraylake[xarray]>=1.7\nicechunk>=2.3\n", id="an extra that is left"),
        pytest.param(
            "arraylake [xarray, icechunk]<1\n", "arraylake [xarray]>=1.7\nicechunk>=2.3\n", id="an extra that is gone"
        ),
        pytest.param("arraylake[icechunk]<1\n", "arraylake>=1.7\nicechunk>=2.3\n", id="only extras that are gone"),
        pytest.param(
            "arraylake<1 ; sys_platform != 'win32'  # no\n",
            "arraylake>=1.7 ; sys_platform != 'win32'  # no\nicechunk>=2.3; sys_platform != 'win32'\n",
            id="a marker",
        ),
        pytest.param(
            "arraylake<1; python_version < '3.12'\narraylake<1; python_version >= '3.12'\n",
            "arraylake>=0.33,<1; python_version < '3.12'\nicechunk>=1.1,<2; python_version < '3.12'\n"
            "arraylake>=1.7; python_version >= '3.12'\nicechunk>=2.3; python_version >= '3.12'\n",
            id="a line of versions for each Python",
        ),
        pytest.param(
            "arraylake==0.12 \\\n  ; python_version >= '3.9'\nxarray\n",
            "arraylake>=1.7 \\\n  ; python_version >= '3.9'\nicechunk>=2.3; python_version >= '3.9'\nxarray\n",
            id="a marker on the next line",
        ),
        pytest.param(
            "# pins\n-r base.txt\n-c constraints.txt\n--index-url https://pypi.org/simple\n\n"
            "arraylake==0.12\nrequests==2.31.0 # zarr<3\n-e ./zarr\n",
            "# pins\n-r base.txt\n-c constraints.txt\n--index-url https://pypi.org/simple\n\n"
            "arraylake>=1.7\nicechunk>=2.3\nrequests==2.31.0 # zarr<3\n-e ./zarr\n",
            id="options, comments and other packages stay",
        ),
        pytest.param(
            "arraylake<1\nicechunk>=2.3\nxarray\ndask[array]\nnumcodecs>=0.11\nnumpy\nzarr-checksum<1\n",
            "arraylake>=1.7\nicechunk>=2.3\nxarray\ndask[array]\nnumcodecs>=0.11\nnumpy\nzarr-checksum<1\n",
            id="companions that a resolver takes care of",
        ),
        pytest.param(
            "arraylake<1\nicechunk\nxarray==2024.6.0\ndask>=2022.1\nnumcodecs<0.16\nnumpy<2\npydantic<2\n",
            "arraylake>=1.7\nicechunk>=2.3\nxarray>=2025.6\ndask>=2025.2\nnumcodecs>=0.16.6\nnumpy>=2.0\npydantic>=2.9\n",
            id="companions that hold back",
        ),
    ],
)
def test_requirements(before: str, after: str) -> None:
    check("requirements.txt", before, after)


def test_the_line_for_icechunk_1() -> None:
    check(
        "requirements-dev.txt",
        "arraylake>=0.10\nzarr>=2,<4\nxarray\ndask==2024.1\n",
        "arraylake>=0.33,<1\nicechunk>=1.1,<2\nzarr>=3.1,<4\nxarray>=2025.6,<2026.9\ndask>=2025.2\n",
        target="1",
    )


def test_constraints_ask_for_nothing() -> None:
    check("constraints.txt", "zarr==2.18.2\narraylake==0.12\n", "zarr>=3.1\narraylake>=1.7\n")


def test_hashes_are_left_to_the_index() -> None:
    before = "arraylake==0.12 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    result = check("requirements.txt", before, before)
    assert codes(result) == ["AL907"]


@pytest.mark.parametrize(
    "line",
    [
        "arraylake @ git+https://github.com/earth-mover/arraylake",
        "arraylake==${VERSION}",
        "arraylake == 0.12, \\\n  < 1",
    ],
)
def test_what_cannot_be_read_is_pointed_at(line: str) -> None:
    result = check("requirements.txt", line + "\n", line + "\n")
    assert codes(result) == ["AL908"]


@pytest.mark.parametrize("tool", ["pip-compile with Python 3.11", "uv via the following command:"])
def test_a_compiled_file_is_a_lock(tool: str) -> None:
    before = (
        f"#\n# This file is autogenerated by {tool}\n#\narraylake==0.12\n    # via -r requirements.in\nzarr==2.18.2\n"
    )
    result = check("requirements.txt", before, before, needs=ALONE)
    assert codes(result) == ["AL906", "AL906"]


def test_an_extra_that_stood_for_packages() -> None:
    result = check("requirements.txt", "arraylake[virtual]<1\nicechunk\n", "arraylake>=1.7\nicechunk>=2.3\n")
    assert "AL909" in codes(result)


def test_comments_keep_it_off() -> None:
    before = (
        "arraylake==0.12  # al-codemod: ignore\n"
        "# al-codemod: ignore[AL902]\ndask==2024.1\n"
        "zarr<3 # al-codemod: ignore[AL904]\n"
    )
    result = check("requirements.txt", before, before.replace("zarr<3", "zarr>=3.1"))
    assert [(f.code, f.suppressed) for f in result.findings] == [
        ("AL901", True),
        ("AL903", True),
        ("AL902", True),
        ("AL901", False),
    ]
    hushed = "# al-codemod: ignore-file\narraylake==0.12\n"
    assert migrate("requirements.txt", hushed).text == hushed


def test_safe_only_takes_a_manifest_as_a_whole() -> None:
    pinned, ranges = "arraylake==0.12\nzarr<3\n", "arraylake<1\nzarr<3\n"
    assert migrate("requirements.txt", pinned, safe_only=True).text == pinned
    assert not any(finding.fixed for finding in migrate("requirements.txt", pinned, safe_only=True).findings)
    assert migrate("requirements.txt", ranges, safe_only=True).text == "arraylake>=1.7\nicechunk>=2.3\nzarr>=3.1\n"
