"""A claim a test: what `from interference import ...` gives, on plain nets, tensors and arrays."""

import ast
import copy
import inspect
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
import timm
import torch
import torchvision
import transformers
from sklearn.metrics import confusion_matrix
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

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
from interference.confusion import flat_test
from interference.surfaces import flatness, is_estimated, swapped
from tests.imports import ROOT, SRC
from tests.landscape.test_class_gradients import reference
from tests.toy_nets import NETS, data

HEAVY = (
    "torch",
    "pandas",
    "matplotlib",
    "numpy",
    "pyarrow",
    "torchmetrics",
    "lightning",
    "transformers",
)


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": "src"},
        check=True,
        text=True,
        capture_output=True,
    ).stdout


# The names


def test_importing_the_package_imports_nothing_heavy():
    assert (
        python(
            f"import interference, sys; dir(interference); print([m for m in {HEAVY} if m in sys.modules])"
        )
        == "[]\n"
    )


@pytest.mark.slow
def test_names_about_arrays_are_had_without_torch():
    code = """if True:
        import sys
        from interference import BadInput, Surface, cctm, dancing_notes, read_predictions, record_predictions
        dancing_notes([cctm(["a", "b"], ["b", "b"])])
        print("torch" in sys.modules)"""
    assert python(code) == "False\n"


def test_every_name_of_the_library_is_listed_typed_and_there():
    imports = [
        node
        for node in ast.walk(ast.parse((SRC / "__init__.py").read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("interference")
    ]
    typed = {alias.name for node in imports for alias in node.names} - {"__version__"}
    assert typed == set(interference.__all__) == set(interference._HOMES) <= set(dir(interference))
    for name in interference.__all__:
        found = getattr(interference, name)
        assert found.__name__ == name
        assert found.__doc__
        home = import_module(f"interference.{interference._HOMES[name]}")
        assert getattr(home, name) is found


@pytest.mark.parametrize("name", interference._MODULES)
def test_modules_of_rooms_are_had_from_the_package_too(name: str):
    assert getattr(interference, name) is import_module(
        f"interference.{interference._MODULES[name]}"
    )


def test_the_package_says_that_it_is_typed():
    assert (files("interference") / "py.typed").is_file()
    assert '"py.typed"' in (ROOT / "pyproject.toml").read_text()


def test_an_unknown_name_is_no_attribute_and_modules_are_still_had():
    with pytest.raises(AttributeError, match="module 'interference' has no attribute 'nothing'"):
        interference.nothing  # noqa: B018
    with pytest.raises(ImportError):
        from interference import nothing  # noqa: F401
    from interference.confusion import dance

    assert inspect.ismodule(dance)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("ConfusionCounts", "torchmetrics"),
        ("LightningCounts", "lightning"),
        ("TrainerCounts", "transformers"),
    ],
)
def test_a_name_whose_package_is_not_installed_says_how_to_install_it(name: str, package: str):
    code = f"""if True:
        import sys
        sys.modules[{package!r}] = None
        try:
            from interference import {name}
        except ImportError as error:
            print(error)"""
    assert python(code) == (
        f"{name}: {package} is not installed; install the extra '{package}' of interference, "
        f"in a checkout by: pip install '.[{package}]'\n"
    )


# Gradients


@pytest.mark.parametrize("net", [make() for make in NETS.values()], ids=NETS)
def test_class_gradients_are_the_means_of_each_classes_images_gradients(net: nn.Module):
    inputs, labels = data()
    before, mode = copy.deepcopy(net.state_dict()), net.training
    found = class_gradients(net, inputs, labels)
    assert list(found) == [0, 1, 2]
    for label, gradient in found.items():
        wanted = reference(copy.deepcopy(net), inputs[labels == label], labels[labels == label])
        assert all(
            torch.allclose(gradient[name], wanted[name], rtol=1e-10, atol=1e-13) for name in wanted
        )
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
            wanted = (
                torch.nan if a == b else float(torch.cosine_similarity(flat[a], flat[b], dim=0))
            )
            assert found[a, b] == pytest.approx(wanted, nan_ok=True)


def test_the_cosines_are_in_the_order_of_the_labels_in_egos():
    egos = class_gradients(NETS["batch norm"](), *data())
    assert list(egos) == [0, 1, 2]
    found = gradient_cosines(egos)
    np.testing.assert_allclose(
        gradient_cosines({label: egos[label] for label in (2, 0, 1)}),
        found[np.ix_([2, 0, 1], [2, 0, 1])],
        rtol=1e-12,
    )


# Surfaces


def small(net: nn.Module, pair: tuple[int, int] = (0, 2), **options: Any) -> Any:
    inputs, labels = data()
    return surface(
        net, class_gradients(net, inputs, labels), pair, inputs, labels, **({"points": 3} | options)
    )


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
            assert np.array_equal(
                found.counts[i, j], confusion.counts(labels.numpy(), said.numpy(), 3)
            )


def test_a_surface_is_read_as_any_other():
    found = small(NETS["batch norm"](), scale="step", edge=2)
    counts = found.counts[1, 1]
    assert mistake_rate(found)[1, 1] == pytest.approx(100 - 100 * counts.trace() / counts.sum())
    assert class_mistake_rates(found).shape == (3, 3, 3)
    assert (found.pair, found.scale) == ((0, 2), "step")
    assert np.diag(found.gram) == pytest.approx([1, 1])
    assert np.array_equal(
        mistake_rate(small(NETS["batch norm"](), (2, 0), scale="step", edge=2)),
        mistake_rate(swapped(found)),
    )


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


def test_points_may_be_decided_and_are_then_on_the_side_of_all_images():
    torch.manual_seed(0)
    net = nn.Linear(4, 3)
    images = torch.randn(3000, 4)
    labels = net(images).argmax(1)
    egos = class_gradients(net, images, labels)
    options = {"points": 7, "edge": 4.0, "scale": "step"}
    exact = surface(net, egos, (0, 2), images, labels, **options)
    plane = surface(net, egos, (0, 2), images, labels, decide=5.0, tolerance=0.1, **options)
    errors = exact.counts.sum((-2, -1)) - np.trace(exact.counts, axis1=-2, axis2=-1)
    sides = flat_test.sides(plane.test, plane.counts)
    seen = plane.counts.sum((-2, -1))
    assert np.array_equal(sides == flat_test.ABOVE, errors > plane.test.most)
    assert 0 < (errors > plane.test.most).sum() < 49
    assert seen[plane.centre] == 3000
    assert seen.mean() < 1000
    near = is_estimated(plane)
    off = np.abs(mistake_rate(plane) - mistake_rate(exact))
    assert near.sum() > 1
    assert off[near].max() <= 10
    assert np.array_equal(plane.counts[plane.centre], exact.counts[exact.centre])
    assert is_estimated(exact).all()


def test_with_a_tolerance_a_point_stops_before_the_last_image():
    net = nn.Linear(4, 3)
    images = torch.randn(3000, 4)
    labels = torch.arange(3000) % 3
    egos = class_gradients(net, images, labels)
    plane = surface(net, egos, (0, 2), images, labels, points=3, tolerance=0.15)
    assert plane.counts.sum((-2, -1)).max() < 3000
    assert plane.test is None


def test_a_net_of_torchvision_is_taken_as_it_is():
    torch.manual_seed(0)
    net = torchvision.models.squeezenet1_1(num_classes=3)
    images, labels = torch.randn(9, 3, 32, 32), torch.tensor([0, 0, 0, 0, 1, 1, 1, 2, 2])
    egos = class_gradients(net, images, labels)
    found = surface(net, egos, (0, 1), images, labels, points=3, edge=0.1)
    assert found.counts.sum((2, 3)).tolist() == [[9] * 3] * 3
    assert net.training


@pytest.mark.gpu
def test_a_net_on_a_gpu_says_what_it_says_on_a_cpu():
    net, (inputs, labels) = NETS["batch norm"](), data()
    here = small(net, edge=0.5)
    there = copy.deepcopy(net).cuda()
    found = surface(
        there, class_gradients(there, inputs, labels), (0, 2), inputs, labels, points=3, edge=0.5
    )
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
    assert dancing_notes([cctm(epoch) for epoch in counts], threshold=0.15).tolist() == [
        [-2, -2, 0],
        [2, -2, -2],
    ]


# As people have them


@pytest.mark.parametrize(
    "made",
    [
        np.asarray,
        list,
        lambda given: given.tolist(),
        lambda given: given.flip(0).numpy()[::-1],
        lambda given: np.broadcast_to(given.numpy(), given.shape),
        lambda given: given.numpy().astype(given.numpy().dtype.newbyteorder()),
    ],
)
def test_arrays_and_lists_of_any_kind_are_tensors(made: Callable[[torch.Tensor], Any]):
    net, (inputs, labels) = NETS["batch norm"](), data()
    wanted, found = (
        class_gradients(net, inputs, labels),
        class_gradients(net, made(inputs), made(labels)),
    )
    assert gradient_cosines(found)[0, 2] == gradient_cosines(wanted)[0, 2]
    other = {
        label: {name: tensor.numpy() for name, tensor in one.items()}
        for label, one in found.items()
    }
    one, same = (
        surface(net, egos, pair, *given, points=points, edge=edge)
        for egos, pair, given, points, edge in (
            (wanted, (0, 2), (inputs, labels), 3, 0.5),
            (
                other,
                made(torch.tensor([0, 2])),
                (made(inputs), made(labels)),
                np.int64(3),
                torch.tensor(0.5),
            ),
        )
    )
    assert np.array_equal(one.loss_sum, same.loss_sum)
    assert same.pair == (0, 2)


class Streamed(IterableDataset):
    """Images and labels one by one."""

    def __iter__(self) -> Any:
        return iter(TensorDataset(*data()))


@pytest.mark.parametrize(
    "made",
    [
        lambda images, labels: DataLoader(TensorDataset(images, labels), 5),
        lambda images, labels: TensorDataset(images, labels),
        lambda images, labels: Streamed(),
        lambda images, labels: [
            (images[:4].numpy(), labels[:4].tolist()),
            (images[4:], labels[4:]),
        ],
        lambda images, labels: zip(images.split(3), labels.split(3), strict=True),
    ],
    ids=["DataLoader", "Dataset", "IterableDataset", "list of batches", "iterator"],
)
def test_loaders_and_data_sets_give_the_numbers_of_their_tensors(made: Callable[..., Any]):
    net = NETS["batch norm"]()
    images, labels = data()
    egos = class_gradients(net, images, labels)
    for label, gradient in class_gradients(net, made(images, labels)).items():
        for name, tensor in gradient.items():
            assert torch.equal(tensor, egos[label][name])
    plane = surface(net, egos, (0, 2), images, labels, points=3)
    same = surface(net, egos, (0, 2), made(images, labels), points=3)
    assert np.array_equal(plane.counts, same.counts)
    assert np.array_equal(plane.loss_sum, same.loss_sum)


@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        (data()[0], None, "labels: found none beside Tensor images, allowed: labels"),
        (1.0, None, "labels: found none beside float images"),
        (TensorDataset(*data()), data()[1], "labels: found some beside a TensorDataset"),
        ([], None, "images: found no batches, allowed: at least one"),
        ([data()[0]], None, r"images: found batch 0 that is a Tensor, allowed: \(images, labels\)"),
        ([{"image": 1}], None, "images: found batch 0 that is a dict, allowed"),
        ([(*data(), 1)], None, "images: found batch 0 that is a tuple of 3, allowed"),
        ([data()[::-1]], None, r"images: found \(13,\) images with .* labels in batch 0"),
        ([data(), (torch.zeros(2, 3), [0, 1])], None, r"images: found the shapes .* and \(3,\)"),
        (TensorDataset(data()[0]), None, "images: found batch 0 that is a list of 1, allowed"),
        ([(object(), 1)], None, "images of batch 0: found object"),
    ],
)
def test_a_loader_of_something_else_is_refused(images: Any, labels: Any, said: str):
    with pytest.raises(BadInput, match=said) as error:
        class_gradients(NETS["tied"](), images, labels)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("dtype", [torch.int8, torch.uint8, torch.int32, torch.uint16])
def test_labels_of_any_whole_type_are_labels(dtype: torch.dtype):
    net, (inputs, labels) = NETS["no batch norm"](), data()
    assert list(class_gradients(net, inputs, labels.to(dtype))) == [0, 1, 2]


def test_images_are_given_the_type_of_the_weights_and_words_stay_whole_numbers():
    net, (inputs, labels) = NETS["batch norm"](), data()
    single = copy.deepcopy(net).float()
    found, wanted = (
        class_gradients(single, inputs, labels),
        class_gradients(single, inputs.float(), labels),
    )
    assert all(torch.equal(found[2][name], wanted[2][name]) for name in wanted[2])
    words = nn.Sequential(nn.Embedding(9, 4), nn.Flatten(), nn.Linear(20, 3))
    assert class_gradients(words, torch.arange(13 * 5).view(13, 5) % 9, labels)[0][
        "0.weight"
    ].shape == (9, 4)


@pytest.mark.parametrize("around", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_gradients_are_taken_wherever_they_are_asked_for(around: Callable[[], Any]):
    net, (inputs, labels) = NETS["batch norm"](), data()
    wanted = class_gradients(net, inputs, labels)
    with around():
        found = class_gradients(net, inputs.clone(), labels.clone())
        points = surface(net, found, (0, 2), inputs.clone(), labels.clone(), points=3)
    assert all(torch.equal(found[2][name], wanted[2][name]) for name in wanted[2])
    assert np.array_equal(points.counts, small(net).counts)
    assert not any(weight.grad is not None or weight.is_inference() for weight in net.parameters())


def test_a_net_keeps_the_mode_of_every_part_and_what_is_frozen():
    net, (inputs, labels) = NETS["batch norm"](), data()
    net.train()[1].eval()
    net[0].weight.requires_grad_(False)
    egos = class_gradients(net, inputs, labels)
    surface(net, egos, (0, 1), inputs, labels, points=3, batch_norm="recalibrated")
    with pytest.raises(BadInput):
        class_gradients(net, inputs[:, :1], labels)
    assert [module.training for module in net.modules()] == [True, True, False, True, True, True]
    assert [weight.requires_grad for weight in net.parameters()] == [False] + [True] * 5
    assert not egos[0]["0.weight"].any()
    assert not net._forward_hooks


class Merged(nn.Linear):
    """A layer that doubles its weight in eval mode, as adapters merge theirs."""

    def train(self, mode: bool = True) -> nn.Module:
        if mode != self.training:
            self.weight.data.mul_(0.5 if mode else 2)
        return super().train(mode)


def test_a_layer_that_changes_with_the_mode_is_changed_back():
    net, (inputs, labels) = nn.Sequential(nn.Flatten(), Merged(40, 3)).double(), data()
    before = net[1].weight.detach().clone()
    egos = class_gradients(net, inputs, labels)
    surface(net, egos, (0, 1), inputs, labels, points=3)
    assert torch.equal(net[1].weight, before)
    wanted = reference(copy.deepcopy(net), inputs[labels == 1], labels[labels == 1])
    assert torch.allclose(egos[1]["1.weight"], wanted["1.weight"], rtol=1e-10)


def test_dropout_is_off():
    torch.manual_seed(0)
    net, (inputs, labels) = (
        nn.Sequential(nn.Flatten(), nn.Dropout(0.5), nn.Linear(40, 3)).double(),
        data(),
    )
    found, plain = class_gradients(net, inputs, labels), nn.Sequential(nn.Flatten(), net[2])
    wanted = reference(plain, inputs[labels == 1], labels[labels == 1])
    assert torch.allclose(found[1]["2.weight"], wanted["1.weight"], rtol=1e-10)
    assert net[1].training


def test_a_net_in_channels_last_stays_so_and_says_the_same():
    net, (inputs, labels) = NETS["batch norm"](), data()
    other = copy.deepcopy(net).to(memory_format=torch.channels_last)
    assert np.array_equal(small(other, edge=0.5).counts, small(net, edge=0.5).counts)
    assert other[0].weight.is_contiguous(memory_format=torch.channels_last)
    found = class_gradients(net, inputs.to(memory_format=torch.channels_last), labels)
    assert torch.allclose(
        found[0]["0.weight"], class_gradients(net, inputs, labels)[0]["0.weight"], rtol=1e-10
    )


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_a_scripted_net_is_taken_as_it_is():
    net = NETS["batch norm"]()
    assert np.array_equal(
        small(torch.jit.script(net), edge=0.5).counts, small(net, edge=0.5).counts
    )


def test_a_net_of_timm_and_one_of_hugging_face_are_taken_as_they_are():
    config = transformers.ViTConfig(
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
        image_size=32,
        patch_size=16,
        num_channels=3,
        num_labels=3,
    )
    images, labels = (
        np.random.default_rng(0).normal(size=(9, 3, 32, 32)),
        [0, 0, 0, 0, 1, 1, 1, 2, 2],
    )
    torch.manual_seed(0)
    for net in (
        timm.create_model("test_resnet", num_classes=3),
        transformers.ViTForImageClassification(config),
    ):
        found = surface(
            net,
            class_gradients(net, images, labels),
            (0, 1),
            images,
            labels,
            points=3,
            scale="step",
        )
        assert found.counts.sum((2, 3)).tolist() == [[9] * 3] * 3
        with torch.no_grad():
            said = net.eval()(torch.as_tensor(images, dtype=torch.float32))
        said = getattr(said, "logits", said).argmax(1)
        assert np.array_equal(
            found.counts[1, 1], confusion.counts(np.array(labels), said.numpy(), 3)
        )


def test_gradients_are_matched_by_name():
    own = class_gradients(NETS["batch norm"](), *data())
    assert gradient_cosines({0: own[0], 1: dict(reversed(own[0].items()))})[0, 1] == pytest.approx(
        1
    )


# Bad input


class Talkative(nn.Linear):
    """A net whose output is no tensor."""

    def forward(self, x: torch.Tensor) -> Any:
        return {"scores": super().forward(x.flatten(1))}


def flat(bias: float = 0.0) -> nn.Module:
    """A linear net in float64."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(40, 3, dtype=torch.float64))
    nn.init.constant_(net[1].bias, bias)
    return net


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"labels": torch.zeros(5, dtype=int)},
            r"labels: found \(5,\) for 13 images, allowed: \(13,\), one for each",
        ),
        (
            {"labels": torch.zeros(13)},
            "labels: found float32 labels, allowed: whole numbers, as labels.long",
        ),
        (
            {"images": torch.zeros(0, 2, 5, 4), "labels": torch.zeros(0, dtype=int)},
            r"images: found \(0, 2, 5, 4\), allowed: \(n, ...\), at least one image",
        ),
        ({"images": torch.zeros(0, 2, 5, 4)}, r"images: found \(0, 2, 5, 4\), allowed"),
        ({"images": 1.0}, r"images: found \(\), allowed"),
        ({"labels": []}, r"labels: found \(0,\) for 13 images"),
        ({"labels": torch.full((13,), 3)}, "labels: found 3 to 3, allowed: 0 to 2"),
        ({"labels": torch.full((13,), -1)}, "labels: found -1 to -1, allowed: 0 to 2"),
        ({"labels": list("abcabcabcabca")}, r"labels: found list \(13,\) of <U1, allowed: numbers"),
        (
            {"labels": torch.zeros(13, 3, dtype=int)},
            r"labels: found \(13, 3\) for 13 images, allowed: \(13,\)",
        ),
        ({"labels": 0}, r"labels: found \(\) for 13 images"),
        ({"images": None}, r"images: found NoneType \(\) of object, allowed: numbers"),
        (
            {"images": [[1.0, 2.0], [3.0]]},
            r"images: found list that is no array \(.*\), allowed: an array, a list or a",
        ),
        (
            {"images": torch.zeros(13, 3)},
            r"net: fails on an image \(1, 3\) torch.float64 \(RuntimeError: .*\), allowed",
        ),
        (
            {"images": torch.full((13, 2, 5, 4), torch.nan)},
            "images: 13 of 13 hold NaN or infinity, the first is image 0",
        ),
        (
            {"images": torch.zeros(13, 2, 5, 4).index_fill(0, torch.tensor([3, 7]), -torch.inf)},
            "images: 2 of 13 hold NaN or infinity, the first is image 3, allowed: finite numbers",
        ),
        (
            {"net": Talkative(40, 3, dtype=torch.float64)},
            r"net: found dict for an image \(1, 2, 5, 4\).* logits",
        ),
        (
            {"net": nn.Linear(4, 3, dtype=torch.float64)},
            r"net: found \(1, 2, 5, 3\) for an image \(1, 2, 5, 4\)",
        ),
        ({"net": nn.Flatten(0)}, "net: has no parameters"),
        ({"net": nn.Linear}, "net: found type, allowed: a torch.nn.Module"),
        ({"net": lambda images: images}, "net: found function, allowed: a torch.nn.Module"),
        (
            {"net": flat().half()},
            r"net: found parameters of torch.float16 on cpu, allowed: .* as net.float\(\) makes",
        ),
        (
            {"net": nn.Sequential(flat(), nn.Linear(3, 3))},
            "net: found parameters of torch.float64 on cpu, torch.float32",
        ),
        (
            {"net": flat().to("meta")},
            r"net: 1\.weight has no values yet \(lazy, or on meta\), allowed: a net that was",
        ),
        (
            {"net": nn.Sequential(nn.Flatten(), nn.LazyLinear(3))},
            r"net: 1\.weight has no values yet",
        ),
        (
            {"net": torch.inference_mode()(flat)()},
            r"net: 1\.weight was made in inference mode, allowed",
        ),
        ({"net": flat(torch.inf)}, r"net: 1\.bias holds NaN or infinity, allowed: finite weights"),
        (
            {"net": flat().requires_grad_(False)},
            r"net: no gradient reaches a parameter, .* net.requires_grad_\(\)",
        ),
        (
            {"net": NETS["batch norm"](), "images": torch.zeros(13, 2, 5, 4, dtype=torch.uint8)},
            r"net: fails on an image \(1, 2, 5, 4\) torch.uint8",
        ),
    ],
)
def test_a_net_or_labels_that_do_not_fit_are_refused(change: dict[str, Any], said: str):
    inputs, labels = data()
    with pytest.raises(BadInput, match=said) as error:
        class_gradients(**{"net": NETS["tied"](), "images": inputs, "labels": labels} | change)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"points": 4}, "^points: found 4, allowed: an odd whole number of at least 3"),
        ({"batch_norm": "none"}, "^batch_norm: found 'none', allowed: frozen, recalibrated"),
        ({"scale": "none"}, "scale: found 'none', allowed: raw, step"),
        ({"edge": -1.0}, "edge: found -1.0, allowed: a number above 0"),
        ({"edge": "1"}, "edge: found '1', allowed: a number above 0"),
        ({"edge": torch.nan}, "edge: found nan, allowed: a number above 0"),
        ({"edge": "auto"}, "decide: found 0, allowed: with edge: auto a number above 0"),
        ({"zoom": True}, "decide: found 0, allowed: with zoom: true"),
        ({"edge": "auto", "decide": 5.0}, "flat_cells: found 8, .* 3 points at most 1"),
        ({"decide": -1.0}, "decide: found -1.0, allowed: a number of at least 0"),
        ({"decide": torch.inf}, "decide: found inf, allowed: a number of at least 0"),
        ({"tolerance": 1.0}, "tolerance: found 1.0, allowed: a number from 0 to 1, 1 left out"),
        ({"pair": (0, 3)}, r"pair: found \(0, 3\), allowed: two of 0, 1, 2"),
        ({"pair": (1, 1)}, r"pair: found \(1, 1\), allowed: two of 0, 1, 2"),
        ({"pair": (0, 1, 2)}, r"pair: found \(0, 1, 2\), allowed: two of 0, 1, 2"),
        ({"pair": (0.0, 1.0)}, r"pair: found \(0.0, 1.0\), allowed: two of 0, 1, 2"),
        ({"pair": "01"}, "pair: found '01', allowed: two of 0, 1, 2"),
        ({"pair": 1}, "pair: found 1, allowed: two of 0, 1, 2"),
    ],
)
def test_a_surface_that_makes_no_sense_is_refused(change: dict[str, Any], said: str):
    with pytest.raises(BadInput, match=said):
        small(NETS["tied"](), **change)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda own: {name: own[name] for name in own if name != "1.bias"}, "missing 1.bias"),
        (lambda own: own | {"2.weight": torch.zeros(1)}, "unexpected 2.weight"),
        (
            lambda own: own | {"1.weight": torch.zeros(1, 40)},
            r"of another shape 1\.weight \(1, 40\), not \(3, 40\)",
        ),
    ],
)
def test_gradients_of_another_net_are_listed(change: Callable[[dict], dict], said: str):
    net, (inputs, labels) = flat(), data()
    own = class_gradients(net, inputs, labels)
    other = own | {2: change(own[2])}
    with pytest.raises(BadInput, match=rf"^egos\[2\]: does not fit the net: {said}$"):
        surface(net, other, (0, 2), inputs, labels)
    with pytest.raises(BadInput, match=rf"^egos\[2\]: does not fit egos\[0\]: {said}$"):
        gradient_cosines(other)


@pytest.mark.parametrize(
    ("egos", "said"),
    [
        ({}, "egos: found none, allowed: gradients by label"),
        ([{"weight": [1.0]}], "egos: found list, allowed"),
        (
            {"weight": torch.ones(2)},
            r"egos\['weight'\]: found Tensor, allowed: a gradient by parameter name",
        ),
        (
            {0: {"weight": ["a"]}},
            r"egos\[0\]\['weight'\]: found list \(1,\) of <U1, allowed: numbers",
        ),
    ],
)
def test_what_is_no_gradients_is_refused(egos: Any, said: str):
    with pytest.raises(BadInput, match=said):
        gradient_cosines(egos)


@pytest.mark.parametrize("labels", [[0, 1], [1, 0], [2, 0, 1, 7], ["1", "2"]])
def test_labels_order_and_choose_the_classes_as_scikit_learns_do(labels: list):
    true, predicted = [1, 1, 0, 2, 2, 1], [1, 0, 0, 1, 2, 2]
    own = [int(label) for label in labels]
    wanted = confusion_matrix(true, predicted, labels=own)
    assert np.array_equal(cctm(true, predicted, labels=labels), cctm(wanted), equal_nan=True)


def test_one_class_has_a_cctm_and_with_labels_epochs_of_other_classes_are_stacked():
    assert cctm([1] * 6, [1] * 6).tolist() == [[1]]
    epochs = [cctm(list("ab"), list(said), labels=list("abc")) for said in ("ab", "ac")]
    assert dancing_notes(np.nan_to_num(epochs)).shape == (2, 3)
    with pytest.raises(BadInput, match=r"found CCTMs of 2 and 3 classes, .* the argument labels"):
        dancing_notes([cctm(list("ab"), list(said)) for said in ("ab", "ac")])


@pytest.mark.parametrize(
    ("arguments", "labels", "message"),
    [
        (([0, 1], [1, 1]), [5], "labels: found 5, allowed: at least one of the true classes 0, 1"),
        (([0, 1], [1, 1]), [0, 0], "found '0' 2 times"),
        (([[1, 0], [0, 1]],), [0, 1], "cctm: found labels with counts"),
    ],
)
def test_labels_that_will_not_do_are_refused(arguments: tuple, labels: list, message: str):
    with pytest.raises(BadInput, match=message):
        cctm(*arguments, labels=labels)


@pytest.mark.parametrize(
    "counts", [[1, 2], np.zeros((2, 3)), [[1, -1], [0, 1]], "abc", ["a", "b"], None, [[1, 2], [3]]]
)
def test_counts_that_are_none_are_refused(counts: Any):
    with pytest.raises(BadInput, match="cctm: counts"):
        cctm(counts)


@pytest.mark.parametrize(
    ("cctms", "options", "said"),
    [
        (np.eye(3), {}, r"dancing_notes: found \(3, 3\), allowed: CCTMs \(epochs, C, C\)"),
        (np.zeros((2, 0, 0)), {}, r"dancing_notes: found \(2, 0, 0\), allowed: CCTMs"),
        ([np.eye(2), np.eye(3)], {}, "dancing_notes: found CCTMs of 2 and 3 classes"),
        (
            [9 * np.eye(2, dtype=int)],
            {},
            "dancing_notes: found 9, allowed: rates from 0 to 1, as cctm makes them",
        ),
        ([np.eye(2)], {"threshold": 0.1 * torch.ones(2)}, "threshold: found tensor"),
        ([np.eye(2)], {"threshold": 5}, "threshold: found 5, allowed: a rate from 0 to 1"),
    ],
)
def test_notes_of_what_is_no_cctm_are_refused(cctms: Any, options: dict[str, Any], said: str):
    with pytest.raises(BadInput, match=said):
        dancing_notes(cctms, **options)


def test_an_edge_is_found_and_a_wide_plane_has_a_zoom_of_that_edge():
    torch.manual_seed(0)
    net = nn.Linear(4, 3)
    images = torch.randn(1500, 4)
    labels = net(images).argmax(1)
    egos = class_gradients(net, images, labels)
    data = (net, egos, (0, 2), images, labels)
    options = {"points": 9, "decide": 5.0, "tolerance": 0.05, "scale": "step", "flat_cells": 4}
    plane = surface(*data, edge="auto", zoom=True, **options)
    assert plane.found_edge
    assert plane.zoom is None
    flat = flatness.measure(plane)
    assert flat.cells >= 4
    assert not flat.cut_off
    wide = surface(*data, edge=8 * plane.theta_1[-1], zoom=True, **options)
    assert not wide.found_edge
    assert np.array_equal(wide.zoom.counts, plane.counts)
    assert flatness.measure(wide).theta_area == pytest.approx(flat.theta_area)
