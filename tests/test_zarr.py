"""Code for zarr 2 on plain stores: what becomes of it, that it prints on zarr 3 what it printed on zarr 2, and what stays."""

from pathlib import Path

import pytest
from rules.support import migrated
from zarr_fixtures import fixtures, run_here

from al_codemod.migrate import migrate
from al_codemod.settings import Settings

each = pytest.mark.parametrize("folder", fixtures(), ids=lambda folder: folder.name)


def test_there_are_fixtures() -> None:
    assert len(fixtures()) >= 8


@each
def test_migration(folder: Path) -> None:
    migration = migrate((folder / "before.py").read_text(encoding="utf-8"), Settings())
    assert migration.text == (folder / "after.py").read_text(encoding="utf-8")


@each
def test_second_migration_changes_nothing(folder: Path) -> None:
    after = (folder / "after.py").read_text(encoding="utf-8")
    migration = migrate(after, Settings())
    assert migration.text == after
    assert not [finding for finding in migration.findings if finding.fixed]


@each
@pytest.mark.filterwarnings("ignore")
def test_it_prints_what_it_did_on_zarr_2(folder: Path, tmp_path: Path) -> None:
    after = (folder / "after.py").read_text(encoding="utf-8")
    assert run_here(after, tmp_path) == (folder / "expected.txt").read_text(encoding="utf-8")


STAYS = {
    "h5py groups": "import h5py\nf = h5py.File('a', 'w')\nf.create_dataset('x', (3,), 'f4').resize(4, 5)\nprint(len(f['x']))",
    "a dict": "import zarr\ng = {'x': 1}\nprint(g.items(), g.values(), len(g.keys()), g.pop('x'))",
    "a parameter of unknown kind": "import zarr\ndef f(group, z):\n    group.create_dataset('x', data=[1])\n    return len(z)",
    "a group that may be h5py's": (
        "import h5py, zarr\n"
        "def f(g: h5py.Group | zarr.Group, a: 'np.ndarray | zarr.Array'):\n"
        "    return g.foo, len(a), g.create_dataset('x', shape=3)"
    ),
    "pandas": "import pandas as pd\ndf = pd.DataFrame()\nprint(df.items(), df.values, df.astype('f4'), len(df), df.compressor)",
    "lists that hold other things too": (
        "import zarr\ndef f(x):\n    for a in [zarr.open_array('a', mode='r'), x]:\n        print(len(a), a.nbytes_stored)"
    ),
    "a list that others fill too": (
        "import zarr\ndef f(x):\n    found = [zarr.open_array('a', mode='r')]\n    found.append(x)\n    return len(found[0])"
    ),
    "behind a version": (
        "import zarr\nif zarr.__version__.startswith('2'):\n    store = zarr.DirectoryStore('a')\nelse:\n    store = 'a'"
    ),
    "behind an ImportError": (
        "try:\n    from zarr.storage import DirectoryStore\nexcept ImportError:\n    from zarr.storage import LocalStore"
    ),
    "numcodecs in format 2": (
        "import zarr, numcodecs\ng = zarr.open_group('a', mode='w', zarr_format=2)\n"
        "g.create_array('x', shape=3, dtype='f4', compressors=numcodecs.Blosc())"
    ),
    "an encoding for netCDF": "import xarray as xr\nxr.Dataset().to_netcdf('a.nc', encoding={'a': {'compression': 'gzip'}})",
    "codecs of numcodecs by themselves": "import numcodecs\nprint(numcodecs.Blosc(cname='zstd').encode(b'rain'))",
    "zarr 3": (
        "import zarr\ng = zarr.open_group('a', mode='a', zarr_format=3)\n"
        "for name, z in g.arrays():\n    print(z.filters, len(z.shape))\n"
        "try:\n    zarr.open_array('b', mode='r')\nexcept ValueError:\n    pass\nprint(list(g.keys()))"
    ),
    "another DirectoryStore": "from mine import DirectoryStore\nimport zarr\nprint(DirectoryStore('a'))",
}


@pytest.mark.parametrize("code", STAYS.values(), ids=STAYS.keys())
def test_no_evidence_no_change(code: str) -> None:
    migration = migrate(code + "\n", Settings())
    assert migration.text == code + "\n"
    assert not migration.findings


BECOMES = {
    "an array of a repo": (
        (
            "import numcodecs\nfrom arraylake import Client\nrepo = Client().get_repo('o/r')\n"
            "z = repo.root_group.create_dataset('a', shape=(4, 4), chunks=(2, None), compressor=numcodecs.GZip(3))\n"
            "print(len(z), z.nbytes_stored)\nrepo.commit('a')"
        ),
        (
            "import zarr\nfrom arraylake import Client\nrepo = Client().get_repo('o/r')\n"
            'session = repo.writable_session(branch="main")\n'
            "z = zarr.open_group(session.store, mode=\"a\").create_array('a', shape=(4, 4), chunks=(2, 4), "
            'compressors=zarr.codecs.GzipCodec(level=3), dtype="f8")\n'
            "print(z.shape[0], z.nbytes_stored())\nsession.commit('a')"
        ),
    ),
    "a function that returns a group": (
        "import zarr\ndef root():\n    return zarr.open_group('a', mode='r')\nprint(root().days)",
        "import zarr\ndef root():\n    return zarr.open_group('a', mode='r')\nprint(root()[\"days\"])",
    ),
    "a group in an attribute": (
        "import zarr\nclass A:\n    def f(self):\n        self.g.array('x', [1])\n    g: zarr.Group",
        (
            "import numpy as np\nimport zarr\nclass A:\n    def f(self):\n"
            "        self.g.create_array('x', data=np.asarray([1]))\n    g: zarr.Group"
        ),
    ),
    "codecs from a literal": (
        "import zarr\nkw = {'compressor': zarr.GZip()}\nzarr.group().create_dataset('a', shape=3, dtype='f4', **kw)",
        (
            'import zarr\nkw = {"compressors": zarr.codecs.GzipCodec(level=1)}\n'
            "zarr.group().create_array('a', shape=3, dtype='f4', **kw)"
        ),
    ),
    "codecs from a literal, for a method that zarr 3 has too": (
        "import zarr\nkw = {'compressor': zarr.GZip()}\nzarr.group().create('a', shape=3, dtype='f4', **kw)",
        (
            'import zarr\nkw = {"compressors": zarr.codecs.GzipCodec(level=1)}\n'
            "zarr.group().create_array('a', shape=3, dtype='f4', **kw)"
        ),
    ),
    "keywords from a literal": (
        "import zarr\nkw = dict(synchronizer=None, shape=3)\nz = zarr.open_array('a', 'w', **kw)",
        "import zarr\nkw = dict(shape=3)\nz = zarr.open_array('a', mode='w', **kw)",
    ),
    "a remote store": (
        "import zarr\ns = zarr.storage.FSStore('s3://b/k', anon=True)",
        "import zarr\ns = zarr.storage.FsspecStore.from_url('s3://b/k', storage_options={\"anon\": True})",
    ),
    "an array of an annotation": (
        "import zarr\ndef f(z: 'zarr.Array | None'):\n    return len(z)",
        "import zarr\ndef f(z: 'zarr.Array | None'):\n    return z.shape[0]",
    ),
    "arrays in a dict of an object": (
        (
            "import zarr\nclass A:\n    def __init__(self):\n        self.all = {}\n    def add(self, n):\n"
            "        self.all[n] = zarr.open_array(n, mode='w', shape=3)\n    def count(self):\n"
            "        return {n: len(z) for n, z in self.all.items()}, self.all['x'].nbytes_stored"
        ),
        (
            "import zarr\nclass A:\n    def __init__(self):\n        self.all = {}\n    def add(self, n):\n"
            "        self.all[n] = zarr.open_array(n, mode='w', shape=3)\n    def count(self):\n"
            "        return {n: z.shape[0] for n, z in self.all.items()}, self.all['x'].nbytes_stored()"
        ),
    ),
    "groups made at once": (
        "import zarr\na, b = zarr.group().create_groups('a', 'b')\nfor c in a.create_groups(*'xy'):\n    c.zeros('z', shape=2)",
        (
            "import zarr\na, b = [zarr.group().create_group(name) for name in ('a', 'b')]\n"
            "for c in [a.create_group(name) for name in 'xy']:\n    c.zeros(name='z', shape=2)"
        ),
    ),
    "numbers as names": (
        "import zarr\ng = zarr.group()\nfor i, n in enumerate([3, 4]):\n    g.create_group(n).attrs[i] = n in g",
        (
            "import zarr\ng = zarr.group()\nfor i, n in enumerate([3, 4]):\n"
            "    g.create_group(str(n)).attrs[str(i)] = str(n) in g"
        ),
    ),
    "a module under another name": (
        "from zarr import convenience as zc\nzc.save_group('a', x=1)",
        "import numpy as np\nimport zarr\nzarr.save_group('a', x=np.asarray(1))",
    ),
    "arrays that are saved again": (
        "import zarr\nfor i in range(3):\n    zarr.save('a', [i])\n    zarr.save('b', x=[i])",
        (
            "import numpy as np\nimport zarr\nfor i in range(3):\n"
            "    zarr.save_array('a', np.asarray([i]), mode=\"w\")\n    zarr.save('b', x=np.asarray([i]))"
        ),
    ),
    "codecs in a dict, by a key that is not seen": (
        (
            "import zarr, numcodecs\nALL = {'a': numcodecs.Zstd(1), 'b': numcodecs.Blosc()}\n"
            "def f(k):\n    zarr.group().create_dataset('x', shape=3, dtype='i4', compressor=ALL[k])"
        ),
        (
            "import zarr\nALL = {'a': zarr.codecs.ZstdCodec(level=1), "
            '\'b\': zarr.codecs.BloscCodec(cname="lz4", clevel=5, shuffle="shuffle")}\n'
            "def f(k):\n    zarr.group().create_array('x', shape=3, dtype='i4', compressors=ALL[k])"
        ),
    ),
    "a codec in an attribute of a class": (
        (
            "import zarr\nfrom numcodecs import GZip\nclass A:\n    codec = GZip(3)\n    def f(self, n):\n"
            "        return zarr.open_array(n, mode='w', shape=3, compressor=self.codec)"
        ),
        (
            "import zarr\nclass A:\n    codec = zarr.codecs.GzipCodec(level=3)\n    def f(self, n):\n"
            "        return zarr.open_array(n, mode='w', shape=3, codecs=[zarr.codecs.BytesCodec(), self.codec])"
        ),
    ),
    "a codec of a parameter that may be none": (
        (
            "import zarr\nfrom numcodecs import GZip\ndef f(n, codec=None):\n"
            "    zarr.open_array(n, mode='w', shape=3, compressor=codec)\nf('a')\nf('b', GZip(3))"
        ),
        (
            "import zarr\ndef f(n, codec=None):\n    zarr.open_array(n, mode='w', shape=3, "
            "codecs=[zarr.codecs.BytesCodec(), *([codec] if codec is not None else [])])\n"
            "f('a')\nf('b', zarr.codecs.GzipCodec(level=3))"
        ),
    ),
    "a codec that is used for something else too": (
        (
            "import zarr\nfrom numcodecs import GZip\nc = GZip(3)\nprint(c)\n"
            "zarr.group().create_dataset('a', shape=3, compressor=c)"
        ),
        (
            "import zarr\nfrom numcodecs import GZip\nc = GZip(3)\nprint(c)\n"
            "zarr.group().create_array('a', shape=3, compressors=zarr.codecs.GzipCodec(level=3), dtype=\"f8\")"
        ),
    ),
    "keywords of an attribute": (
        (
            "import zarr\nclass A:\n    kw = {'write_empty_chunks': False, 'cache_attrs': True, 'chunks': True}\n"
            "    def f(self, g: zarr.Group):\n        g.create_dataset('a', shape=3, dtype='i4', **self.kw)"
        ),
        (
            'import zarr\nclass A:\n    kw = {"config": {"write_empty_chunks": False}}\n'
            "    def f(self, g: zarr.Group):\n        g.create_array('a', shape=3, dtype='i4', **self.kw)"
        ),
    ),
    "keywords that are handed on": (
        (
            "import zarr\nfrom numcodecs import GZip\ndef f(g: zarr.Group, n, **kw):\n    kw.setdefault('dtype', 'i4')\n"
            "    return g.create_dataset(n, **kw)\ng = zarr.group()\nf(g, 'a', shape=3, compressor=GZip(3))\n"
            "f(g, 'b', shape=2, compressor=None)"
        ),
        (
            "import zarr\ndef f(g: zarr.Group, n, **kw):\n    kw.setdefault('dtype', 'i4')\n"
            "    return g.create_array(n, **kw)\ng = zarr.group()\n"
            "f(g, 'a', shape=3, compressors=zarr.codecs.GzipCodec(level=3))\nf(g, 'b', shape=2, compressors=None)"
        ),
    ),
    "chunks that may not be given": (
        "import zarr\ndef f(g: zarr.Group, chunks=None):\n    g.create_dataset('a', shape=3, dtype='i4', chunks=chunks)",
        (
            "import zarr\ndef f(g: zarr.Group, chunks=None):\n"
            "    g.create_array('a', shape=3, dtype='i4', chunks=\"auto\" if chunks is None else chunks)"
        ),
    ),
    "names of dimensions": (
        (
            "import zarr\ndef f(g: zarr.Group, dims):\n    z = g.create_dataset('a', shape=3, dtype='i4')\n"
            "    z.attrs['_ARRAY_DIMENSIONS'] = dims\n    print(z.attrs['_ARRAY_DIMENSIONS'])"
        ),
        (
            "import zarr\ndef f(g: zarr.Group, dims):\n"
            "    z = g.create_array('a', shape=3, dtype='i4', dimension_names=dims)\n"
            "    print(list(z.metadata.dimension_names))"
        ),
    ),
    "helpers that look into stores": (
        (
            "import zarr\nfrom zarr.storage import contains_array, rmdir\nstore = zarr.DirectoryStore('a')\n"
            "root = zarr.group(store=store)\nif contains_array(store, 'x'):\n    rmdir(store, 'x')"
        ),
        (
            "import zarr\nstore = zarr.storage.LocalStore('a')\nroot = zarr.group(store=store)\n"
            "if isinstance(root.get('x'), zarr.Array):\n    del root['x']"
        ),
    ),
    "the path of a group's store": (
        "import zarr\nstore = zarr.DirectoryStore('a')\ng = zarr.group(store=store)\nprint(g.create_group('b').store.path)",
        (
            "import zarr\nstore = zarr.storage.LocalStore('a')\ng = zarr.group(store=store)\n"
            "print(str(g.create_group('b').store.root))"
        ),
    ),
    "data of a parameter": (
        "import zarr\ndef f(g: zarr.Group, x):\n    g.create_dataset('x', data=x)\nf(zarr.group(), [1])",
        (
            "import numpy as np\nimport zarr\ndef f(g: zarr.Group, x):\n    g.create_array('x', data=np.asarray(x))\n"
            "f(zarr.group(), [1])"
        ),
    ),
    "times": (
        "import zarr\nz = zarr.open_array('a', 'w', 3, dtype='M8[ns]')",
        "import zarr\nz = zarr.open_array('a', mode='w', shape=3, dtype='M8[ns]', fill_value=0)",
    ),
}


@pytest.mark.parametrize(("before", "after"), BECOMES.values(), ids=BECOMES.keys())
def test_evidence_of_many_kinds(before: str, after: str) -> None:
    assert migrated(before + "\n").text == after + "\n"


EITHER_STORE = """
import zarr
from arraylake import Client
class Plain:
    def store(self):
        return zarr.DirectoryStore('a')
    def root(self):
        return zarr.open_group(self.store(), mode='a')
class Lake(Plain):
    def store(self):
        return Client().get_repo('o/r').store
"""


def test_a_silent_change_is_about_the_step_from_zarr_2() -> None:
    """It is mentioned while there is something of zarr 2 in the module, and no longer when all of that is gone."""
    code = "import zarr\nstore = zarr.DirectoryStore('a')\nprint(zarr.open_group(store, mode='w').attrs)\n"
    first = migrate(code, Settings())
    assert [f.code for f in first.findings if not f.fixed] == ["AL466"]
    assert not migrate(first.text, Settings()).findings
    left = migrate(code, Settings(ignore=("AL450",)))
    assert left.text == code
    assert [f.code for f in left.findings if not f.suppressed] == ["AL466"]


def test_a_store_that_may_be_of_a_repo_may_be_a_plain_one() -> None:
    assert "AL466" in {f.code for f in migrate(EITHER_STORE, Settings()).findings}


SPOKEN_OF = {
    "a new group": "import zarr\ng = zarr.open_group('a', mode='w')",
    "a new dataset": "import xarray as xr\nxr.Dataset().to_zarr('a.zarr')",
    "an element as a key": "import zarr\nz = zarr.open_array('a', mode='r')\nprint({0: 'a'}[z[0]])",
    "no fill value": "import zarr\nz = zarr.empty(3)",
    "the order of children": "import zarr\nprint(list(zarr.open_group('a', mode='r').keys()))",
}


@pytest.mark.parametrize("code", SPOKEN_OF.values(), ids=SPOKEN_OF.keys())
def test_what_runs_with_both_is_spoken_of_where_nothing_is_for_zarr_3_only(code: str) -> None:
    migration = migrate(code + "\n", Settings())
    assert migration.text == code + "\n"
    assert migration.findings
    assert not migrate(f"from zarr.storage import LocalStore\n{code}\n", Settings()).findings


FLAGGED = {
    "chunks that leave lengths out": (
        "import zarr\ndef f(c):\n    return zarr.open_array('a', mode='w', shape=(3, 4), chunks=c)\nf((2, None))"
    ),
    "keywords that two kinds of calls share": (
        "import zarr\nkw = {'compressor': zarr.GZip()}\nzarr.group().create_dataset('a', shape=3, **kw)\nzarr.create(3, **kw)"
    ),
    "the keys of a store": "import zarr\nstore = {}\ng = zarr.group(store=store)\nprint('.zgroup' in store)",
    "chunks that are counted": "import zarr\nz = zarr.zeros(8, chunks=2)\nprint(z.nchunks_initialized)",
    "an element that becomes a key by a name": (
        "import zarr\nz = zarr.zeros(8, chunks=2)\nn = {}\nfor i in range(8):\n    v = z[i]\n    n[v] = i"
    ),
    "stores without a successor": "import zarr\ns = zarr.LMDBStore('a')",
    "an unknown codec": "import zarr\ndef f(codec):\n    zarr.create(3, compressor=codec)",
    "a codec that zarr 3 has not": (
        "import numcodecs, zarr\nzarr.group().create_dataset('a', shape=3, filters=[numcodecs.Categorize('a', 'O')])"
    ),
    "arrays of objects": "import zarr\nzarr.create(3, dtype=object)",
    "ragged arrays": "import zarr\nzarr.group().create_dataset('a', shape=3, dtype='array:i4')",
    "copies": "import zarr\nzarr.copy_store({}, {})",
    "views": "import zarr\nz = zarr.zeros(3)\nz.view('u4')",
    "move": "import zarr\nzarr.group().move('a', 'b')",
    "stores as mappings": "import zarr\nstore = zarr.DirectoryStore('a')\nprint(list(store.keys()), store['k'])",
    "positions that are not seen": "import zarr\ndef f(*a):\n    zarr.open_group('a', 'r')\n    return zarr.open_array(*a)",
    "an unknown keyword": "import zarr\nz = zarr.zeros(3, bogus=1)",
    "synchronizers": "import zarr\nsync = zarr.ThreadSynchronizer()",
    "a new format": "import zarr\ng = zarr.open_group('a.zarr', 'w')",
    "no fill value": "import zarr\nz = zarr.open_array('a.zarr', 'w', 3, fill_value=None)",
    "one element": "import zarr\nz = zarr.open_array('a.zarr', 'r')\nprint({z[0]: 1})",
    "assigned values": "import zarr\nz = zarr.open_array('a.zarr', 'r+')\nx = [1]\nz[:] = x",
    "text": "import zarr\nz = zarr.open_array('a.zarr', 'w', 3, dtype=str)",
    "attributes changed in place": "import zarr\nz = zarr.open_array('a.zarr', 'r+')\nz.attrs['a'].append(1)",
    "N5": "import zarr\nz = zarr.open('a.n5', mode='w')",
    "a mapping": "import zarr\nfrom collections.abc import MutableMapping\nprint(isinstance(zarr.group(), MutableMapping))",
    "private modules": "from zarr.util import normalize_shape",
    "a re-exported store": "from zarr.storage import DirectoryStore",
}


@pytest.mark.parametrize("code", FLAGGED.values(), ids=FLAGGED.keys())
def test_what_a_person_has_to_see(code: str) -> None:
    findings = migrated(code + "\n").findings
    assert [f for f in findings if f.applicability == "manual" and f.instead]


def test_a_field_of_records_may_be_named_by_a_variable() -> None:
    code = (
        "import zarr\nz = zarr.open_array('a', mode='w', shape=3, dtype=[('n', 'i4'), ('x', 'f4')])\n"
        "for name in ('n', 'x'):\n    z[name] = [1, 2, 3]\n"
    )
    assert [f.span.line for f in migrate(code, Settings()).findings if "one by one" in f.message] == [4]
