"""Surfaces and CCTMs as other programs read them, each read back by the form's own rules."""

import io
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from interference import confusion, surfaces
from interference.classes import Classes
from interference.errors import BadInput
from interference.io import tables
from interference.reporting import exports
from interference.surfaces import Surface
from stages import export
from tests import toy

HARD = Classes(("a", "b", "c", "d"), ("[a_b]", "50 % & more", r"$x^2$ {#~\}", "plain"))
COUNTS = np.array(
    [[6, 1, 3, 0], [0, 9, 0, 0], [0, 0, 0, 0], [2, 2, 0, 1]]
)  # b makes no mistake, c has no images


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of one run: two planes, the ego models, final counts."""
    folder = tmp_path_factory.mktemp("study")
    toy.study(
        folder,
        classes=toy.LETTERS,
        pairs=["a-b", "c-a", "egos"],
        runs={"vgg19-big_lr": "big_lr"},
        points=5,
    )
    a, b = (folder / "surfaces" / f"vgg19-big_lr-{pair}-raw.parquet" for pair in ("a-b", "c-a"))
    first, second = tables.read(a, "surfaces"), tables.read(b, "surfaces")
    meta = first.meta | {"pair": "top-2", "grams": first.meta["grams"] | second.meta["grams"]}
    tables.write(
        folder / "surfaces" / "both.parquet",
        "surfaces",
        pd.concat([first.frame, second.frame]),
        meta,
    )
    return folder


@pytest.fixture(scope="module")
def surface(study: Path) -> Surface:
    """A plane of 3 x 5 points, so that a transposition cannot hide; one class has no images, some
    losses blew up.
    """
    whole = surfaces.from_table(
        tables.read(study / "surfaces" / "vgg19-big_lr-a-b-raw.parquet", "surfaces")
    )
    counts, loss_sum = whole.counts[1:4].copy(), whole.loss_sum[1:4].copy()
    counts[:, :, 2] = loss_sum[:, :, 2] = 0
    loss_sum[0, 3, 0, 0], loss_sum[2, 1, 1, 1] = np.inf, np.nan
    return replace(whole, theta_1=whole.theta_1[1:4], counts=counts, loss_sum=loss_sum)


def rates(counts: np.ndarray, loss_sum: np.ndarray) -> dict[str, float]:
    """What one point says, image by image: mistakes of all and of each class (percent), mean losses
    (nats).
    """
    right = [counts[c, c] if np.isfinite(loss_sum[c, c]) else 0 for c in range(3)]
    found = {"mistake_rate": 100 * (counts.sum() - sum(right)) / counts.sum()}
    for c, key in enumerate("abc"):
        images = counts[c].sum()
        found[f"mistake_rate_{key}"] = 100 * (images - right[c]) / images if images else np.nan
        found[f"cross_entropy_{key}"] = sum(loss_sum[c]) / images if images else np.nan
    return found


def read_vtr(content: bytes) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    """Coordinates and point data (x, y, z) of VTK's XML rectilinear grid with raw appended data, by
    its specification.

    An array lies at its offset after the underscore: its size in bytes, then its values, x fastest.
    """
    head, mark, tail = content.partition(b'<AppendedData encoding="raw">')
    root, data = ElementTree.fromstring(head + b"</VTKFile>"), tail[tail.index(b"_") + 1 :]
    assert mark
    assert (
        dict(root.items()).items()
        >= {
            "type": "RectilinearGrid",
            "byte_order": "LittleEndian",
            "header_type": "UInt64",
        }.items()
    )
    extent = list(map(int, root.find("RectilinearGrid").get("WholeExtent").split()))
    assert root.find("RectilinearGrid/Piece").get("Extent").split() == list(map(str, extent))

    def array(element: ElementTree.Element) -> np.ndarray:
        assert element.get("type") == "Float64"
        start = int(element.get("offset"))
        size = int(np.frombuffer(data, "<u8", 1, start)[0])
        return np.frombuffer(data, "<f8", size // 8, start + 8)

    shape = [last - first + 1 for first, last in zip(extent[::2], extent[1::2], strict=True)]
    piece = root.find("RectilinearGrid/Piece")
    return (
        [array(one) for one in piece.find("Coordinates")],
        {one.get("Name"): array(one).reshape(shape, order="F") for one in piece.find("PointData")},
    )


def test_a_vtk_grid_holds_every_reading_at_its_point_and_nan_where_one_is_not_finite(
    surface: Surface,
):
    (x, y, z), data = read_vtr(exports.vtr(surface))
    assert [x.tolist(), y.tolist(), z.tolist()] == [
        surface.theta_1.tolist(),
        surface.theta_2.tolist(),
        [0],
    ]
    for i, j in np.ndindex(3, 5):
        for name, value in rates(surface.counts[i, j], surface.loss_sum[i, j]).items():
            expected = value if np.isfinite(value) else np.nan
            assert data[name][i, j, 0] == pytest.approx(expected, rel=1e-12, nan_ok=True), (
                name,
                i,
                j,
            )
    assert np.isnan(data["cross_entropy_a"][0, 3, 0])
    assert np.isnan(data["mistake_rate_c"]).all()
    assert len(data) == 1 + 2 * 3 + 1


def test_a_relief_is_half_as_high_as_the_plane_is_wide_where_all_is_mistaken(surface: Surface):
    _, data = read_vtr(exports.vtr(surface))
    width = surface.theta_2[-1] - surface.theta_2[0]
    np.testing.assert_allclose(data["height"], data["mistake_rate"] / 100 * width / 2, rtol=1e-12)


def test_a_csv_of_a_surface_has_a_row_a_point_and_reads_back_as_it_is(surface: Surface):
    frame = pd.read_csv(io.StringIO(exports.points(surface).to_csv(index=False)))
    assert list(frame)[:5] == ["class_1", "class_2", "theta_1", "theta_2", "mistake_rate"]
    assert set(zip(frame["class_1"], frame["class_2"], strict=True)) == {("a", "b")}
    for row, (i, j) in zip(frame.to_dict("records"), np.ndindex(3, 5), strict=True):
        expected = {
            "theta_1": surface.theta_1[i],
            "theta_2": surface.theta_2[j],
            **rates(surface.counts[i, j], surface.loss_sum[i, j]),
        }
        assert {name: row[name] for name in expected} == pytest.approx(
            expected, rel=1e-12, nan_ok=True
        )
    assert np.isinf(frame["cross_entropy_a"]).sum() == 1


def test_a_csv_of_a_cctm_is_the_matrix_of_shares_by_class():
    frame = pd.read_csv(io.StringIO(exports.matrix(COUNTS, HARD).to_csv()), index_col="true")
    assert list(frame) == list(frame.index) == list("abcd")
    assert frame.loc["a"].tolist() == [0.6, 0.1, 0.3, 0]
    assert frame.loc["d"].tolist() == [0.4, 0.4, 0, 0.2]
    assert frame.loc["c"].isna().all()


def cells(latex: str) -> list[list[str]]:
    """The rows of a LaTeX table between its rules, cell by cell."""
    body = latex.split(r"\toprule")[1].split(r"\bottomrule")[0].replace(r"\midrule", "")
    return [
        re.split(r" & ", line.removesuffix(r" \\"))
        for line in body.strip("\n").splitlines()
        if line
    ]


def test_a_latex_table_is_in_percent_and_the_largest_mistake_of_each_row_is_bold():
    _, *rows = cells(exports.latex(COUNTS, HARD, "vgg19", "test"))
    assert [row[1:] for row in rows] == [
        ["60.0", "10.0", r"\textbf{30.0}", "0.0"],
        ["0.0", "100.0", "0.0", "0.0"],
        ["--"] * 4,
        [r"\textbf{40.0}", "40.0", "0.0", "20.0"],
    ]


def test_latex_is_safe_from_names():
    text = exports.latex(COUNTS, HARD, "vgg19-big_lr", "train_online")
    head, *rows = cells(text)
    names = [
        "[a_b]",
        r"50 \% \& more",
        r"\$x\textasciicircum{}2\$ \{\#\textasciitilde{}\textbackslash{}\}",
        "plain",
    ]
    names[0] = r"[a\_b]"
    assert head == ["", *names]
    assert [row[0] for row in rows] == [
        f"{{{name}}}" for name in names
    ]  # a bare [ after \\ would be a length
    assert r"CCTM of vgg19-big\_lr: the percentages of each class's train\_online images" in text
    assert text.splitlines()[0] == r"% needs \usepackage{booktabs}"
    code = re.sub(r"\\[&%$#_{}]", "", text.split("\n", 1)[1])  # what is escaped stands for itself
    assert code.count("{") == code.count("}")
    assert not re.search(r"[$#_%^~]", code)
    assert (
        re.findall(r"\\begin{(\w+)}", code)
        == re.findall(r"\\end{(\w+)}", code)[::-1]
        == ["table", "tabular"]
    )
    assert {line.count("&") for line in code.splitlines() if "&" in line} == {len(HARD)}


def exported(folder: Path, table: str, out: str, **options: str | bool) -> bytes:
    """What the command writes."""
    export.main(folder / f"{table}.parquet", folder / out, **options)
    return (folder / out).read_bytes()


def test_a_table_of_one_plane_needs_no_pair_and_one_of_several_is_asked_for_it(study: Path):
    one = surfaces.from_table(
        tables.read(study / "surfaces/vgg19-big_lr-c-a-raw.parquet", "surfaces")
    )
    assert exported(study, "surfaces/vgg19-big_lr-c-a-raw", "one.vtr") == exports.vtr(one)
    assert exported(study, "surfaces/both", "other.vtr", pair="c-a") == exports.vtr(one)
    with pytest.raises(
        BadInput, match=r"found 2 planes, expected one for .vtr; choose it with --pair: a-b, c-a$"
    ):
        exported(study, "surfaces/both", "both.vtr")
    assert not (study / "both.vtr").exists()


def test_a_csv_has_all_planes_of_a_table_or_the_one_that_is_named(study: Path):
    def pairs(frame: pd.DataFrame) -> list[str]:
        return list(dict.fromkeys(frame["class_1"] + "-" + frame["class_2"]))

    def table(*words: str, **options: str) -> pd.DataFrame:
        return pd.read_csv(io.BytesIO(exported(study, *words, **options)))

    assert pairs(table("surfaces/both", "planes.csv")) == ["a-b", "c-a"]
    assert pairs(table("surfaces/both", "plane.csv", pair="c-a")) == ["c-a"]
    lines = table("surfaces/vgg19-big_lr-egos-raw", "lines.csv")
    assert pairs(lines) == ["a-a", "b-b", "c-c"]
    assert (lines["theta_1"] == 0).all()
    (x, y, _), _ = read_vtr(
        exported(study, "surfaces/vgg19-big_lr-egos-raw", "line.vtr", pair="b-b")
    )
    assert (len(x), len(y)) == (1, 5)


def test_a_zoom_is_exported_on_demand(study: Path, surface: Surface):
    zoom = replace(surface, theta_1=surface.theta_1 / 8, theta_2=surface.theta_2 / 8)
    source = tables.read(study / "surfaces/vgg19-big_lr-a-b-raw.parquet", "surfaces")
    table = surfaces.to_table(replace(surface, zoom=zoom), source.run)
    tables.write(study / "surfaces/zoomed.parquet", "surfaces", table.frame, table.meta)
    edge = surface.theta_2[-1]
    for zoomed, widest in ((False, edge), (True, edge / 8)):
        (x, y, _), _ = read_vtr(exported(study, "surfaces/zoomed", "plane.vtr", zoom=zoomed))
        assert (len(x), len(y), y[-1]) == (3, 5, widest)
        content = exported(study, "surfaces/zoomed", "plane.csv", zoom=zoomed)
        frame = pd.read_csv(io.BytesIO(content))
        assert len(frame) == 15
        np.testing.assert_allclose(frame["theta_2"].max(), widest)


def test_a_cctm_is_that_of_the_test_images_unless_told(study: Path):
    table = tables.read(study / "cctm/vgg19-big_lr.parquet", "cctm")
    counts = {
        split: confusion.from_frame(frame, 3) for split, frame in table.frame.groupby("split")
    }
    text = exported(study, "cctm/vgg19-big_lr", "cctm.tex").decode()
    assert text == exports.latex(counts["test"], toy.LETTERS, "vgg19-big_lr", "test")
    train = exported(study, "cctm/vgg19-big_lr", "cctm.csv", split="train").decode()
    assert train == exports.matrix(counts["train"], toy.LETTERS).to_csv()


REFUSED = {
    "a form of the other kind": (
        "cctm/vgg19-big_lr",
        "x.vtr",
        {},
        "x.vtr: ending, for a table of cctm: found '.vtr', allowed: .csv, .tex",
    ),
    "no form": (
        "surfaces/both",
        "x",
        {},
        "x: ending, for a table of surfaces: found '', allowed: .vtr, .csv",
    ),
    "a table of another kind": (
        "counts/vgg19-big_lr",
        "x.csv",
        {},
        "expected those of surfaces or cctm; give a table of data/surfaces or data/cctm",
    ),
    "a pair that is not there": (
        "surfaces/both",
        "x.csv",
        {"pair": "b-c"},
        "pair: found 'b-c', allowed: a-b, c-a",
    ),
    "no class": ("surfaces/both", "x.csv", {"pair": "a-x"}, "class: found 'x', allowed: a, b, c"),
    "a split that is not there": (
        "cctm/vgg19-big_lr",
        "x.csv",
        {"split": "val"},
        "found 'val', allowed: test, train",
    ),
    "a split of a surface": (
        "surfaces/both",
        "x.csv",
        {"split": "test"},
        "--split: found 'test', allowed: nothing",
    ),
    "a pair of a cctm": (
        "cctm/vgg19-big_lr",
        "x.csv",
        {"pair": "a-b"},
        "--pair: found 'a-b', allowed: nothing",
    ),
    "a zoom of a table without one": (
        "surfaces/both",
        "x.csv",
        {"zoom": True},
        "both.parquet: found no zoom, expected one with --zoom; leave out --zoom",
    ),
    "a zoom of a cctm": (
        "cctm/vgg19-big_lr",
        "x.csv",
        {"zoom": True},
        "--zoom: found True, allowed: nothing",
    ),
    "no table": ("cctm/nowhere", "x.csv", {}, "nowhere.parquet: no such file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_exported_is_refused_in_one_line_and_nothing_written(
    case: str, study: Path, tmp_path: Path
):
    table, out, options, message = REFUSED[case]
    with pytest.raises(BadInput, match=re.escape(message)) as refused:
        export.main(study / f"{table}.parquet", tmp_path / "new" / out, **options)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_classes_of_other_scripts_are_exported_by_their_names():
    classes = Classes.from_labels(["Polar bear", "כלב", "猫"])
    frame = exports.matrix(np.eye(3, dtype=int), classes)
    assert [*frame.index] == [*frame.columns] == ["polar_bear", "כלב", "猫"]
