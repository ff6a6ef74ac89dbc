import codecs

import pytest

from al_codemod.source.check import check_syntax
from al_codemod.source.errors import SourceError
from al_codemod.source.text import decode

KEPT = [
    pytest.param(b"", id="empty"),
    pytest.param(b"x = 1", id="no final newline"),
    pytest.param(b"x = 1\r\ny = 2\r\n", id="CRLF"),
    pytest.param(b"x = 1\ry = 2\r", id="CR alone"),
    pytest.param(b"x = 1\ny = 2\r\nz = 3\r", id="mixed line endings"),
    pytest.param(codecs.BOM_UTF8 + b"x = '\xc3\xa9'\n", id="byte order mark"),
    pytest.param(codecs.BOM_UTF8 + b"# coding: utf-8\nx = 1\n", id="byte order mark and cookie"),
    pytest.param(b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", id="latin-1 cookie"),
    pytest.param(
        b"#!/usr/bin/python\r# vim: set fileencoding=cp1252 :\rx = '\x80'\r", id="cookie on a second line after CR"
    ),
    pytest.param("# coding: shift_jis\nx = '日本'\n".encode("shift_jis"), id="a multi-byte encoding"),
    pytest.param(b"x = 1\n\x0c\ndef f():\n\treturn 1\n", id="form feed and tabs"),
    pytest.param(b"x = '\xe2\x80\xa8\xc2\x85'\n", id="what other tools take for line ends"),
]


@pytest.mark.parametrize("data", KEPT)
def test_bytes_survive(data: bytes) -> None:
    source = decode("f.py", data)
    assert source.encode(source.text) == data


REFUSED = [
    pytest.param(b"x = 1\ny = '\xe9'\n", "f.py:2:6: not valid utf-8: ", id="not UTF-8"),
    pytest.param(b"# caf\xe9\nx = 1\n", "f.py:1:6: not valid utf-8: ", id="not UTF-8 in the first line"),
    pytest.param(b"x = '\xc3\xa9\xff'\r\n", "f.py:1:7: not valid utf-8: ", id="columns count characters"),
    pytest.param(b"# coding: klingon\n", "f.py:1:1: unknown encoding: klingon", id="unknown encoding"),
    pytest.param(
        codecs.BOM_UTF8 + b"# coding: latin-1\n", "f.py:1:1: encoding problem: utf-8", id="mark against cookie"
    ),
    pytest.param(b"# coding: rot13\nk = 1\n", "f.py:1:1: cannot be decoded as rot13: ", id="not an encoding of text"),
    pytest.param(b"x = 1\ny = '\0'\n", "f.py:2:6: source code cannot contain null bytes", id="null byte"),
    pytest.param(
        b"# coding: utf-7\nx = '+AGE-'\n", "f.py:1:1: decoding as utf-7 and encoding again", id="not one to one"
    ),
]


@pytest.mark.parametrize(("data", "message"), REFUSED)
def test_refused(data: bytes, message: str) -> None:
    with pytest.raises(SourceError) as caught:
        decode("f.py", data)
    assert str(caught.value).startswith(message)


def test_what_the_encoding_cannot_hold_is_refused() -> None:
    source = decode("f.py", b"# coding: ascii\nx = 1\n")
    with pytest.raises(SourceError, match=r"^f.py:2:6: the migrated code cannot be written in ascii$"):
        source.encode("# coding: ascii\nx = '\u20ac'\n")


def test_a_syntax_error_has_its_place() -> None:
    with pytest.raises(SourceError, match=r"^f.py:2:5: does not parse: "):
        check_syntax("f.py", "x = 1\nif x\n")


@pytest.mark.parametrize(
    "text", ["x = " + "-" * 50_000 + "1\n", "x" + ".a" * 200_000 + "\n"], ids=["prefix", "postfix"]
)
def test_nesting_beyond_the_parser_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="nests too deep"):
        check_syntax("f.py", text)


def test_odd_escapes_in_a_file_are_not_announced(
    capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    check_syntax("f.py", "x = '\\d'\nassert (x, 'always')\n")
    assert not recwarn.list
    assert capfd.readouterr() == ("", "")
