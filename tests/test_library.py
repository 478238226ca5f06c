"""A claim a test: what `from interference import ...` gives, on plain nets, tensors and arrays."""

import ast
import copy
import inspect
import subprocess
import sys
import textwrap
from collections import OrderedDict
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchvision
from torch import nn

import interference
from interference import (
    BadInput,
    cctm,
    class_gradients,
    class_mistake_rates,
    confusion,
    dancing_notes,
    gradient_cosines,
    mistake_rate,
    surface,
)
from interference.surfaces import swapped
from tests.imports import ROOT, SRC
from tests.nets import NETS, data
from tests.test_ego import reference

HEAVY = ("torch", "pandas", "matplotlib", "numpy", "pyarrow", "torchmetrics", "lightning", "transformers")


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={"PYTHONPATH": "src"}, check=True, text=True,
                          capture_output=True).stdout


# The names


def test_importing_the_package_imports_nothing_heavy():
    assert python(f"import interference, sys; dir(interference); print([m for m in {HEAVY} if m in sys.modules])"
                  ) == "[]\n"


def test_names_about_arrays_are_had_without_torch():
    code = "from interference import read_predictions, Surface, BadInput; import sys; print('torch' in sys.modules)"
    assert python(code) == "False\n"


def test_every_name_of_the_library_is_listed_typed_and_there():
    imports = [node for node in ast.walk(ast.parse((SRC / "__init__.py").read_text()))
               if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("interference")]
    typed = {alias.name for node in imports for alias in node.names}
    assert typed == set(interference.__all__) == set(interference._HOMES) <= set(dir(interference))
    for name in interference.__all__:
        found = getattr(interference, name)
        assert found.__name__ == name
        assert found.__doc__
        home = import_module(f"interference.{interference._HOMES[name]}")
        assert getattr(home, name) is found


def test_the_package_says_that_it_is_typed():
    assert (files("interference") / "py.typed").is_file()
    assert '"py.typed"' in (ROOT / "pyproject.toml").read_text()


def test_an_unknown_name_is_no_attribute_and_modules_are_still_had():
    with pytest.raises(AttributeError, match="module 'interference' has no attribute 'nothing'"):
        interference.nothing  # noqa: B018
    with pytest.raises(ImportError):
        from interference import nothing  # noqa: F401
    from interference import dance
    assert inspect.ismodule(dance)


@pytest.mark.parametrize(("name", "package"), [("ConfusionCounts", "torchmetrics"), ("LightningCounts", "lightning"),
                                               ("TrainerCounts", "transformers")])
def test_a_name_whose_package_is_not_installed_says_how_to_install_it(name: str, package: str):
    code = f"""if True:
        import sys
        sys.modules[{package!r}] = None
        try:
            from interference import {name}
        except ImportError as error:
            print(error)"""
    assert python(code) == f"{name} needs {package}: pip install 'interference[{package}]'\n"


class Plot:
    """What an example draws with."""

    pcolormesh = staticmethod(lambda *arrays: None)


@pytest.mark.parametrize("name", ["ConfusionCounts", "cctm", "class_gradients", "dancing_notes",
                                  "record_predictions", "surface"])
def test_the_examples_of_docstrings_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    lines = inspect.getdoc(getattr(interference, name)).splitlines()
    code = textwrap.dedent("\n".join(line for line in lines if line.startswith("    ")))
    assert name in code
    exec(code, spoken_of())


def spoken_of() -> dict[str, Any]:
    """What the examples speak of: a net of ten classes, its images, and predictions."""
    torch.manual_seed(0)
    net = nn.Sequential(OrderedDict(conv1=nn.Conv2d(3, 4, 3), flat=nn.Flatten(), last=nn.Linear(16, 10)))
    images, labels = torch.randn(30, 3, 4, 4), torch.arange(30) % 10
    metric = interference.ConfusionCounts(10)
    metric.update(net(images), labels)
    y_true = np.arange(30) % 10
    return {name: getattr(interference, name) for name in interference.__all__} | {
        "net": net, "images": images, "labels": labels, "batches": [(images, labels)], "metric": metric, "Path": Path,
        "egos": class_gradients(net, images, labels), "plt": Plot, "y_true": y_true, "y_pred": y_true[::-1],
        "epoch": np.arange(30) // 15, "predictions_by_epoch": [y_true[::-1], y_true]}


# Gradients


@pytest.mark.parametrize("net", [make() for make in NETS.values()], ids=NETS)
def test_class_gradients_are_the_means_of_each_classes_images_gradients(net: nn.Module):
    inputs, labels = data()
    before, mode = copy.deepcopy(net.state_dict()), net.training
    found = class_gradients(net, inputs, labels)
    assert list(found) == [0, 1, 2]
    for label, gradient in found.items():
        wanted = reference(copy.deepcopy(net), inputs[labels == label], labels[labels == label])
        assert all(torch.allclose(gradient[name], wanted[name], rtol=1e-10, atol=1e-13) for name in wanted)
    assert net.training == mode
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())


def test_a_class_without_images_has_no_gradient():
    inputs, labels = data()
    assert list(class_gradients(NETS["tied"](), inputs[labels != 1], labels[labels != 1])) == [0, 2]


def test_the_cosines_are_those_of_the_flat_gradients():
    egos = class_gradients(NETS["batch norm"](), *data())
    flat = [torch.cat([tensor.flatten() for tensor in one.values()]) for one in egos.values()]
    found = gradient_cosines(egos)
    for a in range(3):
        for b in range(3):
            wanted = torch.nan if a == b else float(torch.cosine_similarity(flat[a], flat[b], dim=0))
            assert found[a, b] == pytest.approx(wanted, nan_ok=True)


# Surfaces


def small(net: nn.Module, pair: tuple[int, int] = (0, 2), **options: Any) -> Any:
    inputs, labels = data()
    return surface(net, class_gradients(net, inputs, labels), pair, inputs, labels, **({"points": 3} | options))


@pytest.mark.parametrize("net", [make() for make in NETS.values()], ids=NETS)
def test_every_point_of_a_surface_is_the_net_moved_by_the_definition(net: nn.Module):
    inputs, labels = data()
    egos, found = class_gradients(net, inputs, labels), small(net, edge=0.5)
    assert found.theta_1.tolist() == found.theta_2.tolist() == [-0.5, 0, 0.5]
    for i, theta_1 in enumerate(found.theta_1):
        for j, theta_2 in enumerate(found.theta_2):
            moved = copy.deepcopy(net).eval()
            with torch.no_grad():
                for name, weight in moved.named_parameters():
                    weight -= theta_1 * egos[0][name] + theta_2 * egos[2][name]
                said = moved(inputs).argmax(1)
            assert np.array_equal(found.counts[i, j], confusion.counts(labels.numpy(), said.numpy(), 3))


def test_a_surface_is_read_as_any_other():
    found = small(NETS["batch norm"](), scale="step", edge=2)
    counts = found.counts[1, 1]
    assert mistake_rate(found)[1, 1] == pytest.approx(100 - 100 * counts.trace() / counts.sum())
    assert class_mistake_rates(found).shape == (3, 3, 3)
    assert (found.pair, found.scale) == ((0, 2), "step")
    assert np.diag(found.gram) == pytest.approx([1, 1])
    assert np.array_equal(mistake_rate(small(NETS["batch norm"](), (2, 0), scale="step", edge=2)),
                          mistake_rate(swapped(found)))


def test_random_directions_are_drawn_by_the_seed_and_are_no_class_gradients():
    net = NETS["no batch norm"]()
    one, same, other = (small(net, scale="random", edge=3.0, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(one.loss_sum, same.loss_sum)
    assert not np.array_equal(one.loss_sum, other.loss_sum)
    assert not np.array_equal(one.loss_sum, small(net, scale="filter", edge=3.0).loss_sum)


def test_batch_norm_may_be_estimated_at_every_point():
    net = NETS["batch norm"]()
    frozen, anew = (small(net, batch_norm=how).loss_sum for how in ("frozen", "recalibrated"))
    assert not np.allclose(frozen, anew)


def test_a_net_of_torchvision_is_taken_as_it_is():
    torch.manual_seed(0)
    net = torchvision.models.squeezenet1_1(num_classes=3)
    images, labels = torch.randn(9, 3, 32, 32), torch.tensor([0, 0, 0, 0, 1, 1, 1, 2, 2])
    egos = class_gradients(net, images, labels)
    found = surface(net, egos, (0, 1), images, labels, points=3, edge=0.1)
    assert found.counts.sum((2, 3)).tolist() == [[9] * 3] * 3
    assert net.training


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_net_on_a_gpu_says_what_it_says_on_a_cpu():
    net, (inputs, labels) = NETS["batch norm"](), data()
    here = small(net, edge=0.5)
    there = copy.deepcopy(net).cuda()
    found = surface(there, class_gradients(there, inputs, labels), (0, 2), inputs, labels, points=3, edge=0.5)
    assert np.array_equal(found.counts, here.counts)


# Rates and notes


def test_the_cctm_of_predictions_is_that_of_their_counts():
    true, said = ["b", "a", "b", "c", "b"], ["b", "b", "a", "c", "c"]
    wanted = np.array([[0, 1, 0], [1, 1, 1], [0, 0, 1]])
    assert np.array_equal(cctm(true, said), cctm(wanted))
    assert np.allclose(cctm(wanted), wanted / wanted.sum(1, keepdims=True))
    assert np.array_equal(cctm(torch.from_numpy(wanted)), cctm(wanted))
    assert np.isnan(cctm(np.zeros((2, 4, 4), int))).all()


def test_the_notes_of_every_class_are_what_it_is_most_often_taken_for():
    counts = np.array([[[9, 1, 0], [0, 10, 0], [3, 2, 5]], [[8, 0, 2], [0, 9, 1], [0, 0, 10]]])
    assert dancing_notes(cctm(counts)).tolist() == [[1, -2, 0], [2, 2, -2]]
    assert dancing_notes([cctm(epoch) for epoch in counts], threshold=0.15).tolist() == [[-2, -2, 0], [2, -2, -2]]


# Bad input


class Talkative(nn.Linear):
    """A net whose output is no tensor."""

    def forward(self, x: torch.Tensor) -> Any:
        return {"logits": super().forward(x.flatten(1))}


@pytest.mark.parametrize(("change", "said"), [
    ({"labels": torch.zeros(5, dtype=int)}, r"labels: found \(5,\) torch.int64 for 13 images"),
    ({"labels": torch.zeros(13)}, r"labels: found \(13,\) torch.float32"),
    ({"images": torch.zeros(0, 2, 5, 4), "labels": torch.zeros(0, dtype=int)}, r"labels: found \(0,\)"),
    ({"labels": torch.full((13,), 3)}, "labels: found 3 to 3, allowed: 0 to 2"),
    ({"labels": torch.full((13,), -1)}, "labels: found -1 to -1, allowed: 0 to 2"),
    ({"net": Talkative(40, 3, dtype=torch.float64)}, r"net: found dict for an image, allowed: .* logits"),
    ({"net": nn.Flatten(0)}, "net: has no parameters"),
])
def test_a_net_or_labels_that_do_not_fit_are_refused(change: dict[str, Any], said: str):
    inputs, labels = data()
    with pytest.raises(BadInput, match=said):
        class_gradients(**{"net": NETS["tied"](), "images": inputs, "labels": labels} | change)


@pytest.mark.parametrize(("change", "said"), [
    ({"points": 4}, "surface.points: found 4, allowed: an odd whole number of at least 3"),
    ({"batch_norm": "none"}, "surface.batch_norm: found 'none', allowed: frozen, recalibrated"),
    ({"scale": "none"}, "scale: found 'none', allowed: raw, step"),
    ({"edge": -1.0}, "edge: found -1.0, allowed: a number above 0"),
    ({"pair": (0, 3)}, r"pair: found \(0, 3\), allowed: two of 0, 1, 2"),
    ({"pair": (1, 1)}, r"pair: found \(1, 1\), allowed: two of 0, 1, 2"),
])
def test_a_surface_that_makes_no_sense_is_refused(change: dict[str, Any], said: str):
    with pytest.raises(BadInput, match=said):
        small(NETS["tied"](), **change)


@pytest.mark.parametrize("counts", [[1, 2], np.zeros((2, 3)), [[1, -1], [0, 1]]])
def test_counts_that_are_none_are_refused(counts: Any):
    with pytest.raises(BadInput, match="cctm: counts"):
        cctm(counts)


def test_notes_of_one_epoch_alone_are_refused():
    with pytest.raises(BadInput, match=r"dancing_notes: found \(3, 3\), allowed: CCTMs \(epochs, C, C\)"):
        dancing_notes(np.eye(3))
