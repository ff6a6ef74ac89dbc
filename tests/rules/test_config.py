"""Settings and environment variables."""

import pytest

from al_codemod.finding import Applicability
from rules.support import migrated

CONFIG = "from arraylake import config\n"
KEY = "ZARR_V3_EXPERIMENTAL_API"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param('config.set({"s3.anon": True, "token": "t"})', 'config.set({"token": "t"})', id="one of two"),
        pytest.param(
            'config.set({"s3": {"anon": True}, "token": "t"})', 'config.set({"token": "t"})', id="a nested table"
        ),
        pytest.param('config.set(s3__anon=True, token="t")', 'config.set(token="t")', id="a keyword"),
        pytest.param('c = config.set({"s3.anon": True})', "c = config.set({})", id="the result is used"),
        pytest.param(
            'config.set({\n    # where\n    "service.uri": "u",  # here\n    "s3.anon": True,\n})',
            'config.set({\n    # where\n    "service.uri": "u",  # here\n})',
            id="comments stay",
        ),
        pytest.param(
            'config.set({"repo.allow_v1_get_repo": True, "user.diagnostics": 1})',
            'config.set({"user.diagnostics": 1})',
            id="a group of keys",
        ),
    ],
)
def test_settings(becomes, before: str, after: str) -> None:
    becomes(f"{CONFIG}{before}\n", f"{CONFIG}{after}\n")


def test_last_setting_takes_the_import_along(becomes) -> None:
    becomes(f'{CONFIG}config.set({{"s3.anon": True}})\nprint(1)\n', "print(1)\n")


def test_context_without_settings(becomes) -> None:
    becomes(
        f'{CONFIG}with config.set({{"async.concurrency": 1}}), open("f") as f:\n    print(f)\n',
        'import contextlib\n\nwith contextlib.nullcontext(), open("f") as f:\n    print(f)\n',
    )


@pytest.mark.parametrize(
    "code",
    [
        pytest.param('config.set({"service.uri": "u", "log_level": "INFO"})', id="settings that stay"),
        pytest.param("config.set(values)", id="settings that are not seen"),
        pytest.param('donfig.config.set({"s3.anon": True})', id="settings of something else"),
        pytest.param('print(config.get("token"))', id="a setting that is asked for"),
    ],
)
def test_no_obsolete_settings(stays, findings, code: str) -> None:
    code = f"import donfig\n{CONFIG}values = donfig\n{code}\n"
    stays(code)
    assert not findings(code)


@pytest.mark.parametrize(
    ("code", "instead"),
    [
        pytest.param(
            'config.set({"chunkstore.inline_threshold_bytes": 0})', "inline_chunk_threshold_bytes", id="inline chunks"
        ),
        pytest.param(
            'config.set({"chunkstore": {"inline_threshold_bytes": 0}})', "inline_chunk_threshold_bytes", id="nested"
        ),
        pytest.param('config.set({"max_commit_attempts": 3})', "rebase_tries", id="attempts"),
        pytest.param('config.get("s3.endpoint_url")', "bucket", id="a setting that is asked for"),
    ],
)
def test_by_hand(stays, findings, code: str, instead: str) -> None:
    stays(f"{CONFIG}{code}\n")
    (found,) = findings(f"{CONFIG}{code}\n")
    assert found.applicability is Applicability.MANUAL
    assert instead in found.instead


def test_setting_that_the_program_asks_for_is_not_dropped(stays) -> None:
    stays(f'{CONFIG}config.set({{"s3.anon": True}})\nprint(config.get("s3.anon"))\n')


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(f'os.environ["{KEY}"] = "1"', "", id="assigned"),
        pytest.param(f'os.environ.setdefault("{KEY}", "1")', "", id="setdefault"),
        pytest.param(f'os.putenv("{KEY}", "1")', "", id="putenv"),
        pytest.param(f'del os.environ["{KEY}"]', "", id="deleted"),
        pytest.param(f'os.environ.update({{"{KEY}": "1"}})', "", id="update with nothing else"),
        pytest.param(
            f'os.environ.update({{"{KEY}": "1", "A": "2"}})',
            'os.environ.update({"A": "2"})',
            id="update with something else",
        ),
        pytest.param(f'os.environ.update({KEY}="1", A="2")', 'os.environ.update(A="2")', id="update by keyword"),
        pytest.param(
            f'run(env={{**os.environ, "{KEY}": "1"}})', "run(env={**os.environ})", id="environment of a process"
        ),
        pytest.param(
            f'def test(monkeypatch):\n    monkeypatch.setenv("{KEY}", "1")',
            "def test(monkeypatch):\n    pass",
            id="monkeypatch",
        ),
        pytest.param('os.environ["ARRAYLAKE_S3__ANON"] = "1"', "", id="a variable of the chunk store"),
        pytest.param(
            'os.environ["ARRAYLAKE_TOKEN"] = "1"', 'os.environ["ARRAYLAKE_TOKEN"] = "1"', id="a variable that stays"
        ),
        pytest.param('os.environ["OTHER"] = "1"', 'os.environ["OTHER"] = "1"', id="another variable"),
        pytest.param(f'settings["{KEY}"] = "1"', f'settings["{KEY}"] = "1"', id="another table"),
        pytest.param(f'print("{KEY}")', f'print("{KEY}")', id="the name in a text"),
    ],
)
def test_environment(before: str, after: str) -> None:
    start = "import os\nsettings, run = {}, print\nprint(os.sep)\n"
    assert migrated(f"{start}{before}\n").text.rstrip() == f"{start}{after}".rstrip()


def test_variable_takes_the_import_along(becomes) -> None:
    becomes(f'import os\nos.environ["{KEY}"] = "1"\nimport zarr\n', "import zarr\n")


def test_variable_that_is_asked_for(stays, findings) -> None:
    code = f'import os\nif os.environ.get("{KEY}") == "1":\n    print("v3")\n'
    stays(code)
    assert [f.applicability for f in findings(code)] == [Applicability.MANUAL]


def test_switch_inside_of_zarr(becomes) -> None:
    becomes(
        "import zarr\nimport zarr._storage.store\nzarr._storage.store.v3_api_available = True\nzarr.open\n",
        "import zarr\nzarr.open\n",
    )
