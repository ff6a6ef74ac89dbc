"""The oldest zarr that is to be supported decides about the spelling."""

import pytest
import zarr

from al_codemod.migrate import migrate
from al_codemod.settings import Settings
from al_codemod.targets import has

GROUP = "import zarr\ng = zarr.group()\n"
SPELLINGS = {
    "one chunk size, written for each dimension": (
        "3.1",
        "g.create_dataset('a', shape=(4, 4), chunks=2, dtype='i4')",
        "g.create_array('a', shape=(4, 4), chunks=(2, 2), dtype='i4')",
    ),
    "one chunk size": (
        "3.2",
        "g.create_dataset('a', shape=(4, 4), chunks=2, dtype='i4')",
        "g.create_array('a', shape=(4, 4), chunks=2, dtype='i4')",
    ),
    "one chunk size for one dimension": (
        "3.1",
        "g.create_dataset('a', data=[1, 2], chunks=2)",
        "g.create_array('a', data=np.asarray([1, 2]), chunks=2)",
    ),
    "whole chunks, by the length": (
        "3.2",
        "shape = (4, 4)\ng.create_dataset('a', shape=shape, chunks=(2, None), dtype='i4')",
        "shape = (4, 4)\ng.create_array('a', shape=shape, chunks=(2, shape[1]), dtype='i4')",
    ),
    "whole chunks": (
        "3.3",
        "shape = (4, 4)\ng.create_dataset('a', shape=shape, chunks=(2, None), dtype='i4')",
        "shape = (4, 4)\ng.create_array('a', shape=shape, chunks=(2, -1), dtype='i4')",
    ),
    "codecs of numcodecs": (
        "3.1",
        "import numcodecs\ng.create_dataset('a', shape=4, dtype='i4', compressor=numcodecs.Zlib(level=1))",
        "g.create_array('a', shape=4, dtype='i4', compressors=zarr.codecs.numcodecs.Zlib(level=1))",
    ),
    "codecs of numcodecs, before zarr had them": (
        "3.1.0",
        "import numcodecs\ng.create_dataset('a', shape=4, dtype='i4', compressor=numcodecs.Zlib(level=1))",
        "from numcodecs import zarr3\ng.create_array('a', shape=4, dtype='i4', compressors=zarr3.Zlib(level=1))",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("target", "before", "after"), SPELLINGS.values(), ids=SPELLINGS.keys())
def test_spelling(target: str, before: str, after: str) -> None:
    migration = migrate(f"{GROUP}{before}\n", Settings(target_zarr=target))
    assert migration.text.replace("import numpy as np\n", "").splitlines()[-1] == after.splitlines()[-1]
    for line in after.splitlines():
        assert line in migration.text
    if has(zarr.__version__, target):
        exec(compile(migration.text, "after.py", "exec"), {})


FLAGGED = {
    "data": ("3.0", "g.create_dataset('a', data=x)"),
    "a cache": ("3.1.5", "zarr.LRUStoreCache({}, max_size=1)"),
    "the configuration of an array": ("3.1.5", "print(zarr.zeros(3).write_empty_chunks)"),
    "times": ("3.0", "zarr.create(3, dtype='M8[s]', fill_value=0)"),
    "records": ("3.0", "zarr.create(3, dtype=[('a', 'i4')])"),
    "a number in a group": ("3.0", "g['a'] = 3"),
    "lengths that are not seen": ("3.1", "g.create_dataset('a', shape=f(), chunks=(2, None), dtype='i4')"),
}


@pytest.mark.parametrize(("target", "code"), FLAGGED.values(), ids=FLAGGED.keys())
def test_what_an_older_zarr_has_not(target: str, code: str) -> None:
    def left(target: str) -> int:
        findings = migrate(f"{GROUP}{code}\n", Settings(target_zarr=target)).findings
        return len([f for f in findings if f.applicability == "manual" and f.code != "AL466"])

    assert left(target) == left("3.4") + 1


def test_errors_of_indexing_are_named_since_a_patch_release() -> None:
    code = "import zarr\ntry:\n    zarr.zeros(3)[7]\nexcept zarr.errors.BoundsCheckError:\n    pass\n"
    assert migrate(code, Settings()).text == code
    assert "except IndexError:" in migrate(code, Settings(target_zarr="3.0")).text


@pytest.mark.parametrize(
    ("target", "since", "expected"),
    [
        ("3.1", "3.1.6", True),
        ("3.1.0", "3.1.6", False),
        ("3.1.10", "3.1.6", True),
        ("3.0.10", "3.1.0", False),
        ("3", "3.1.0", False),
        ("3.2", "3.1.6", True),
        ("3.2", "3.3.0", False),
    ],
)
def test_a_line_stands_for_all_its_patch_releases(target: str, since: str, expected: bool) -> None:
    assert has(target, since) is expected
