"""A claim a test: predictions that name the file of each image."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from interference import read_predictions
from interference.confusion import shared_mistakes
from interference.errors import BadInput
from stages import look
from tests.external.test_prediction_files import counts, read, refused, written
from tests.reports import array, arrays, page_data

NAMED = "label,predicted,{}\ncat,cat,x/1.png\ncat,dog,x/2.png\ndog,cat,y/1.png\n"


@pytest.mark.parametrize("column", ["path", "image", "filename", "File", "image_path"])
def test_a_column_of_files_names_each_image(tmp_path: Path, column: str):
    record = read(tmp_path, NAMED.format(column))
    images = record.final_predictions["test"]
    assert images["image"].tolist() == ["x/1.png", "x/2.png", "y/1.png"]
    assert images["index"].tolist() == [0, 1, 2]
    table = record.tables()["predictions"]
    assert table.meta["numbered"] is False
    assert counts(record) == [[1, 1], [1, 0]]


def test_an_own_index_stays_beside_the_names(tmp_path: Path):
    text = "index,path,label,predicted\n7,a.png,cat,dog\n3,,dog,dog\n"
    images = read(tmp_path, text).final_predictions["test"]
    assert images["index"].tolist() == [7, 3]
    assert images["image"].tolist() == ["a.png", ""]
    assert "numbered" not in read(tmp_path, text).tables()["predictions"].meta


def test_an_image_has_one_number_in_all_runs_whatever_the_order_of_the_rows(tmp_path: Path):
    first = written(tmp_path, NAMED.format("path"), "a.csv")
    turned = "path,label,predicted\nz.png,dog,dog\ny/1.png,dog,cat\nx/1.png,cat,dog\n"
    records = read_predictions([first, written(tmp_path, turned, "b.csv")])
    numbers = {}
    for record in records:
        images = record.final_predictions["test"]
        for index, image in zip(images["index"], images["image"], strict=True):
            assert numbers.setdefault(image, index) == index
    assert sorted(numbers.values()) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("column", "numbers", "image"),
    [("index", ["4", "5", "6"], "4 of test"), ("path", ["a.png", "b.png", "c.png"], "'a.png'")],
)
def test_an_image_of_two_true_classes_is_left_out_of_the_list_and_that_is_said(
    tmp_path: Path, column: str, numbers: list[str], image: str
):
    first, second, third = numbers
    one = f"{column},label,predicted\n{first},cat,dog\n{second},cat,dog\n{third},dog,dog\n"
    two = f"{column},label,predicted\n{first},dog,cat\n{second},cat,dog\n{third},dog,dog\n"
    three = f"{column},label,predicted\n{second},cat,cat\n"
    files = [
        written(tmp_path, text, f"{name}.csv")
        for name, text in {"one": one, "two": two, "three": three}.items()
    ]
    records = read_predictions(files)
    note = (
        f"the true classes of 1 images differ between the runs (image {image}: cat in one, dog "
        "in two); the list of errors leaves them out"
    )
    assert [record.notes.count(note) for record in records] == [1, 1, 0]
    assert not any("differ between" in note for note in read_predictions(files[1:])[0].notes)
    errors = shared_mistakes.shared([record.tables()["predictions"] for record in records])
    assert errors[["runs", "of"]].to_numpy().tolist() == [[2, 3]]


def test_names_that_repeat_list_no_image_and_that_is_said(tmp_path: Path):
    record = read(tmp_path, NAMED.format("file").replace("x/2", "x/1"))
    assert not record.final_predictions
    assert counts(record) == [[1, 1], [1, 0]]
    assert "('x/1.png' stands twice); an index would list them" in " ".join(record.notes)


def test_names_are_not_compared_with_the_numbers_of_another_run(tmp_path: Path):
    named = written(tmp_path, NAMED.format("path"), "a.csv")
    numbered = "index,label,predicted\n0,dog,cat\n1,cat,cat\n"
    first, second = read_predictions([named, written(tmp_path, numbered, "b.csv")])
    assert not first.final_predictions
    assert second.final_predictions["test"]["index"].tolist() == [0, 1]


def test_images_themselves_are_no_names(tmp_path: Path):
    columns = {"label": ["a", "b"], "predicted": ["b", "b"], "image": [b"\x89PNG", b"\x89PNG"]}
    pq.write_table(pa.table(columns), tmp_path / "mine.parquet")
    (record,) = read_predictions(tmp_path / "mine.parquet")
    assert not record.final_predictions
    with pytest.raises(BadInput, match="image: holds no texts, allowed: the file of each image"):
        read_predictions(tmp_path / "mine.parquet", columns={"image": "image"})
    lines = '{"label": "a", "predicted": "b", "image": {"bytes": 1}}\n' * 2
    assert counts(read(tmp_path, lines, "mine.jsonl")) == [[0, 2], [0, 0]]


def test_an_index_of_names_points_to_the_option_for_names(tmp_path: Path):
    message = refused(tmp_path, NAMED.format("id"), columns={"index": "id"})
    assert "; if it names the images' files, give --image id; if the column" in message
    record = read(tmp_path, NAMED.format("id"), columns={"image": "id"})
    assert record.final_predictions["test"]["image"].tolist() == ["x/1.png", "x/2.png", "y/1.png"]


def test_one_of_several_columns_of_names_is_taken(tmp_path: Path):
    text = "file,path,label,predicted\n1.png,a/1.png,cat,dog\n1.png,b/1.png,dog,dog\n"
    images = read(tmp_path, text).final_predictions["test"]
    assert images["image"].tolist() == ["a/1.png", "b/1.png"]
    off = read(tmp_path, text, columns={"image": "none"})
    assert not off.final_predictions


def test_the_table_of_a_run_without_names_has_no_column_of_them(tmp_path: Path):
    read(tmp_path, "index,label,predicted\n0,cat,dog\n1,dog,dog\n").save(tmp_path)
    table = pd.read_parquet(tmp_path / "predictions" / "mine.parquet")
    assert list(table) == ["split", "index", "label", "predicted"]
    read(tmp_path, NAMED.format("path")).save(tmp_path)
    table = pd.read_parquet(tmp_path / "predictions" / "mine.parquet")
    assert table["image"].tolist() == ["x/1.png", "x/2.png", "y/1.png"]


@pytest.mark.slow
def test_a_look_shows_the_images_below_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "work").mkdir()
    (tmp_path / "data" / "x").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    file = written(tmp_path / "data", NAMED.format("path"))
    Image.new("RGB", (9, 9), (255, 0, 0)).save(tmp_path / "data" / "x" / "2.png")
    look.main([file], Path("out"))
    output = capsys.readouterr().out
    assert "no picture of 1 image files: 1 not there (y/1.png)" in output
    assert "1 pictures of image files in the page" in output
    page = Path("out", "report.html").read_text()
    given = page_data(page)["views"]["cctm"]["mistakes"]
    assert given["sheet"]["uri"].startswith("data:image/webp;base64,")
    assert array(arrays(page), given["tile"]).tolist() == [1, 0]
    assert "no picture of 1 image files" in page
    assert "would list" not in page  # the images behind each cell


@pytest.mark.slow
def test_a_look_without_index_or_image_says_what_would_list_the_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    look.main([written(tmp_path, "label,predicted\ncat,dog\ndog,dog\n")], Path("out"))
    page = " ".join(Path("out", "report.html").read_text().split())
    assert "the test images behind it" not in page
    assert "A column <code>index</code> of the predictions" in page
    assert "would list the images behind each cell" in page
