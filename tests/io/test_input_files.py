"""Files that are no regular files, and files that unpack to far more than their size."""

import gzip
import os
import pickle
import resource
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from interference import claims, datasets, params, read_predictions
from interference.errors import BadInput
from interference.external import text_input
from interference.external.class_name_files import read_class_file
from interference.io import files, input_files, tables, torch_files, weights
from interference.study import select

READERS: dict[str, Callable[[Path], Any]] = {
    "table": lambda path: tables.read(path, "cctm"),
    "image table": lambda path: tables.read_images(path, "test"),
    "classes of a table": tables.read_classes,
    "weights": weights.load,
    "checkpoint": torch_files.state_dicts,
    "parameters": params.load,
    "class names": read_class_file,
    "predictions.csv": read_predictions,
    "predictions.jsonl": read_predictions,
    "predictions.parquet": read_predictions,
    "npz": lambda path: datasets.read("npz", path),
    "claims": claims.read,
}
MEMORY = 4 * 2**30  # bytes of address space that a reader may take


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """End a test that takes much memory or time."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, before[1]))
    started = time.monotonic()
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)
    assert time.monotonic() - started < 20


def path_for(reader: str, folder: Path) -> Path:
    return folder / (reader if "." in reader else "theirs.safetensors")


def line_of(read: Callable[[Path], Any], path: Path) -> str:
    """The message of the error that reading a path raises; it is one line."""
    with pytest.raises(BadInput) as caught:
        read(path)
    message = str(caught.value)
    assert message.isprintable()
    assert path.name in message
    return message


@pytest.mark.parametrize("reader", READERS)
def test_a_pipe_is_refused_and_never_waited_for(reader: str, tmp_path: Path):
    path = path_for(reader, tmp_path)
    os.mkfifo(path)
    assert line_of(READERS[reader], path).endswith("is a pipe, expected a file")


@pytest.mark.parametrize("reader", READERS)
def test_a_socket_is_refused(reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)  # the path of a socket must be short
    path = path_for(reader, Path())
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        assert line_of(READERS[reader], path).endswith("is a socket, expected a file")


@pytest.mark.parametrize("reader", READERS)
def test_a_link_to_an_endless_device_is_refused(reader: str, tmp_path: Path):
    path = path_for(reader, tmp_path)
    path.symlink_to("/dev/zero")
    assert line_of(READERS[reader], path).endswith("is a device, expected a file")


@pytest.mark.parametrize("reader", READERS)
def test_a_folder_in_place_of_a_file_is_refused(reader: str, tmp_path: Path):
    path = path_for(reader, tmp_path)
    path.mkdir()
    assert line_of(READERS[reader], path).endswith("is a folder, expected a file")


@pytest.mark.parametrize("reader", READERS)
def test_a_file_below_a_file_is_refused(reader: str, tmp_path: Path):
    (tmp_path / "theirs").touch()
    path = path_for(reader, tmp_path / "theirs")
    line_of(READERS[reader], path)


@pytest.mark.parametrize("reader", READERS)
def test_an_empty_file_is_refused(reader: str, tmp_path: Path):
    path = path_for(reader, tmp_path)
    path.touch()
    line_of(READERS[reader], path)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_a_name_that_no_file_can_have_is_refused(reader: str, name: str, tmp_path: Path):
    path = path_for(reader, tmp_path / name)
    with pytest.raises(BadInput):
        READERS[reader](path)


@pytest.mark.parametrize("reader", READERS)
def test_a_link_that_leads_to_itself_is_refused(reader: str, tmp_path: Path):
    path = path_for(reader, tmp_path)
    path.symlink_to(path)
    line_of(READERS[reader], path)


def test_a_pipe_in_place_of_the_list_of_a_look_is_refused(tmp_path: Path):
    os.mkfifo(tmp_path / files.LIST)
    with pytest.raises(BadInput, match="is a pipe"), files.renewing(tmp_path):
        pytest.fail("the work began")


# Files that unpack to far more than their size


def test_the_bounds_are_a_size_and_a_ratio():
    input_files.check_unpacked("x", 2**30, 1)
    input_files.check_unpacked("x", 500 * 2**30, 2**30)
    with pytest.raises(BadInput, match=r"^x: 1 bytes unpack to 1073741825 or more, allowed: "):
        input_files.check_unpacked("x", 2**30 + 1, 1)


@pytest.fixture
def megabyte(monkeypatch: pytest.MonkeyPatch) -> int:
    """A smaller bound of a file's content, so that the tests' files are made fast."""
    monkeypatch.setattr(input_files, "UNPACKED", 2**20)
    return 2**20


def test_a_parquet_file_of_many_equal_rows_is_refused_before_it_is_read(
    tmp_path: Path, megabyte: int
):
    path = tmp_path / "bomb.parquet"
    rows = np.zeros(megabyte, np.int64)
    pq.write_table(pa.table({"label": rows, "predicted": rows}), path, compression="zstd")
    for reader in ("table", "image table", "predictions.parquet"):
        assert f"unpack to {16 * megabyte} or more" in line_of(READERS[reader], path)


def test_a_parquet_file_of_one_text_that_unpacks_is_refused(tmp_path: Path, megabyte: int):
    path = tmp_path / "bomb.parquet"
    table = pa.table({"label": ["x" * 10 * megabyte], "predicted": ["x"]})
    pq.write_table(table, path, compression="zstd", use_dictionary=False, write_statistics=False)
    assert "unpack to 104858" in line_of(READERS["predictions.parquet"], path)


@pytest.mark.usefixtures("megabyte")
def test_a_compressed_text_is_refused_once_it_is_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(text_input, "BLOCK", 1000)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"\n" * 30_000_000))
    assert path.stat().st_size < 30_000
    for reader in ("predictions.csv", "class names"):
        message = line_of(READERS[reader], path)
        size = int(message.split("unpack to ")[1].split()[0])
        assert size - 500 * path.stat().st_size in range(1, 1001)


@pytest.mark.usefixtures("megabyte")
@pytest.mark.parametrize(("reader", "name"), [("npz", "x_train.npy"), ("checkpoint", "a/data.pkl")])
def test_an_archive_that_unpacks_to_far_more_is_refused(reader: str, name: str, tmp_path: Path):
    path = tmp_path / "bomb.pt"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, bytes(20_000_000))
    assert "unpack to 20000000 or more" in line_of(READERS[reader], path)


def test_an_array_that_states_a_larger_shape_than_it_holds_is_refused(tmp_path: Path):
    path = tmp_path / "bomb.npz"
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000000, 32, 32)}"
    text = header.ljust(117) + "\n"
    content = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("x_train", "y_train", "x_test", "y_test"):
            archive.writestr(f"{name}.npy", content)
    assert "no npz file of plain arrays" in line_of(READERS["npz"], path)


def test_a_checkpoint_of_one_number_repeated_very_often_is_refused(tmp_path: Path):
    path = tmp_path / "bomb.pt"
    torch.save({"weight": torch.zeros(1).expand(10**6, 10**6)}, path)
    assert "unpack to 4000000000000 or more" in line_of(READERS["checkpoint"], path)


@pytest.mark.parametrize(
    "content",
    [
        (2**62).to_bytes(8, "little") + b"{}",
        (2**27).to_bytes(8, "little") + b"{" + b" " * 100,
        (8).to_bytes(8, "little") + b'{"a":[]}',
        b"\0" * 7,
    ],
)
def test_an_absurd_header_of_weights_is_refused(content: bytes, tmp_path: Path):
    path = tmp_path / "bomb.safetensors"
    path.write_bytes(content)
    assert "not a readable safetensors file" in line_of(weights.load, path)


def test_tensors_outside_of_their_file_are_refused(tmp_path: Path):
    path = tmp_path / "bomb.safetensors"
    entry = '{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}'
    path.write_bytes(len(entry).to_bytes(8, "little") + entry.encode() + bytes(16))
    assert "not a readable safetensors file" in line_of(weights.load, path)


# Text that is nested or long


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("deep.yaml", "[" * 100_000),
        ("deep.json", "[" * 100_000),
        ("self.yaml", "names: &a {names: *a}"),
        ("long.yaml", "- x\n" * 300_000),
    ],
)
def test_odd_files_of_class_names_are_one_line(name: str, text: str, tmp_path: Path):
    path = tmp_path / name
    path.write_text(text)
    line_of(read_class_file, path)


def test_a_yaml_bomb_of_class_names_is_small(tmp_path: Path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 12):
        lines.append(f"a{level}: &a{level} [{', '.join(9 * [f'*a{level - 1}'])}]")
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join([*lines, "names: *a11"]))
    line_of(read_class_file, path)


def test_a_deep_line_of_predictions_is_one_line(tmp_path: Path):
    path = tmp_path / "deep.jsonl"
    path.write_text("{" + '"a":{' * 100_000)
    line_of(READERS["predictions.jsonl"], path)


def test_broken_compression_is_one_line(tmp_path: Path):
    path = tmp_path / "broken.csv.gz"
    content = bytearray(gzip.compress(b"label,predicted\n" + bytes(range(97, 120)) * 99))
    content[20:40] = bytes(range(200, 220))
    path.write_bytes(content)
    line_of(READERS["predictions.csv"], path)
    line_of(READERS["class names"], path)


# Folders of images


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder of images of two classes."""
    place = tmp_path / "pets"
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            folder = place / split / name
            folder.mkdir(parents=True)
            Image.new("RGB", (6, 6), len(name)).save(folder / "0.png")
    return place


def loaded(place: Path, **options: Any) -> datasets.Loaded:
    return datasets.load("folder", place, datasets.Resizing(), **options)


def test_pipes_sockets_and_devices_among_images_are_passed_over_and_said(place: Path):
    os.mkfifo(place / "train" / "cat" / "1.png")
    os.mkfifo(place / "train" / "dog" / "pipe")
    (place / "test" / "cat" / "zero.png").symlink_to("/dev/zero")
    data = loaded(place)
    assert [len(labels) for _, labels in data.splits.values()] == [2, 2]
    assert data.notes == ["passed over 3: 3 pipes, sockets or devices (train/cat/1.png)"]


def test_links_out_of_the_folder_are_followed_and_said(place: Path, tmp_path: Path):
    Image.new("RGB", (6, 6)).save(tmp_path / "private.png")
    (tmp_path / "more").mkdir()
    Image.new("RGB", (6, 6)).save(tmp_path / "more" / "2.png")
    (place / "train" / "cat" / "1.png").symlink_to(tmp_path / "private.png")
    (place / "train" / "cat" / "more").symlink_to(tmp_path / "more")
    (place / "train" / "dog" / "inside.png").symlink_to(place / "test" / "dog" / "0.png")
    data = loaded(place)
    assert len(data.splits["train"][1]) == 5
    assert data.notes == [
        f"followed links to 2 images outside of {place} (train/cat/1.png)",
    ]


def huge_png(path: Path) -> None:
    """Write the beginning of a PNG of 20000 x 20000 pixels: a file need not hold what it states."""
    Image.new("L", (1, 1)).save(path, "PNG")
    content = bytearray(path.read_bytes())
    content[16:24] = (20_000).to_bytes(4, "big") * 2
    content[29:33] = (zipfile.crc32(content[12:29])).to_bytes(4, "big")
    path.write_bytes(content)


def test_an_image_of_too_many_pixels_is_named_before_it_is_decoded(place: Path):
    huge_png(place / "train" / "cat" / "1.png")
    with pytest.raises(BadInput) as caught:
        loaded(place)
    assert str(caught.value) == (
        f"{place}/train/cat/1.png: an image of more than 178956970 pixels; make it smaller, or "
        "leave it out by --skip-broken"
    )
    assert len(loaded(place, skip_broken=True).splits["train"][1]) == 2


def test_the_bound_of_pixels_holds_where_pillows_own_is_switched_off(
    place: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    huge_png(place / "train" / "cat" / "huge")
    with pytest.raises(BadInput, match="an image of more than 178956970 pixels"):
        loaded(place)


def test_a_huge_image_in_a_parquet_data_set_is_named(tmp_path: Path):
    huge_png(tmp_path / "huge.png")
    content = (tmp_path / "huge.png").read_bytes()
    columns = {"split": ["train", "test"], "label": ["a", "a"], "image": [content, content]}
    pq.write_table(pa.table(columns), tmp_path / "pets.parquet")
    with pytest.raises(BadInput, match=r"2 of 2 images .* more than 178956970 pixels"):
        datasets.read("parquet", tmp_path / "pets.parquet")


@pytest.mark.parametrize("data", ["folder", "npz", "parquet"])
@pytest.mark.parametrize("kind", ["pipe", "file", "folder", "nothing"])
def test_a_data_set_of_another_kind_is_one_line(data: str, kind: str, tmp_path: Path):
    place = tmp_path / "pets"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "file":
        place.touch()
    elif kind == "folder":
        place.mkdir()
    line_of(lambda path: datasets.read(data, path), place)


def test_a_pickle_in_place_of_weights_is_one_line(tmp_path: Path):
    path = tmp_path / "theirs.safetensors"
    path.write_bytes(pickle.dumps({"a": 1}))
    line_of(weights.load, path)


def test_tables_of_a_folder_with_a_pipe_are_one_line(tmp_path: Path):
    os.mkfifo(tmp_path / "x.parquet")
    with pytest.raises(BadInput, match="is a pipe"):
        tables.read_folder(tmp_path, "cctm")
    with pytest.raises(BadInput, match="is a pipe"):
        select.check_made(params.load(Path("params.yaml")), tmp_path / "x.parquet", {})
