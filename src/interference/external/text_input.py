"""The text of a file or of standard input: plain or gzip, UTF-8, or UTF-16 with its mark."""

import codecs
import gzip
import sys
from pathlib import Path

from interference.errors import BadInput

STANDARD_INPUT = "-"  # in place of a file
GZIP = b"\x1f\x8b"  # the first bytes of every gzip file


def read_bytes(path: Path) -> bytes:
    """Read a file, or standard input if the path is `-`.

    Args:
        path: The file.

    Returns:
        Its content; the content of a gzip file is decompressed.

    Raises:
        OSError: The file cannot be read, or its compression is broken.
    """
    is_standard_input = str(path) == STANDARD_INPUT
    content = sys.stdin.buffer.read() if is_standard_input else path.read_bytes()
    return gzip.decompress(content) if content.startswith(GZIP) else content


def read_text(path: Path) -> str:
    """Read a text file in UTF-8, or in UTF-16 that begins with a byte order mark.

    Args:
        path: The file, which may be compressed with gzip, or `-` for standard input.

    Returns:
        Its text.

    Raises:
        BadInput: The file has another encoding, or is not a text file.
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
