import os
import stat
from pathlib import Path

import pytest

from al_codemod.source.errors import SourceError
from al_codemod.source.files import read_bytes, replace_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "f.py"
    path.write_bytes(b"old\r\n")
    return path


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 3_000_000])
def test_read_whole(tmp_path: Path, size: int) -> None:
    path = tmp_path / "f.py"
    path.write_bytes(os.urandom(size))
    assert read_bytes(str(path)) == path.read_bytes()


def test_read_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone.py:1:1: no such file or directory$"):
        read_bytes(str(tmp_path / "gone.py"))


def test_replace(file: Path) -> None:
    replace_file(str(file), b"old\r\n", b"new\r\n")
    assert file.read_bytes() == b"new\r\n"
    assert os.listdir(file.parent) == ["f.py"]


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o2755])
def test_mode_is_kept(file: Path, mode: int) -> None:
    file.chmod(mode)
    replace_file(str(file), b"old\r\n", b"new")
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owner_is_kept(file: Path) -> None:
    os.chown(file, 12345, 23456)
    file.chmod(0o4755)
    replace_file(str(file), b"old\r\n", b"new")
    assert (file.stat().st_uid, file.stat().st_gid, stat.S_IMODE(file.stat().st_mode)) == (12345, 23456, 0o4755)


def test_a_link_stays_a_link(file: Path) -> None:
    link = file.parent / "elsewhere" / "link.py"
    link.parent.mkdir()
    link.symlink_to("../f.py")
    replace_file(str(link), b"old\r\n", b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert os.listdir(link.parent) == ["link.py"]


def test_a_file_that_changed_meanwhile_is_left_alone(file: Path) -> None:
    file.write_bytes(b"somebody else's\n")
    with pytest.raises(SourceError, match="changed on disk"):
        replace_file(str(file), b"old\r\n", b"new")
    assert file.read_bytes() == b"somebody else's\n"
    assert os.listdir(file.parent) == ["f.py"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_interrupted_at_any_step_the_old_file_is_whole(
    file: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises((SourceError, KeyboardInterrupt)):
        replace_file(str(file), b"old\r\n", b"new")
    assert file.read_bytes() == b"old\r\n"
    assert os.listdir(file.parent) == ["f.py"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everything")
def test_a_file_that_is_protected_is_left_alone(file: Path) -> None:
    file.chmod(0o444)
    with pytest.raises(SourceError, match="not writable"):
        replace_file(str(file), b"old\r\n", b"new")
