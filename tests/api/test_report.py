"""A claim a test: `report` makes the page of a look from arrays, and adds the user's planes and
gradients.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from interference import (
    BadInput,
    Record,
    class_gradients,
    class_mistake_rates,
    gradient_cosines,
    read_predictions,
    record_predictions,
    report,
    surface,
)
from stages import look
from tests import reports

NAMES = ["cow", "cat", "dog"]  # not sorted, so that an order that is lost shows


def rows() -> pd.DataFrame:
    """Predictions of two epochs of 7 images."""
    label = np.array([0, 0, 0, 1, 1, 2, 2])
    first = np.array([1, 1, 0, 1, 2, 0, 2])
    second = np.array([0, 1, 0, 1, 2, 2, 2])
    names = np.array(NAMES)
    return pd.DataFrame(
        {
            "epoch": np.repeat([1, 2], 7),
            "index": np.tile(np.arange(7), 2),
            "label": names[np.tile(label, 2)],
            "predicted": names[np.concatenate([first, second])],
        }
    )


@pytest.fixture(scope="module")
def trained() -> dict[str, Any]:
    """A net with its images, labels, class gradients and a plane."""
    torch.manual_seed(0)
    net = torch.nn.Linear(4, 3)
    labels = torch.arange(24) % 4 % 3  # classes of unequal sizes
    images = torch.randn(24, 4) + labels[:, None]
    egos = class_gradients(net, images, labels)
    plane = surface(net, egos, (0, 2), images, labels, points=5, edge=0.5, scale="step")
    predicted = net(images).argmax(1)
    return {"labels": labels, "predicted": predicted, "egos": egos, "plane": plane}


@pytest.mark.slow
def test_the_page_of_arrays_is_that_of_a_look_at_their_file(tmp_path: Path):
    frame = rows()
    frame.to_csv(tmp_path / "mine.csv", index=False)
    look.main([tmp_path / "mine.csv"], out=tmp_path / "look", data="the farm")
    page = report(
        tmp_path / "own" / "page.html",
        frame["label"],
        frame["predicted"].tolist(),
        run="mine",
        epoch=frame["epoch"].to_numpy(),
        index=frame["index"],
        data="the farm",
    )
    assert page == tmp_path / "own" / "page.html"
    assert page.read_text() == (tmp_path / "look" / "report.html").read_text()


@pytest.mark.slow
def test_the_page_of_records_is_that_of_a_look_at_their_files(tmp_path: Path):
    for name in ("one", "two"):
        rows().to_csv(tmp_path / f"{name}.csv", index=False)
    files = [tmp_path / "one.csv", tmp_path / "two.csv"]
    look.main(files, out=tmp_path / "look")
    page = report(tmp_path / "page.html", records=read_predictions(files))
    assert page.read_text() == (tmp_path / "look" / "report.html").read_text()


def test_runs_in_one_array_are_runs_of_the_page(tmp_path: Path):
    frame = rows()
    page = report(tmp_path / "page.html", frame["label"], frame["predicted"], run=frame["epoch"])
    assert reports.page_data(page.read_text())["classes"] == sorted(NAMES)
    assert list(reports.page_data(page.read_text())["runs"]) == ["run-1", "run-2"]


def test_the_files_of_images_are_named_on_the_page(tmp_path: Path):
    files = [f"farm/{number}.png" for number in range(7)]
    frame = rows()[:7]
    page = report(tmp_path / "page.html", frame["label"], frame["predicted"], image=files)
    assert "farm/1.png" in page.read_text()


def test_surfaces_and_gradients_are_shown_with_the_names_of_the_classes(
    tmp_path: Path, trained: dict[str, Any]
):
    plane = trained["plane"]
    page = report(
        tmp_path / "page.html",
        trained["labels"],
        trained["predicted"],
        classes=NAMES,
        surfaces=plane,
        egos=trained["egos"],
    ).read_text()
    data = reports.page_data(page)
    block = reports.arrays(page)
    (shown,) = data["views"]["planes"]["planes"]
    assert (shown["run"], shown["scale"], shown["ways"]) == (
        "predictions",
        "step",
        ["descend cow", "descend dog"],
    )
    mistakes = reports.array(block, shown["mistakes"])
    sizes = reports.array(block, shown["sizes"])
    np.testing.assert_allclose(mistakes / sizes * 100, class_mistake_rates(plane))
    assert "24 images, batch norm frozen" in page
    cosines = reports.array(block, data["views"]["gradients"]["runs"]["predictions"]["cosines"])
    np.testing.assert_allclose(cosines, gradient_cosines(trained["egos"]), rtol=1e-6)


def test_surfaces_and_gradients_of_several_runs_are_given_by_run(
    tmp_path: Path, trained: dict[str, Any]
):
    records = [
        record_predictions(trained["labels"], trained["predicted"], name=name, classes=NAMES)
        for name in ("first", "second")
    ]
    page = report(
        tmp_path / "page.html",
        records=records,
        surfaces={"second": [trained["plane"]]},
        egos={"second": trained["egos"]},
    ).read_text()
    views = reports.page_data(page)["views"]
    assert [plane["run"] for plane in views["planes"]["planes"]] == ["second"]
    assert list(views["gradients"]["runs"]) == ["second"]


def test_a_class_without_a_gradient_has_no_cosines(tmp_path: Path, trained: dict[str, Any]):
    egos = {label: trained["egos"][label] for label in (2, 0)}
    page = report(
        tmp_path / "page.html",
        trained["labels"],
        trained["predicted"],
        egos=egos,
    ).read_text()
    runs = reports.page_data(page)["views"]["gradients"]["runs"]
    cosines = reports.array(reports.arrays(page), runs["predictions"]["cosines"])
    assert np.isnan(cosines[1]).all()
    assert cosines[2, 0] == pytest.approx(gradient_cosines(egos)[0, 1])


def named(trained: dict[str, Any]) -> dict[str, Any]:
    """Predictions by name, whose classes are sorted."""
    names = np.array(NAMES)
    return {"y_true": names[trained["labels"]], "y_pred": names[trained["predicted"]]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: {}, "report: found no predictions, allowed: true and predicted classes"),
        (lambda t: {"y_true": [0, 1]}, "report: found no predictions"),
        (
            lambda t: {"y_true": [0, 1], "records": Record("a", NAMES)},
            "report: found records and arrays, allowed: one of them",
        ),
        (
            lambda t: {"y_true": record_predictions([0, 1], [1, 1]), "y_pred": [1]},
            "y_true: found a Record, allowed: .*records=",
        ),
        (lambda t: {"records": []}, "records: found none, allowed: a Record"),
        (lambda t: {"records": ["mine.csv"]}, "records: found str, allowed: a Record"),
        (
            lambda t: {"records": 2 * [record_predictions([0, 1], [1, 1])]},
            "records: found the names predictions, predictions, allowed: names that differ",
        ),
        (
            lambda t: {
                "records": [
                    record_predictions([0, 1], [1, 1], name="a"),
                    record_predictions([0, 1], [1, 2], name="b"),
                ]
            },
            "records: found other classes in b than in a, allowed: the same",
        ),
        (
            lambda t: named(t) | {"surfaces": t["plane"]},
            "classes: found none beside predictions of cat, cow, dog .*order of the net's logits",
        ),
        (
            lambda t: named(t) | {"egos": t["egos"]},
            "classes: found none beside predictions of cat, cow, dog .*order of the net's logits",
        ),
        (
            lambda t: named(t) | {"surfaces": t["plane"], "classes": [*NAMES, "ant"]},
            "surfaces: found 3 classes, allowed: 4, as in the predictions of predictions",
        ),
        (
            lambda t: {"y_true": [0, 1], "y_pred": [1, 1], "egos": t["egos"]},
            "egos: found the labels 0 to 2, allowed: 0 to 1",
        ),
        (
            lambda t: named(t) | {"surfaces": 2 * [t["plane"]], "classes": NAMES},
            "surfaces: found cow-dog at scale step twice, allowed: one plane for each pair",
        ),
        (
            lambda t: named(t) | {"surfaces": {"other": [t["plane"]]}, "classes": NAMES},
            "surfaces: found run 'other', allowed: predictions",
        ),
        (
            lambda t: (
                named(t) | {"run": np.arange(24) % 2, "surfaces": [t["plane"]], "classes": NAMES}
            ),
            "surfaces: found those of one net for 2 runs, allowed: a dict .* run-0, run-1",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused_and_nothing_is_written(
    change: Any, said: str, tmp_path: Path, trained: dict[str, Any]
):
    with pytest.raises(BadInput, match=said):
        report(tmp_path / "page.html", **change(trained))
    assert not list(tmp_path.iterdir())


def test_a_surface_and_a_record_are_written_in_one_line(trained: dict[str, Any]):
    assert repr(trained["plane"]) == (
        "Surface(run='net', pair='0\N{EN DASH}2', scale='step', points=5 x 5, "
        "theta=-0.5 to 0.5, images=24)"
    )
    frame = rows()
    record = record_predictions(frame["label"], frame["predicted"], epoch=frame["epoch"])
    assert repr(record) == "Record('predictions', 3 classes, test 7 images x 2 epochs)"
    final = record_predictions(frame["label"], frame["predicted"], name="last")
    assert repr(final) == "Record('last', 3 classes, test 14 images)"
    assert repr(Record("new", final.classes)) == "Record('new', 3 classes, no counts)"
