"""CIFAR-10H: how people name CIFAR-10's test images (Peterson et al., ICCV 2019).

Its licence is CC BY-NC-SA 4.0. This project does not contain it: it is read from the raw folder, or
downloaded into it, and used only if its SHA-256 is the expected one.
"""

import hashlib
import io
import lzma
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import numpy as np

from interference.errors import BadInput
from interference.io import files
from interference.vocabulary import Array

NAME = "cifar10h-counts.npy"
ADDRESS = "https://raw.githubusercontent.com/jcpeterson/cifar-10h/master/data/cifar10h-counts.npy"
SHA256 = "9b36b4550349af56c79083356312eb4af856cc5fd3caf1f669d40b9d0bbb69ff"
SHAPE = (10000, 10)
SECONDS = 60  # to wait for the server


def votes(raw: Path) -> Array:
    """How many people chose each class for each test image of CIFAR-10.

    Args:
        raw: The folder of raw files. The file is downloaded into it unless a copy is there, as
            `cifar10h-counts.npy` or compressed as `cifar10h-counts.npy.xz`.

    Returns:
        Votes (10000, 10): a row for each test image in the official order, a column for each class
        in label order; about 51 votes an image.

    Raises:
        BadInput: The copy has another checksum, or no copy exists and the download fails.
    """
    content = _content(raw)
    loaded: Array = np.load(io.BytesIO(content), allow_pickle=False)
    if loaded.shape != SHAPE:
        raise BadInput(f"{raw / NAME}: found an array {loaded.shape}, expected {SHAPE}")
    return loaded


def _content(raw: Path) -> bytes:
    """The bytes of the file, whose SHA-256 was checked."""
    plain = raw / NAME
    packed = raw / f"{NAME}.xz"
    if plain.is_file():
        return _checked(plain.read_bytes(), str(plain))
    if packed.is_file():
        try:
            unpacked = lzma.decompress(packed.read_bytes())
        except lzma.LZMAError as error:
            raise BadInput(f"{packed}: not a readable xz file ({error}); remove it") from error
        return _checked(unpacked, str(packed))
    try:
        with urlopen(ADDRESS, timeout=SECONDS) as response:
            downloaded: bytes = response.read()
    except (OSError, URLError) as error:
        raise BadInput(
            f"CIFAR-10H: no {NAME} in {raw}, and it cannot be downloaded ({error}). Put the file "
            "there, name a folder that holds it with INTERFERENCE_RAW, or leave out what needs it: "
            "claims.humans or --reference cifar10h"
        ) from error
    content = _checked(downloaded, ADDRESS)
    files.write_bytes(plain, content)
    return content


def _checked(content: bytes, source: str) -> bytes:
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise BadInput(f"{source}: SHA-256 {digest}, expected {SHA256}; remove it")
    return content
