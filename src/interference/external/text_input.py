"""The text of a file or of standard input: plain or gzip, UTF-8, or UTF-16 with its mark."""

import codecs
import gzip
import io
import sys
import zlib
from pathlib import Path

from interference.errors import BadInput
from interference.io.input_files import check_regular, check_unpacked

STANDARD_INPUT = "-"  # in place of a file
BLOCK = 2**24  # bytes that are decompressed at a time
GZIP = b"\x1f\x8b"  # the first bytes of every gzip file


def read_bytes(path: Path) -> bytes:
    """Read a file, or standard input if the path is `-`.

    Args:
        path: The file.

    Returns:
        Its content; the content of a gzip file is decompressed.

    Raises:
        BadInput: The path is a folder, a pipe, a socket or a device, or a gzip file holds far more
            than its size lets expect.
        OSError: The file cannot be read, or its compression is broken.
    """
    if str(path) == STANDARD_INPUT:
        content = sys.stdin.buffer.read()
    else:
        check_regular(path)
        content = path.read_bytes()
    return _decompressed(content, path) if content.startswith(GZIP) else content


def _decompressed(content: bytes, path: Path) -> bytes:
    """The content of a gzip file, whose size is checked block by block."""
    blocks = []
    size = 0
    try:
        with gzip.open(io.BytesIO(content)) as file:
            while block := file.read(BLOCK):
                blocks.append(block)
                size += len(block)
                check_unpacked(path, size, len(content))
    except zlib.error as error:
        raise OSError(str(error)) from error
    return b"".join(blocks)


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, or in UTF-16 that begins with a byte order mark.

    Args:
        path: The file, which may be compressed with gzip, or `-` for standard input.

    Returns:
        Its text.

    Raises:
        BadInput: As `read_bytes`, or the file has another encoding or is not a text file.
        OSError: The file cannot be read, or its compression is broken.
    """
    return decode(read_bytes(path), str(path))


def decode(content: bytes, source: str) -> str:
    """Decode UTF-8, or UTF-16 that begins with a byte order mark.

    Args:
        content: The bytes.
        source: The file that they come from, for the error.

    Returns:
        The text.

    Raises:
        BadInput: The bytes are in another encoding, or no text.
    """
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # no text holds this character, but binary files and unmarked UTF-16 do
        raise BadInput(
            f"{source}: found no UTF-8 text, allowed: UTF-8, or UTF-16 that begins with a byte "
            "order mark; save the file in one of them"
        )
    return text
