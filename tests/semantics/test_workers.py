"""What the analysis concludes about work that runs elsewhere: what is sent, what comes back, and what it refuses."""

import pytest

from al_codemod.migrate import migrate_program
from al_codemod.semantics.modules import Module
from al_codemod.semantics.program import Program
from al_codemod.settings import Settings

PROGRAM = """
import dask
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import repeat
from multiprocessing import Process, get_context
from arraylake import Client
from joblib import Parallel, delayed


def write(repo, i):
    repo.root_group["a"][i] = i
    return i


def fill(store, i):
    write_into(store, i)


def write_into(store, i):
    import zarr
    zarr.open_group(store)["a"][i] = i


def write_indexed(source, target):
    a = target
    a[source[0]] = 1


class Job:
    def fill(self, store, other):
        import zarr
        zarr.open_group(store)["a"][0] = 1


def by_row(row):
    repo, i = row
    repo.root_group["a"][i] = i


def by_row_twice(row):
    repo, i = row
    repo.root_group["a"][i] = len(row)


def main():
    repo = Client().get_repo("org/repo")
    repo.root_group.attrs["started"] = 1
    repo.commit("start")
    pool = ProcessPoolExecutor(mp_context=get_context("spawn"))
    old_pool = get_context("spawn").Pool()
    {work}
    repo.commit("done")
"""


def program(work: str) -> str:
    return PROGRAM.replace("{work}", work.replace("\n", "\n    "))


FORKED = [
    pytest.param("list(pool.map(write, repeat(repo), range(4)))", "write(fork", id="map"),
    pytest.param("list(pool.map(partial(write, repo), range(4)))", "partial(write, fork)", id="partial"),
    pytest.param("fs = [pool.submit(write, repo, i) for i in range(4)]", "write, fork, i", id="submit"),
    pytest.param("f = pool.submit(write, repo, 1)\nprint(f.result())", "f.result()[0]", id="one future"),
    pytest.param(
        "p = ThreadPoolExecutor() if one else pool\nf = p.submit(write, repo, 1)\nprint(f.result())",
        "f.result()[0]",
        id="threads or processes",
    ),
    pytest.param("for i in range(4):\n    pool.submit(write, repo=repo, i=i)", "fork=fork, i=i", id="by keyword"),
    pytest.param("old_pool.starmap(write, [(repo, i) for i in range(4)])", "[(fork, i)", id="starmap"),
    pytest.param(
        "old_pool.map(by_row, [(repo, i) for i in range(4)])", "[(fork, i)", id="a tuple that is taken apart there"
    ),
    pytest.param("old_pool.apply_async(write, (repo, 1))", "future.get()[1]", id="apply_async"),
    pytest.param("old_pool.starmap(fill, zip(repeat(repo.store), range(4)))", "repeat(fork.store)", id="zip"),
    pytest.param("Parallel(2)(delayed(write)(repo, i) for i in range(4))", "(fork, i)", id="joblib"),
    pytest.param("dask.compute(*[dask.delayed(write)(repo, i) for i in range(4)])", "(fork, i)", id="dask"),
]


@pytest.mark.parametrize(("work", "expected"), FORKED)
def test_workers_get_a_fork_that_is_merged_before_the_commit(work: str, expected: str) -> None:
    (result,) = migrate_program([Module.parse(program(work))], Settings())
    assert expected in result.text
    assert result.text.index(".fork()") < result.text.index(".merge(") < result.text.index('commit("done")')


REFUSED = [
    pytest.param(
        "d = {i: pool.submit(write, repo, i) for i in range(2)}\nfor pair in d.items():\n    print(pair[1].result())",
        id="pairs that are not taken apart",
    ),
    pytest.param(
        "d = {i: pool.submit(write, repo, i) for i in range(2)}\nprint(d.get(0).result())",
        id="a task of a dictionary that may not be there",
    ),
    pytest.param(
        "d = {i: pool.submit(write, repo, i) for i in range(2)}\nprint(gather(d))",
        id="a dictionary of tasks that goes out of sight",
    ),
    pytest.param(
        "d = {i: pool.submit(write, repo, i) for i in range(2)}\nprint(list(d.items())[0][1].result())",
        id="a list of pairs",
    ),
    pytest.param("old_pool.map(by_row_twice, [(repo, i) for i in range(4)])", id="a tuple that is kept there"),
    pytest.param(
        "try:\n    pool.submit(write, repo, 1).result()\nexcept OSError:\n    pass", id="failures are handled"
    ),
    pytest.param("f = pool.submit(write, repo, 1)\nrepo.commit('x')\nf.result()", id="a commit in between"),
    pytest.param("f = pool.submit(write, repo, 1)\nprint(repo.root_group['a'][:])\nf.result()", id="a read in between"),
    pytest.param("keep(pool.submit(write, repo, 1))", id="a future goes out of sight"),
    pytest.param(
        "print(fill(repo.store, 0))\nlist(pool.map(fill, [repo.store] * 4, range(4)))",
        id="called directly for what it does not give",
    ),
    pytest.param("p = Process(target=write, args=(repo, 1))\np.start()", id="a process that returns nothing"),
    pytest.param(
        "g = repo.root_group\nf = pool.submit(write_indexed, g['a'], g['b'])\nf.result()",
        id="which is written is unsure",
    ),
    pytest.param("f = pool.submit(Job().fill, repo.store, repo.store)\nf.result()", id="a method"),
    pytest.param("pool.submit(lambda r: write(r, 1), repo)", id="a lambda"),
    pytest.param("list(pool.map(unknown, [repo] * 4))", id="a function that is not seen"),
    pytest.param("args = (repo, 1)\nprint(args)\npool.submit(write, *args)", id="unpacked"),
    pytest.param("list(pool.map(write, [repo, repo], range(2)))", id="a list of repos"),
    pytest.param("dask.delayed(write)(repo, 1).compute()", id="a delayed task that is computed by itself"),
    pytest.param("t = dask.delayed(write)(repo, 1)\ndask.compute(t)\ndask.compute(t)", id="computed twice"),
    pytest.param(
        "p = ThreadPoolExecutor() if one else old_pool\np.map(write, [repo], [1])",
        id="which take the work in other ways",
    ),
]


@pytest.mark.parametrize("work", REFUSED)
def test_what_cannot_be_followed_is_left_and_reported(work: str) -> None:
    source = program(work)
    (result,) = migrate_program([Module.parse(source)], Settings())
    assert 'repo.commit("done")' in result.text
    assert any(not f.fixed for f in result.findings)


def test_a_dirty_session_is_not_forked_on_icechunk_1() -> None:
    source = program('repo.root_group.attrs["x"] = 2\nlist(pool.map(write, repeat(repo), range(4)))')
    (second,) = migrate_program([Module.parse(source)], Settings())
    (first,) = migrate_program([Module.parse(source)], Settings(target="1"))
    assert ".fork()" in second.text
    assert ".fork()" not in first.text
    assert 'repo.commit("done")' in first.text


def test_workers_that_open_the_repo_themselves_rebase() -> None:
    source = program("list(pool.map(own, range(4)))").replace(
        "def main",
        'def own(i):\n    repo = Client().get_repo("org/repo")\n    repo.root_group.attrs[str(i)] = i\n'
        '    repo.commit("own")\n\n\ndef main',
    )
    (result,) = migrate_program([Module.parse(source)], Settings())
    assert 'session.commit("own", rebase_with=icechunk.ConflictDetector())' in result.text
    assert ".fork()" not in result.text


def test_threads_share_the_session() -> None:
    program_ = Program.of_text(program("tp = ThreadPoolExecutor()\nlist(tp.map(partial(write, repo), range(4)))"))
    (work,) = program_.workers.work.values()
    (sent,) = work.sent
    assert (sent.name, sent.forked, sent.returned) == ("session", False, "")
