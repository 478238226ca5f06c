"""A claim a test: predictions from elsewhere become tables that every reader reads, or one line says why not."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from sklearn.metrics import confusion_matrix

from interference import claims, confusion, params
from interference.confusion import by_epoch, shared_mistakes
from interference.errors import BadInput
from interference.external import runs
from interference.external.class_name_files import read_class_names
from interference.external.class_names import to_classes
from interference.external.predictions import read_predictions, record_predictions
from interference.external.record import Record
from interference.io import tables
from interference.params import Params
from interference.reporting import figures, report
from interference.study import select
from stages import look
from tests import toy
from tests.imports import ROOT

NAMES = ["Polar bear", "ant", "cat"]
SIZES = (40, 25, 9)


def rows(epochs: int = 3, splits: tuple[str, ...] = ("test",), seed: int = 0) -> pd.DataFrame:
    """Predictions of images of unequal class sizes that get better: epoch, split, index, label, predicted."""
    rng, made = np.random.default_rng(seed), []
    for epoch in range(1, epochs + 1):
        for place, split in enumerate(splits):
            label = np.repeat(np.arange(3), np.array(SIZES) + place)
            said = np.where(
                rng.random(len(label)) < 0.4 + 0.1 * epoch, label, rng.integers(0, 3, len(label))
            )
            order = rng.permutation(len(label))
            made.append(
                pd.DataFrame(
                    {
                        "epoch": epoch,
                        "split": split,
                        "index": np.arange(len(label)),
                        "label": label,
                        "predicted": said,
                    }
                ).iloc[order]
            )
    return pd.concat(made, ignore_index=True)


def in_words(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{key: np.array(NAMES)[frame[key]] for key in ("label", "predicted")})


def counts_of(frame: pd.DataFrame) -> np.ndarray:
    """scikit-learn's counts."""
    return confusion_matrix(frame["label"], frame["predicted"], labels=[0, 1, 2])


def saved(frame: pd.DataFrame, file: Path) -> Path:
    if file.suffix == ".csv":
        frame.to_csv(file, index=False)
    else:
        frame.to_parquet(file)
    return file


# What becomes of predictions


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_every_split_and_epoch_is_counted_as_scikit_learn_does(tmp_path: Path, suffix: str):
    frame = rows(splits=("test", "train_online"))
    [record] = read_predictions([saved(in_words(frame), tmp_path / f"mine.{suffix}")])
    record.save(tmp_path)
    table = tables.read(tmp_path / "counts" / "mine.parquet", "counts")
    assert (table.classes.keys, table.classes.labels) == (
        ("polar_bear", "ant", "cat"),
        tuple(NAMES),
    )
    for split in ("test", "train_online"):
        epochs, counts = by_epoch.training_counts(table, split)
        assert epochs.tolist() == [1, 2, 3]
        for epoch, found in zip(epochs, counts, strict=True):
            assert np.array_equal(
                found, counts_of(frame[(frame["epoch"] == epoch) & (frame["split"] == split)])
            )
    final = tables.read(tmp_path / "cctm" / "mine.parquet", "cctm")
    assert set(final.frame["split"]) == {"test"}
    last = frame[(frame["epoch"] == 3) & (frame["split"] == "test")]
    assert np.array_equal(by_epoch.test_counts(final), counts_of(last))


def test_images_that_are_known_keep_their_last_prediction(tmp_path: Path):
    frame = rows(splits=("train", "test", "train_online"))
    [record] = read_predictions([saved(frame, tmp_path / "mine.csv")])
    said = record.tables()["predictions"].frame.sort_values(["split", "index"], ignore_index=True)
    last = frame[(frame["epoch"] == 3) & (frame["split"] != "train_online")]
    wanted = last.sort_values(["split", "index"], ignore_index=True)
    for name in ("split", "index", "label", "predicted"):
        assert said[name].tolist() == wanted[name].tolist()
    assert set(record.tables()["cctm"].frame["split"]) == {"train", "test"}
    assert (
        len(shared_mistakes.shared([record.tables()["predictions"]]))
        == (last["label"] != last["predicted"]).sum()
    )


def test_without_epochs_there_is_a_cctm_and_no_training():
    frame = rows(1)
    found = record_predictions(frame["label"], frame["predicted"]).tables()
    assert list(found) == ["cctm"]
    assert np.array_equal(by_epoch.test_counts(found["cctm"]), counts_of(frame))


def test_rows_of_several_images_count_as_often(tmp_path: Path):
    frame = rows(2)
    summed = (
        frame.groupby(["epoch", "split", "label", "predicted"]).size().rename("count").reset_index()
    )
    one, other = read_predictions(
        [
            saved(frame.drop(columns="index"), tmp_path / "rows.csv"),
            saved(summed, tmp_path / "sums.parquet"),
        ]
    )
    pd.testing.assert_frame_equal(one.tables()["counts"].frame, other.tables()["counts"].frame)


def test_losses_that_nobody_knows_are_nan_and_of_no_images_nothing():
    frame = rows(1)
    found = record_predictions(frame["label"], frame["predicted"]).tables()["cctm"].frame
    assert found[found["count"] > 0]["loss_sum"].isna().all()
    assert (found[found["count"] == 0]["loss_sum"] == 0).all()


def test_a_table_of_counts_is_read_as_it_is(tmp_path: Path):
    record = record_predictions(
        rows(2)["label"],
        rows(2)["predicted"],
        name="mine",
        epoch=rows(2)["epoch"],
        classes=to_classes(["b", "2", "a"]),
        data="zoo",
    )
    for cells in record.cells["test"].values():
        cells[1][:] = 0.3 * cells[0]
    record.save(tmp_path)
    for kind in ("counts", "cctm"):
        [again] = read_predictions([tmp_path / kind / "mine.parquet"])
        table = record.tables()[kind]
        pd.testing.assert_frame_equal(again.tables()[kind].frame, table.frame)
        assert again.tables()[kind].meta == table.meta
    other = saved(
        pd.DataFrame({"label": ["a", "b"], "predicted": ["a", "2"]}), tmp_path / "other.csv"
    )
    assert (
        read_predictions([other, tmp_path / "cctm" / "mine.parquet"])[0].classes == record.classes
    )


def test_a_table_of_a_run_of_the_pipeline_keeps_its_settings(tmp_path: Path):
    toy.study(tmp_path, runs={"vgg19": "optim"}, epochs=2)
    [record] = read_predictions([tmp_path / "counts" / "vgg19.parquet"])
    table, found = (
        tables.read(tmp_path / "counts" / "vgg19.parquet", "counts"),
        record.tables()["counts"],
    )
    assert (found.run, found.classes) == (table.run, table.classes)
    for split in ("test", "train"):
        assert np.array_equal(
            by_epoch.training_counts(found, split)[1], by_epoch.training_counts(table, split)[1]
        )


def test_losses_that_are_known_are_summed(tmp_path: Path):
    frame = rows(1).assign(loss_sum=np.linspace(0, 1, sum(SIZES)))
    [record] = read_predictions([saved(frame, tmp_path / "mine.csv")])
    wanted = confusion.cells(frame["label"], frame["predicted"], frame["loss_sum"], 3)[1]
    np.testing.assert_allclose(record.cells["test"][1][1], wanted)


def test_arrays_are_what_files_are(tmp_path: Path):
    frame = in_words(rows(2, ("test", "train")))
    [read] = read_predictions([saved(frame, tmp_path / "mine.parquet")])
    told = record_predictions(
        frame["label"].to_numpy(),
        frame["predicted"].to_numpy(),
        name="mine",
        epoch=frame["epoch"],
        split=frame["split"],
        index=frame["index"],
    )
    for kind, table in read.tables().items():
        pd.testing.assert_frame_equal(table.frame, told.tables()[kind].frame)
        assert table.meta == told.tables()[kind].meta


def test_a_record_is_saved_in_a_folder_given_as_text_or_path(tmp_path: Path):
    record = record_predictions([0, 1], [1, 1], name="mine")
    record.save(str(tmp_path / "text"))
    record.save(tmp_path / "path")
    assert [
        (tmp_path / folder / "cctm" / "mine.parquet").exists() for folder in ("text", "path")
    ] == [True, True]


def test_counts_may_be_added_as_tensors_or_lists(tmp_path: Path):
    record = record_predictions([0, 1], [1, 1], name="mine", epoch=1)
    record.add("test", torch.tensor([[1, 2], [3, 4]]), torch.zeros(2, 2), 2)
    record.add("train_online", [[5, 0], [0, 6]], [[0, 0], [0, 0]], 2)
    record.save(tmp_path)
    table = tables.read(tmp_path / "counts" / "mine.parquet", "counts")
    assert by_epoch.training_counts(table, "test")[1].tolist() == [
        [[0, 1], [0, 1]],
        [[1, 2], [3, 4]],
    ]
    assert by_epoch.training_counts(table, "train_online")[1].tolist() == [[[5, 0], [0, 6]]]


@pytest.mark.parametrize(
    "make", [list, tuple, pd.Series, np.array, lambda values: pd.Categorical(values)]
)
def test_any_kind_of_sequence_is_an_array(make: Any):
    record = record_predictions(make(["b", "a", "b"]), make(["b", "b", "a"]))
    assert record.classes.labels == ("a", "b")
    assert np.array_equal(by_epoch.test_counts(record.tables()["cctm"]), [[0, 1], [1, 1]])


@pytest.mark.parametrize(
    "text",
    [
        "label,predicted,epoch\na,b,1\nb,b,1\n",
        '\ufeff"label","a note; and more","predicted"\r\na,,b\r\nb,,b\r\n',
        " predicted,epoch , label\n b,1 , a\n b,1 , b\n",
    ],
)
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_columns_are_separated_by_commas_semicolons_or_tabs(tmp_path: Path, text: str, mark: str):
    (tmp_path / "mine.csv").write_text(text.replace(",", mark), encoding="utf-8")
    [record] = read_predictions([tmp_path / "mine.csv"])
    assert record.classes.labels == ("a", "b")
    assert by_epoch.test_counts(record.tables()["cctm"]).tolist() == [[0, 1], [0, 1]]


def test_spaces_around_names_numbers_and_headers_are_none_of_theirs(tmp_path: Path):
    (tmp_path / "mine.csv").write_text(
        "epoch, split , label,predicted \n 1, test, cat,dog \n1 ,test,cat , dog\n"
        '1,test ,"cat ",\u00a0dog\n1,test,dog,cat\n',
        encoding="utf-8",
    )
    [record] = read_predictions([tmp_path / "mine.csv"])
    assert (record.classes.labels, list(record.cells)) == (("cat", "dog"), ["test"])
    assert record.cells["test"][1][0].tolist() == [[0, 3], [1, 0]]
    other = record_predictions([" cat", "dog"], ["dog", "dog "], classes=["cat ", "dog"])
    assert other.classes == record.classes


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_utf_8_or_utf_16_with_its_mark(tmp_path: Path, coding: str):
    (tmp_path / "mine.csv").write_text("label;predicted\nénorme;猫\n猫;猫\n", encoding=coding)
    (tmp_path / "names.txt").write_text("猫\nénorme\n", encoding=coding)
    [record] = read_predictions(tmp_path / "mine.csv", read_class_names(tmp_path / "names.txt"))
    assert record.classes.labels == ("猫", "énorme")
    assert record.cells["test"][-1][0].tolist() == [[1, 0], [1, 0]]


def test_a_mac_of_old_ends_its_lines_too(tmp_path: Path):
    (tmp_path / "mine.csv").write_bytes(b"label;predicted\ra;b\rb;b\r")
    assert read_predictions(tmp_path / "mine.csv")[0].classes.labels == ("a", "b")


def test_white_space_in_a_name_is_one_blank(tmp_path: Path):
    (tmp_path / "mine.csv").write_text(
        'label,predicted\n"Polar\nbear",ant\nPolar \u00a0 bear,"Polar\tbear"\n', encoding="utf-8"
    )
    [record] = read_predictions(tmp_path / "mine.csv")
    assert (record.classes.labels, record.classes.keys) == (
        ("Polar bear", "ant"),
        ("polar_bear", "ant"),
    )
    assert record.cells["test"][-1][0].tolist() == [[1, 1], [0, 0]]
    assert read_predictions(tmp_path / "mine.csv", ["ant", "Polar\n bear"])[0].classes.labels == (
        "ant",
        "Polar bear",
    )


def test_words_for_what_is_absent_are_names_among_names(tmp_path: Path):
    (tmp_path / "mine.csv").write_text("label,predicted\nNA,None\nnull,nan\ncat,cat\n")
    assert read_predictions(tmp_path / "mine.csv")[0].classes.labels == (
        "NA",
        "None",
        "cat",
        "nan",
        "null",
    )


@pytest.mark.parametrize("kind", [str, Path])
def test_a_single_file_needs_no_list(tmp_path: Path, kind: type):
    file = saved(rows(1), tmp_path / "mine.csv")
    assert [record.name for record in read_predictions(kind(file))] == ["mine"]


def test_no_file_is_refused():
    with pytest.raises(BadInput, match="files: found none, allowed: at least one"):
        read_predictions([])


# Which classes there are


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([10, 2, 2], ("2", "10")),
        ([2.0, 0.0, 1.0], ("0", "1", "2")),
        ([True, False, True], ("False", "True")),
        (["b", "A", "NA"], ("A", "NA", "b")),
        (["10", "9", "-1", "100"], ("-1", "9", "10", "100")),
        (["10", "9", "none"], ("10", "9", "none")),
    ],
)
def test_classes_are_the_distinct_values_sorted_as_numbers_where_all_are(
    values: list, labels: tuple[str, ...]
):
    assert record_predictions(values, values[::-1]).classes.labels == labels


def test_several_files_share_their_classes(tmp_path: Path):
    first, second = read_predictions(
        [
            saved(
                pd.DataFrame({"label": ["a", "b"], "predicted": ["b", "b"]}), tmp_path / "one.csv"
            ),
            saved(
                pd.DataFrame({"label": ["c", "c"], "predicted": ["a", "c"]}),
                tmp_path / "two words.csv",
            ),
        ]
    )
    assert first.classes.labels == second.classes.labels == ("a", "b", "c")
    assert second.name == "two_words"


def test_files_without_a_class_in_common_are_refused_unless_the_classes_are_named(tmp_path: Path):
    files = [
        saved(
            pd.DataFrame({"label": list(labels), "predicted": labels[0]}),
            tmp_path / f"{labels}.csv",
        )
        for labels in ("ab", "bc", "cd")
    ]
    with pytest.raises(BadInput) as error:
        read_predictions(files)
    assert str(error.value) == (
        f"{files[0]}, {files[2]}: label and predicted: found no class in both, allowed: runs "
        "of the same classes, unless they are named in label order"
    )
    assert len(read_predictions(files, list("abcd"))) == 3
    assert len(read_predictions(files[:2])) == 2


@pytest.mark.parametrize("classes", [NAMES, to_classes(NAMES)])
def test_with_classes_named_numbers_count_them_and_names_and_keys_are_theirs(classes: Any):
    record = record_predictions([0, 2, 1], [0, 0, 1], classes=classes)
    assert np.array_equal(
        by_epoch.test_counts(record.tables()["cctm"]), [[1, 0, 0], [0, 1, 0], [1, 0, 0]]
    )
    words = record_predictions(
        ["polar_bear", "cat", "ant"], ["Polar bear", "Polar bear", "ant"], classes=classes
    )
    assert np.array_equal(words.cells["test"][-1][0], record.cells["test"][-1][0])


@pytest.mark.parametrize(
    "classes", [[2, 10], np.array([2, 10]), (2.0, 10.0), pd.Index(["2", "10"])]
)
def test_numbers_may_name_classes_as_an_estimators_own_list_does(classes: Any):
    record = record_predictions([2, 10, 10], [10, 10, 2], classes=classes)
    assert record.classes.labels == ("2", "10")
    assert by_epoch.test_counts(record.tables()["cctm"]).tolist() == [[0, 1], [1, 1]]


def test_the_papers_words_for_two_classes_are_known(tmp_path: Path):
    record = record_predictions(
        ["car", "PLANE"], ["automobile", "car"], classes=params.load(ROOT / "params.yaml").classes
    )
    assert by_epoch.test_counts(record.tables()["cctm"])[:2, :2].tolist() == [[0, 1], [0, 1]]


def test_class_names_are_a_files_lines(tmp_path: Path):
    (tmp_path / "names.txt").write_text(
        "\ufefftench, Tinca tinca\n\nPolar bear\n", encoding="utf-8"
    )
    assert read_class_names(tmp_path / "names.txt") == ["tench, Tinca tinca", "Polar bear"]


@pytest.mark.parametrize("seed", range(3))
def test_labels_that_differ_in_signs_are_classes_of_their_own_in_whatever_order_they_come(
    tmp_path: Path, seed: int
):
    labels = ["C", "C#", "C++", "<=50K", ">50K", "猫", "犬"]
    frame = pd.DataFrame({"label": np.repeat(labels, range(1, 8)), "predicted": "C#"}).iloc[
        np.random.default_rng(seed).permutation(28)
    ]
    [record] = read_predictions([saved(frame, tmp_path / "mine.csv")])
    assert dict(zip(record.classes.labels, record.classes.keys, strict=True)) == {
        "C": "c",
        "C#": "c_2",
        "C++": "c_3",
        "<=50K": "50k",
        ">50K": "50k_2",
        "犬": "class_5",
        "猫": "class_6",
    }
    counts = by_epoch.test_counts(record.tables()["cctm"])
    places = [record.classes.labels.index(label) for label in labels]
    assert counts[places, record.classes.index("c_2")].tolist() == [*range(1, 8)]
    assert counts.sum() == 28


# Who reads the tables


@pytest.mark.slow
def test_figures_are_drawn_and_claims_are_judged_of_runs_from_elsewhere(tmp_path: Path):
    records = [
        record_predictions(
            frame["label"],
            frame["predicted"],
            name=name,
            epoch=frame["epoch"],
            split=frame["split"],
            classes=NAMES,
        )
        for name, frame in (("one", rows(4)), ("two", rows(4, ("test", "train_online"), 1)))
    ]
    found = {
        kind: {record.name: record.tables()[kind] for record in records}
        for kind in ("counts", "cctm")
    }
    assert {name for name, _ in figures.draw(**found)} == {
        "cctm-given",
        "recall",
        "interferers",
        "pairs-given",
        "accuracy",
        "curves",
        *(f"{kind}-{run}" for kind in ("dance", "notes", "dance_pairs") for run in ("one", "two")),
    }
    settings = params.load(ROOT / "params.yaml")
    for record in records:
        record.save(tmp_path)
    own = select.gather(
        settings, external=False, counts=tmp_path / "counts", cctm=tmp_path / "cctm"
    )
    judged = claims.check_all(
        claims.Evidence(**own, grams={}, surfaces={}, settings=settings.claims)
    )
    assert {verdict.verdict for verdict in judged} == {"not measured"}


@pytest.fixture
def paper() -> Params:
    return params.load(ROOT / "params.yaml")


def joined(
    paper: Params, folder: Path, name: str = "mine", data: str = "cifar10", classes: Any = None
) -> set[str]:
    """The runs that count of a folder to which one from elsewhere is added."""
    record_predictions([0, 1], [1, 1], name=name, data=data, classes=classes or paper.classes).save(
        folder
    )
    return set(select.gather(paper, cctm=folder / "cctm")["cctm"])


def test_of_a_run_from_elsewhere_nothing_is_said_that_nobody_knows(tmp_path: Path):
    record = record_predictions(
        [0, 0, 1, 1], [0, 1, 1, 1], split="test", epoch=[1, 2, 1, 2], name="mine"
    )
    record.add("train_online", np.eye(2, dtype=int), np.zeros((2, 2)), 1)
    made = {kind: {"mine": table} for kind, table in record.tables().items()}
    page = report.html(report.Study("Mine", ["mine"], **made))
    heads = re.findall(
        r"<th scope=\"col\">([^<]*)</th>", page.partition("Runs and their accuracies")[2]
    )[:5]
    assert heads == ["run", "net", "epochs", "test accuracy, %", "run"]
    assert "Predictions made while training" not in page
    titles = [figure.texts[0].get_text() for name, figure in figures.draw(cctm=made["cctm"])]
    assert {"What each class is predicted as: test CCTM", "The most interfering pairs"} < set(
        titles
    )
    assert not any("given" in title or "trained" in title for title in titles)


def test_a_run_from_elsewhere_joins_a_study_of_its_data_set(paper: Params, tmp_path: Path):
    assert joined(paper, tmp_path) == {"mine"}
    assert joined(paper, tmp_path, "other", data="svhn") == {"mine"}
    found = select.gather(paper, cctm=tmp_path / "cctm")
    assert select.runs(paper, found) == [*paper.runs, "mine"]


def test_a_run_from_elsewhere_never_stands_for_one_of_the_study(paper: Params, tmp_path: Path):
    assert not joined(paper, tmp_path, "vgg19")
    assert joined(replace(paper, runs={}), tmp_path, "vgg19") == {"vgg19"}


def test_a_run_from_elsewhere_with_a_runs_settings_is_that_run(paper: Params, tmp_path: Path):
    record = record_predictions([0, 1], [1, 1], name="vgg19", classes=paper.classes)
    replace(record, settings=paper.resolved("vgg19")).save(tmp_path)
    [table] = select.gather(paper, cctm=tmp_path / "cctm")["cctm"].values()
    assert table.run["setup"]["lr"] == 0.1


def test_a_run_of_other_classes_is_refused_where_it_would_join(paper: Params, tmp_path: Path):
    assert joined(paper, tmp_path) == {"mine"}
    with pytest.raises(
        BadInput, match=r"cctm.other\.parquet: classes polar_bear, ant, cat, expected airplane"
    ):
        joined(paper, tmp_path, "other", classes=NAMES)


@pytest.mark.slow
def test_a_look_at_two_files_is_their_tables_their_figures_and_one_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    files = [
        saved(in_words(rows(2)), tmp_path / "one.csv"),
        saved(in_words(rows(1)).drop(columns="epoch"), tmp_path / "two.parquet"),
    ]
    look.main(files, tmp_path / "look", data="zoo")
    assert {
        str(path.relative_to(tmp_path / "look")) for path in (tmp_path / "look").rglob("*.parquet")
    } == {
        "counts/one.parquet",
        "cctm/one.parquet",
        "cctm/two.parquet",
        "predictions/one.parquet",
        "predictions/two.parquet",
        "comparison.parquet",
        "changed_images.parquet",
        "scores.parquet",
        "shared_errors.parquet",
        "difficulty.parquet",
    }
    assert {"cctm-given.svg", "notes-one.png"} <= {
        path.name for path in (tmp_path / "look" / "figures").iterdir()
    }
    page = (tmp_path / "look" / "report.html").read_text()
    assert all(
        words in page for words in ("Class interference: zoo", "Polar bear", ">one<", ">two<")
    )
    said = capsys.readouterr().out.splitlines()
    assert said[:2] == [
        "one: classes 3; epochs 2; images test 74",
        "two: classes 3; epochs unknown; images test 74",
    ]
    figures = list((tmp_path / "look" / "figures").glob("*.svg"))
    assert said[2].startswith("one: accuracy ")
    assert said[3].startswith("two: accuracy ")
    assert said[4].startswith("two is neither surely better nor surely worse than one: ")
    assert said[5].startswith("images: ")
    assert said[-2:] == [
        f"{len(figures)} figures in {tmp_path / 'look' / 'figures'}",
        f"open {tmp_path / 'look' / 'report.html'}",
    ]


@pytest.mark.slow
def test_a_look_says_which_classes_a_file_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    files = [
        saved(in_words(rows(1)), tmp_path / "one.csv"),
        saved(
            pd.DataFrame({"label": ["cat", "lion"], "predicted": ["ant", "cat"]}),
            tmp_path / "two.csv",
        ),
    ]
    look.main(files, tmp_path / "look")
    assert capsys.readouterr().out.splitlines()[:4] == [
        "one: classes 4; epochs 1; images test 74",
        "one: no test images of lion",
        "two: classes 4; epochs unknown; images test 2",
        "two: no test images of Polar bear, ant",
    ]


@pytest.mark.slow
def test_a_second_look_takes_the_place_of_the_first_and_of_nothing_else(tmp_path: Path):
    out = tmp_path / "look"
    record_predictions([0, 1], [1, 1], name="callback", epoch=1).save(out)
    (out / "notes.txt").write_text("mine")
    own = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    look.main([saved(rows(2), tmp_path / "one.csv")], out)
    look.main([saved(rows(1).drop(columns=["epoch", "index"]), tmp_path / "two.csv")], out)
    files = {path for path in out.rglob("*") if path.is_file()}
    assert {path: path.read_bytes() for path in own} == own
    assert {str(path.relative_to(out)) for path in files - own.keys()} == {
        ".written.json",
        "report.html",
        "cctm/two.parquet",
        "scores.csv",
        "scores.parquet",
        *(
            f"figures/{name}.{kind}"
            for kind in ("svg", "png")
            for name in ("cctm-given", "recall", "interferers", "pairs-given")
        ),
    }


@pytest.mark.slow
def test_of_files_that_were_changed_a_second_look_overwrites_those_alone_that_it_makes_again(
    tmp_path: Path,
):
    one, two, out = (
        saved(rows(2), tmp_path / "one.csv"),
        saved(rows(1), tmp_path / "two.csv"),
        tmp_path / "look",
    )
    look.main([one], out)
    for name in ("report.html", "figures/notes-one.svg"):
        (out / name).write_text("mine")
    look.main([two], out)
    assert (out / "figures/notes-one.svg").read_text() == "mine"
    assert (out / "report.html").read_text() != "mine"
    assert not (out / "figures/notes-one.png").exists()


@pytest.mark.slow
def test_a_table_of_counts_is_looked_at_where_it_lies(tmp_path: Path):
    record_predictions([0, 1, 1], [1, 1, 0], name="callback", epoch=1).save(tmp_path)
    table = tmp_path / "counts" / "callback.parquet"
    before = table.read_bytes()
    look.main([table], tmp_path)
    look.main([saved(rows(1), tmp_path / "one.csv")], tmp_path)
    assert table.read_bytes() == before


@pytest.mark.slow
def test_a_file_named_as_a_run_of_the_study_is_what_the_claims_are_about(
    tmp_path: Path, paper: Params
):
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(10), 50)
    said = np.where(rng.random(500) < 0.8, label, rng.integers(10, size=500))
    frame = pd.DataFrame({"label": label, "predicted": said})
    files = [saved(frame, tmp_path / name) for name in ("vgg19.csv", "mine.csv")]
    look.main(files, tmp_path, parameters=ROOT / "params.yaml")
    assert set(select.gather(paper, cctm=tmp_path / "cctm")["cctm"]) == {"vgg19", "mine"}
    study = params.load(ROOT / "params.yaml")
    records = runs.read_for_study(files, None, study)
    verdicts = look.judged(runs.tables_by_kind(records), study)
    measured = {one.id for one in verdicts if one.verdict != "not measured"}
    assert {"symmetry", "bottleneck"} <= measured
    assert "symmetry" in (tmp_path / "report.html").read_text()


def test_a_file_that_will_not_do_leaves_nothing_behind(tmp_path: Path):
    files = [saved(rows(1), tmp_path / "good.csv"), tmp_path / "none.csv"]
    with pytest.raises(BadInput, match=r"none\.csv: no such file"):
        look.main(files, tmp_path / "look")
    assert not (tmp_path / "look").exists()


@pytest.mark.slow
def test_names_in_a_file_count_numbers(tmp_path: Path):
    (tmp_path / "names.txt").write_text("\n".join(NAMES))
    look.main(
        [saved(rows(1), tmp_path / "one.csv")], tmp_path / "look", classes=tmp_path / "names.txt"
    )
    assert tables.read_classes(tmp_path / "look" / "cctm" / "one.parquet").labels == tuple(NAMES)


# Bad input


GOOD = "epoch,label,predicted\n1,a,b\n2,b,b\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "mine.csv: not a readable csv (Empty CSV file)"),
        ("label,predicted\n", "mine.csv: no rows, allowed: at least one"),
        (
            "label|predicted\na|b\n",
            "mine.csv: lacks label, predicted; found columns label|predicted; allowed in a CSV: "
            "columns separated by commas, semicolons or tabs",
        ),
        (
            "label, label,predicted\na,b,b\n",
            "mine.csv: found 2 columns named label, allowed: one; rename or remove the others",
        ),
        (
            "label,predicted\n1,inf\n",
            "mine.csv: label and predicted: found names and numbers (label 1; predicted inf)",
        ),
        ("label,said\na,b\n", "mine.csv: lacks predicted; found columns label, said"),
        (
            "label,predicted\na,b\n\na,b,c\nb\n",
            "mine.csv: row 2 (line 4): found 3 cells, allowed: 2, one for each column",
        ),
        (
            "label,predicted\na\n",
            "mine.csv: row 1 (line 2): found 1 cells, allowed: 2, one for each column",
        ),
        (
            "label,predicted\n1,2\n,2\n",
            "mine.csv: label, row 2 (line 3): empty, allowed: a value in every row",
        ),
        (
            "label,predicted\na,b\nb,\n",
            "mine.csv: predicted, row 2 (line 3): empty, allowed: a value in every row",
        ),
        ("label,predicted\n1,2\n3,nan\n", "mine.csv: predicted, row 2 (line 3): empty"),
        (
            "label,predicted\n1,0.7\n",
            "mine.csv: label and predicted: found no class in both (label 1; predicted 0.7), "
            "allowed: classes; if they are scores of the second class, give --threshold 0.5",
        ),
        (
            "label,predicted\n1,1.0\n",
            "mine.csv: label and predicted: found no class in both, since they are spelled in two "
            "ways (label 1; predicted 1.0); write them alike",
        ),
        ("label,predicted\n1,a\n", "mine.csv: label and predicted: found names and numbers"),
        (
            "label,predicted\na,a\n",
            "mine.csv: label and predicted: classes: found 1, 'a', allowed: 2 to 32768",
        ),
        (
            "epoch,label,predicted\n0.5,a,b\n",
            "mine.csv: epoch: allowed: whole numbers from 0 to 32767",
        ),
        (
            "epoch,label,predicted\n-1,a,b\n",
            "mine.csv: epoch: found -1, allowed: whole numbers from 0 to 32767",
        ),
        ("epoch,label,predicted\n40000,a,b\n", "mine.csv: epoch: found 40000, allowed"),
        (
            "epoch,label,predicted\nlast,a,b\n",
            "mine.csv: epoch: allowed: whole numbers from 0 to 32767",
        ),
        (
            "split,label,predicted\npublic,a,b\n",
            "mine.csv: split: found 'public', allowed: train_online, test, train_augm",
        ),
        (
            "split,label,predicted\ntrain,a,b\n",
            "mine.csv: split: found train, allowed: at least one row of test",
        ),
        (
            "index,label,predicted\n7,a,b\n7,a,a\n",
            "mine.csv: index, row 2: found 7 a second time in its epoch and split",
        ),
        ("loss_sum,label,predicted\nhigh,a,b\n", "mine.csv: loss_sum: allowed: numbers ("),
        (
            "count,label,predicted\n0,a,b\n",
            "mine.csv: count: found 0 in every row, allowed: at least one image",
        ),
        (
            "count,index,label,predicted\n1,1,a,b\n",
            "mine.csv: found index and count, allowed: one of index and count",
        ),
    ],
)
def test_a_file_that_will_not_do_is_refused_in_one_line_with_file_and_column(
    tmp_path: Path, text: str, said: str
):
    (tmp_path / "mine.csv").write_text(text)
    with pytest.raises(BadInput) as error:
        read_predictions([tmp_path / "mine.csv"])
    assert str(error.value).startswith(f"{tmp_path}/{said}")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("label", 3, "label: found 3, allowed: 0 to 2, or the names Polar bear, ant, cat"),
        (
            "predicted",
            "lion",
            "predicted: found 'lion', allowed: 0 to 2, or the names Polar bear, ant, cat",
        ),
    ],
)
def test_a_class_that_is_none_of_the_named_ones_is_refused(column: str, value: Any, said: str):
    given = {"label": [value] * 2, "predicted": [value] * 2} | {
        other: [0, 1] for other in ("label", "predicted") if other != column
    }
    with pytest.raises(BadInput) as error:
        record_predictions(given["label"], given["predicted"], classes=NAMES)
    assert str(error.value) == f"predictions: {said}"


def test_a_long_list_of_names_is_cut_short():
    with pytest.raises(BadInput, match=r"names 0, 1, .*, 11, \.\.\.$"):
        record_predictions([100, 1], [1, 1], classes=[str(number) for number in range(100)])


def test_a_table_of_ours_with_a_label_that_is_none_of_its_classes_is_refused(tmp_path: Path):
    record_predictions([0, 1], [1, 1], classes=NAMES).save(tmp_path)
    path = tmp_path / "cctm" / "predictions.parquet"
    table = tables.read(path, "cctm")
    tables.write(path, "cctm", table.frame.assign(label=table.frame["label"] + 2), table.meta)
    with pytest.raises(BadInput, match=r"predictions\.parquet: label: found 3, allowed: 0 to 2"):
        read_predictions([path])


def test_a_nan_in_a_parquet_file_is_found_in_its_row(tmp_path: Path):
    pq.write_table(
        pa.table({"label": [1.0, 2.0], "predicted": [1.0, float("nan")]}), tmp_path / "mine.parquet"
    )
    with pytest.raises(BadInput, match=r"mine\.parquet: predicted, row 2: empty"):
        read_predictions([tmp_path / "mine.parquet"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.csv", "no such file"),
        ("none.xlsx", "suffix '.xlsx', allowed: .csv, .tsv, .txt, .jsonl"),
        ("bad.parquet", "not a readable parquet"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, said: str):
    (tmp_path / "bad.parquet").write_text("nothing")
    with pytest.raises(BadInput, match=f"{name}: {said}"):
        read_predictions([tmp_path / name])


@pytest.mark.parametrize(
    "content",
    [
        GOOD.replace("a", "é").encode("cp1252"),
        GOOD.encode("utf-16-le"),
        GOOD.encode("utf-16")[:-1],
        b"PK\x03\x04" + bytes(range(256)),
    ],
)
@pytest.mark.parametrize("read", [read_predictions, read_class_names])
def test_what_is_no_text_is_refused_in_one_line_without_its_bytes(
    tmp_path: Path, content: bytes, read: Any
):
    path = tmp_path / "mine.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput) as error:
        read(path)
    assert str(error.value) == (
        f"{path}: found no UTF-8 text, allowed: UTF-8, or UTF-16 that begins with a byte order mark; "
        "save the file in one of them"
    )


def test_two_files_of_one_name_are_refused(tmp_path: Path):
    for suffix in ("csv", "parquet"):
        saved(rows(1), tmp_path / f"mine.{suffix}")
    with pytest.raises(BadInput, match=r"mine\.parquet: a second run named 'mine'"):
        read_predictions([tmp_path / "mine.csv", tmp_path / "mine.parquet"])


@pytest.mark.parametrize(
    ("true", "said", "more", "message"),
    [
        ([0, 1], [0], {}, r"y_true \(2,\) and y_pred \(1,\), allowed: two arrays"),
        ([[0, 1]], [[0, 1]], {}, r"y_true \(1, 2\) and y_pred \(1, 2\), allowed: two arrays"),
        (
            [0, 1],
            [0, 1],
            {"epoch": [1, 2, 3]},
            r"epoch \(3,\), allowed: one value, or an array \(2,\)",
        ),
    ],
)
def test_arrays_of_different_length_are_refused(true: list, said: list, more: dict, message: str):
    with pytest.raises(BadInput, match=message):
        record_predictions(true, said, **more)


@pytest.mark.parametrize("name", ["../x", "a/b", "", "a b", None, 3])
def test_a_name_that_names_no_file_is_refused_wherever_a_run_is_named(name: Any):
    for make in (
        lambda: record_predictions([0, 1], [1, 1], name=name),
        lambda: Record(name, to_classes(NAMES)),
    ):
        with pytest.raises(
            BadInput,
            match=rf"^name: found {re.escape(repr(name))}, allowed: .*, since it names files",
        ):
            make()


@pytest.mark.parametrize(
    ("true", "said"),
    [
        ([object(), 1], "predictions: label: found object, allowed: names or numbers"),
        (
            [np.inf, 1],
            "predictions: label: found inf, allowed: class names, or whole numbers",
        ),
        ([[0], [1, 2]], "predictions: y_true: found list that is no array"),
    ],
)
def test_what_names_no_class_is_refused(true: list, said: str):
    with pytest.raises(BadInput, match=said):
        record_predictions(true, [0, 1])


@pytest.mark.parametrize(
    ("split", "counts", "said"),
    [
        ("val", np.eye(2, dtype=int), "split: found 'val', allowed: train_online, test"),
        ("test", np.eye(3, dtype=int), r"counts and loss_sum: found \(3, 3\), allowed: \(2, 2\)"),
        ("test", "ab", r"counts: found str \(\) of <U2, allowed: numbers"),
        ("test", [[np.nan, 1], [1, 1]], "counts: found nan, allowed: whole numbers of images"),
        ("test", [[-1, 2], [3, 4]], "counts: found -1, allowed: whole numbers of images, from 0"),
        ("test", [[1.5, 2], [3, 4]], r"counts: found 1\.5, allowed: whole numbers of images"),
    ],
)
def test_counts_that_do_not_fit_are_not_added(split: str, counts: Any, said: str):
    record = record_predictions([0, 1], [1, 1])
    with pytest.raises(BadInput, match=said):
        record.add(split, counts, np.zeros((2, 2)), 1)


@pytest.mark.parametrize("epoch", [-5, 40_000, 1.5, None, "1"])
def test_an_epoch_that_no_table_holds_is_refused(epoch: Any):
    record = record_predictions([0, 1], [1, 1])
    with pytest.raises(BadInput, match=f"epoch: found {epoch!r}, allowed: whole numbers from 0"):
        record.add("test", np.eye(2, dtype=int), np.zeros((2, 2)), epoch)


def test_whole_numbers_of_any_type_are_counts():
    record = record_predictions([0, 1], [1, 1])
    record.add("test", np.float32([[5, 0], [1, 2]]), np.zeros((2, 2)), np.int64(3))
    assert record.cells["test"][3][0].dtype == np.int64


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a", "b", "a"], "found 'a' 2 times"),
        (["a"], "found 1, 'a'"),
        ({"a", "b"}, "found set, allowed: a list of names in label order"),
        ("ab", "found str, allowed: a list"),
        ({0: "a", 1: "b"}, "found dict, allowed: a list"),
        (["a", None], "found None, allowed: class names"),
        ([0.5, 1], "found 0.5, allowed: class names, or whole numbers"),
    ],
)
def test_class_names_that_are_too_few_or_alike_or_in_no_order_are_refused(names: Any, said: str):
    with pytest.raises(BadInput, match=f"classes: {said}"):
        to_classes(names)


def test_a_file_of_names_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(BadInput, match=r"names\.txt: cannot be read"):
        read_class_names(tmp_path / "names.txt")
