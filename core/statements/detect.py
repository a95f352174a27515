"""Tells a file's format by what is in it, never by its name, and refuses what is no statement."""

from __future__ import annotations

import re

from core.statements.refusals import (
    EmptyFile,
    FileEncrypted,
    FileIsArchive,
    FormatNotYet,
    FormatUnknown,
)
from core.statements.statement import StatementFormat
from core.statements.text import decode

_HEAD_BYTES = 8_192
_ARCHIVES = (b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"BZh", b"\xfd7zXZ\x00")
_ENCRYPTED = (b"-----BEGIN PGP MESSAGE", b"age-encryption.org/", b"Salted__")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"II*\x00", b"MM\x00*")
_OFX = re.compile(r"<OFX>|OFXHEADER\s*[:=]|<\?OFX\b", re.IGNORECASE)
_MT940 = re.compile(r"^(\{1:|:20:)|^:(25|28C?|60[FM]):", re.MULTILINE)
_QIF = re.compile(r"^!(Type|Account|Option|Clear)\b", re.IGNORECASE | re.MULTILINE)
_CAMT = re.compile(r"camt\.05[234]|<(\w+:)?BkTo\w+Stmt\b")
_BY_MARK = (
    (_CAMT, StatementFormat.CAMT),
    (_MT940, StatementFormat.MT940),
    (_QIF, StatementFormat.QIF),
)
_WEB_PAGE = re.compile(r"<!doctype html|<html\b", re.IGNORECASE)


def detect_format(data: bytes) -> StatementFormat:
    """Return the format of a file we can try to read, or raise why it is none.

    CSV is what is left: text with lines that no other format claims.
    """
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise EmptyFile
    packed = _packed_format(data)
    if packed is not None:
        return packed
    head = decode(data[:_HEAD_BYTES])
    if _OFX.search(head):
        is_quicken = b"<INTU." in data[:_HEAD_BYTES]
        return StatementFormat.QFX if is_quicken else StatementFormat.OFX
    for pattern, found in _BY_MARK:
        if pattern.search(head):
            return found
    _refuse_other_text(head)
    return StatementFormat.CSV


def _packed_format(data: bytes) -> StatementFormat | None:
    """Return the format of a file that is no plain text; refuse what holds no statement."""
    head = data[:1024]
    if b"%PDF-" in head:
        _refuse_if(b"/Encrypt" in data)
        return StatementFormat.PDF
    if head.startswith(b"PK\x03\x04"):
        _refuse_if(bool(head[6] & 1) if len(head) > 6 else False)
        if b"xl/" in data:
            return StatementFormat.XLSX
        raise FileIsArchive
    _refuse_binary(data, head)
    return None


def _refuse_binary(data: bytes, head: bytes) -> None:
    if head.startswith(b"\xd0\xcf\x11\xe0"):  # the container of old Office and of locked new Office
        _refuse_if("EncryptedPackage".encode("utf-16-le") in data)
        raise FormatNotYet(format="XLS")
    if head.startswith(_ARCHIVES):
        raise FileIsArchive
    _refuse_if(any(mark in head for mark in _ENCRYPTED))
    if head.startswith(_PICTURES):
        raise FormatUnknown(reason="picture")
    if _looks_binary(head):
        raise FormatUnknown(reason="binary")


def _refuse_if(encrypted: bool) -> None:  # noqa: FBT001 - reads as a sentence at every call
    if encrypted:
        raise FileEncrypted


def _looks_binary(head: bytes) -> bool:
    text = decode(head)
    odd = sum(1 for sign in text if sign < " " and sign not in "\t\n\f\x1a")
    return odd * 50 > len(text)


def _refuse_other_text(head: str) -> None:
    if _WEB_PAGE.search(head):
        raise FormatUnknown(reason="web_page")
    if head.lstrip().startswith(("<", "{", "[{")):
        raise FormatUnknown(reason="other_data")
