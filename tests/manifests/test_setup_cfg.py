"""`setup.cfg`."""

import pytest

from al_codemod.source.errors import SourceError

from .support import check, migrate


def test_setup_cfg() -> None:
    before = """
        [metadata]
        description = arraylake<1

        [options]
        python_requires = >=3.9
        install_requires =
            # storage
            arraylake==0.12
            zarr>=2,<3; python_version >= "3.9"

        [options.extras_require]
        all = dask<2024
        dev =
        \tpytest
        \tnumcodecs<0.16

        [tool:pytest]
        install_requires =
            zarr<3
        """
    after = """
        [metadata]
        description = arraylake<1

        [options]
        python_requires = >=3.12
        install_requires =
            # storage
            arraylake>=1.7
            icechunk>=2.3
            zarr>=3.1; python_version >= "3.9"

        [options.extras_require]
        all = dask>=2025.2
        dev =
        \tpytest
        \tnumcodecs>=0.16.6

        [tool:pytest]
        install_requires =
            zarr<3
        """
    check("setup.cfg", before, after)


@pytest.mark.parametrize(
    ("text", "line"),
    [("arraylake\n", 1), ("[options]\narraylake\n", 2), ("[options]\na = arraylake\na = 1\n", 3), ("[a]\n[a]\n", 2)],
)
def test_what_is_no_configuration_is_an_error_with_its_line(text: str, line: int) -> None:
    with pytest.raises(SourceError) as error:
        migrate("setup.cfg", text)
    assert str(error.value).startswith(f"setup.cfg:{line}:1: not valid")
