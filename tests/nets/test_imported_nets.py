"""A claim a test: nets of other packages through the stages, as they are; and what is said where they do not fit."""

import json
import re
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
import torch
from ruamel.yaml import YAML
from torch import nn

from interference import confusion, nets, paper, params
from interference.datasets import DATASETS
from interference.io import tables, weights
from interference.learning.images import load, normalise
from interference.learning.net_check import check_takes
from interference.nets import imported
from interference.study import runs
from tests.imports import ROOT
from tests.test_stages import files, run

VIT = {
    "model_name": "vit_tiny_patch16_224",
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 24,
    "depth": 2,
    "num_heads": 3,
    "num_classes": 10,
}
FACTORIES = {
    "timm": ("timm:create_model", {"model_name": "mobilenetv3_small_050", "num_classes": 10}),
    "vit": ("timm:create_model", VIT),
    "torchvision": ("torchvision.models:shufflenet_v2_x0_5", {"num_classes": 10}),
    "held": ("tests.odd_nets:Answers", {"kind": "held"}),
    "pair": ("tests.odd_nets:Answers", {"kind": "pair"}),
}
SETUP = {"schedule": "constant", "momentum": 0.9, "weight_decay": 0.0, "batch_size": 16}
SIZES = np.arange(10) + 3  # images of a class


class Study:
    """A folder with few colour images, parameters of runs of imported nets, and the stages' commands over them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.params, self.images = (
            folder,
            folder / "params.yaml",
            folder / "images.parquet",
        )

    def write(self, **changes: object) -> "Study":
        """Write images and parameters, a run of one epoch a factory; `changes` are runs, or what is changed of one."""
        rng, classes = np.random.default_rng(0), DATASETS["cifar10"].classes
        labels = np.repeat(np.arange(10), SIZES)
        pixels = {
            split: rng.integers(0, 200, (len(labels), 3, 32, 32)) + 5 * labels[:, None, None, None]
            for split in ("train", "test")
        }
        tables.write_images(
            self.images,
            {split: (each.astype(np.uint8), labels) for split, each in pixels.items()},
            tables.class_metadata(classes),
        )
        run = {"net": "imported", "optim": "optim", "seed": 0, "counts": ["train_online", "test"]}
        runs = {
            name: run | {"factory": factory, "args": args}
            for name, (factory, args) in FACTORIES.items()
        }
        runs["pair"]["output"] = 1
        for name, change in changes.items():
            runs[name] = {
                key: value
                for key, value in (runs.get(name, run) | change).items()
                if value is not None
            }
        content = {
            "data": {"name": "cifar10", "mean": [0.5] * 3, "std": [0.25] * 3},
            "ego": {"images": "all"},
            "runs": runs,
            "optim": SETUP | {"lr": 0.01, "epochs": 1},
            "given": SETUP | {"lr": 0.01, "epochs": 0},
            "sweep": {
                "runs": [*runs],
                "pairs": ["cat-dog"],
                "scales": ["filter"],
                "edge": {"filter": {"optim": 0.5, "given": 0.5}},
                "grid": {"points": 3, "split": "test", "images": "all"},
            },
            "claims": {
                "net": "timm vit_tiny_patch16_224",
                "setups": {"anneal_lr": {"optim": "given", "lr": 0.01, "schedule": "constant"}},
            },
        }
        YAML().dump(content, self.params)
        return self

    def of(self, kind: str, name: str) -> Path:
        """The file of a run's table, net or figures."""
        ending = {
            "nets": "safetensors",
            "egos": "safetensors",
            "metrics": "json",
            "curves": "csv",
            "plots": "csv",
            "recalls": "json",
            "seconds": "json",
        }
        return self.folder / kind / f"{name}.{ending.get(kind, 'parquet')}"

    def words(self, stage: str, name: str) -> list[str]:
        """A stage's arguments for a run."""
        net, egos = self.of("nets", name), self.of("egos", name)
        of = partial(self.of, name=name)
        found = {
            "train": [
                *[name, self.images, net, of("counts")],
                *[of("metrics"), of("curves"), of("seconds")],
            ],
            "cctm": [net, self.images, of("cctm"), of("predictions"), of("recalls"), of("plots")],
            "ego": [net, self.images, egos, of("grams"), of("seconds")],
            "sweep": [net, egos, self.images, "cat-dog", "filter", of("surfaces"), of("seconds")],
        }[stage]
        return [*map(str, found), *([] if stage == "cctm" else ["--parameters", str(self.params)])]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Every net trained for an epoch, asked, differentiated and swept; and one that was given and not trained."""
    study = Study(tmp_path_factory.mktemp("imported"))
    given = study.folder / "given.safetensors"
    safetensors.torch.save_file(vit(7).state_dict(), given, {"format": "pt"})
    study.write(
        given={"factory": "timm:create_model", "args": VIT, "optim": "given", "init": str(given)}
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INTERFERENCE_RESUME", str(study.folder / ".resume"))
        patch.setenv("INTERFERENCE_PRECISION", "float32")
        for name in (*FACTORIES, "given"):
            for stage in ("train", "cctm", "ego", "sweep"):
                assert run(stage, study.words(stage, name), patch) == 0
    return study


def vit(seed: int) -> nn.Module:
    """timm's, with weights that make it say something."""
    import timm

    torch.manual_seed(seed)
    net = timm.create_model(**VIT)
    nn.init.normal_(net.head.weight)
    return net


def cells(path: Path, kind: str, **where: object) -> np.ndarray:
    """The counts (10, 10) of a table at a split or point."""
    frame = tables.read(path, kind).frame
    for key, value in where.items():
        frame = frame[frame[key] == value]
    return confusion.from_frame(frame, 10)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*FACTORIES, "given"])
def test_the_middle_of_the_plane_is_the_net_of_the_last_epoch_as_its_maker_would_ask_it(
    done: Study, name: str
):
    tensors, meta = weights.load(done.of("nets", name))
    net = nets.of_run(meta["run"], 10, 3).eval().double()
    weights.restore(nets.own_module(net), tensors, done.of("nets", name))
    shown = load(done.images, "test")
    with torch.no_grad():
        said = nets.own_module(net)(
            normalise(shown.pixels, [0.5] * 3, [0.25] * 3).double().contiguous()
        )
    logits = said[1] if name == "pair" else getattr(said, "logits", said)
    predicted = logits.argmax(1)
    wanted = confusion.counts(shown.labels.numpy(), predicted.numpy(), 10)
    assert wanted.sum(1).tolist() == SIZES.tolist()
    assert np.array_equal(cells(done.of("cctm", name), "cctm", split="test"), wanted)
    assert np.array_equal(cells(done.of("surfaces", name), "surfaces", i=1, j=1), wanted)
    if name != "given":
        assert np.array_equal(cells(done.of("counts", name), "counts", split="test"), wanted)


@pytest.mark.parametrize("name", FACTORIES)
def test_class_gradients_of_an_imported_net_sum_to_its_full_gradient(done: Study, name: str):
    tensors, meta = weights.load(done.of("nets", name))
    net = nets.of_run(meta["run"], 10, 3).eval().double()
    weights.restore(nets.own_module(net), tensors, done.of("nets", name))
    shown = load(done.images, "train")
    inputs = normalise(shown.pixels, [0.5] * 3, [0.25] * 3).double()
    full = torch.autograd.grad(
        nn.functional.cross_entropy(net(inputs), shown.labels), [*net.parameters()]
    )
    egos, keys = weights.load(done.of("egos", name))[0], DATASETS["cifar10"].classes.keys
    scale = max(float(tensor.abs().max()) for tensor in full)
    named = nets.own_module(net).named_parameters()
    for (key, _), wanted in zip(named, full, strict=True):
        found = (
            sum(size * egos[f"{own}/{key}"].double() for own, size in zip(keys, SIZES, strict=True))
            / SIZES.sum()
        )
        torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-5 * scale)


def test_a_net_that_is_given_and_not_trained_stays_as_it_was_given(done: Study):
    found, meta = weights.load(done.of("nets", "given"))
    wanted = safetensors.torch.load_file(done.folder / "given.safetensors")
    assert found.keys() == wanted.keys()
    assert all(torch.equal(found[key], wanted[key]) for key in wanted)
    assert len(tables.read(done.of("counts", "given"), "counts").frame) == 0
    accuracy = float(confusion.accuracy(cells(done.of("cctm", "given"), "cctm", split="test")))
    figures = json.loads(done.of("metrics", "given").read_text())
    assert figures["test_accuracy"] == pytest.approx(accuracy, abs=1e-4)
    assert "last10_accuracy" not in figures
    assert list(pd.read_csv(done.of("curves", "given"))["epoch"]) == []
    assert meta["run"]["net"] == "timm vit_tiny_patch16_224"


@pytest.mark.slow
def test_later_stages_take_a_run_without_epochs(
    done: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    kinds = ("counts", "cctm", "grams", "surfaces")
    for kind in (*kinds, "predictions"):
        (tmp_path / kind).mkdir()
        shutil.copy(done.of(kind, "given"), tmp_path / kind)
    folders, last = [str(tmp_path / kind) for kind in kinds], ["--parameters", str(done.params)]
    out = {
        name: str(tmp_path / name)
        for name in (
            "claims.csv",
            "claims.json",
            "verdicts.csv",
            "notes",
            "planes",
            "figures",
            "m.csv",
            "m.png",
            "page.html",
        )
    }
    written = [str(tmp_path / "predictions")]
    written += [out["claims.csv"], out["claims.json"], out["verdicts.csv"]]
    assert run("claims", [*folders, *written, *last], monkeypatch) == 0
    assert (
        run("plots", [folders[0], folders[3], out["notes"], out["planes"], *last], monkeypatch) == 0
    )
    images = ["--predictions", str(tmp_path / "predictions")]
    assert run("figures", [*folders, out["figures"], *images, *last], monkeypatch) == 0
    assert (
        run(
            "report",
            [*folders, str(tmp_path / "predictions"), out["claims.csv"], out["page.html"], *last],
            monkeypatch,
        )
        == 0
    )
    assert (
        run(
            "mistakes",
            [str(tmp_path / "predictions"), str(done.images), out["m.csv"], out["m.png"], *last],
            monkeypatch,
        )
        == 0
    )
    verdicts = pd.read_csv(tmp_path / "verdicts.csv").set_index("claim")["verdict"]
    assert verdicts["symmetry"] != "not measured"
    assert verdicts["dance"] == "not measured"
    drawn = {path.stem for path in (tmp_path / "figures").iterdir()}
    assert {"cctm-given", "cosines-given", "lowland", "surface-given-filter"} <= drawn
    assert "calibration-given" in drawn
    assert not {"accuracy", "curves", "dance-given"} & drawn


def test_weights_of_a_run_of_ours_start_another_where_it_ended(
    done: Study, tmp_path: Path, monkeypatch
):
    study = Study(tmp_path).write(timm={"optim": "given", "init": str(done.of("nets", "timm"))})
    monkeypatch.setenv("INTERFERENCE_PRECISION", "float32")
    for stage in ("train", "cctm"):
        assert run(stage, study.words(stage, "timm"), monkeypatch) == 0
    assert np.array_equal(
        cells(study.of("cctm", "timm"), "cctm", split="train"),
        cells(done.of("cctm", "timm"), "cctm", split="train"),
    )


@pytest.mark.slow
def test_the_fast_path_counts_what_the_net_counts(
    done: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """In bfloat16 nets are traced and fused: every image whose answer is clear is told as in float32."""
    from interference.runtime.device import Machine
    from interference.runtime.fused_net import FusedNet

    machine = Machine(torch.device("cpu"), "bfloat16")
    shown = load(done.images, "test")
    inputs = normalise(shown.pixels, [0.5] * 3, [0.25] * 3)
    for name in FACTORIES:
        tensors, meta = weights.load(done.of("nets", name))
        net = nets.of_run(meta["run"], 10, 3).to(memory_format=torch.channels_last)
        weights.restore(nets.own_module(net), tensors, tmp_path)
        fused = FusedNet(net, machine)
        with torch.no_grad(), machine.autocast():
            found, plain = fused(inputs).float(), net.eval()(inputs).float()
        with torch.no_grad():
            wanted = net(inputs)
        spread = wanted.std()
        assert (found - wanted).abs().max() / spread < 2 * (
            plain - wanted
        ).abs().max() / spread + 0.02
        assert fused.convolutions


def test_a_view_of_channels_last_activations_is_taken_for_a_reshape():
    images = torch.randn(2, 3, 32, 32).to(memory_format=torch.channels_last)
    net = nets.of_run({"name": "old", "factory": "tests.odd_nets:Answers", "args": {}}, 10, 3)
    net.to(memory_format=torch.channels_last)
    plain = nets.own_module(net)
    with pytest.raises(RuntimeError, match="view size is not compatible"):
        plain(images)
    torch.testing.assert_close(net(images), net(images.contiguous()))


def test_an_imported_net_travels_to_a_worker():
    from ray import cloudpickle

    net = nets.of_run({"name": "vit", "factory": "timm:create_model", "args": VIT}, 10, 3).eval()
    images = torch.randn(2, 3, 32, 32)
    assert torch.equal(cloudpickle.loads(cloudpickle.dumps(net))(images), net(images))


def test_a_run_is_what_it_was_before_nets_were_imported(tmp_path: Path):
    study = Study(tmp_path).write(small={"net": "small"})
    assert params.load(study.params).resolved("small").keys() == {
        "name",
        "net",
        "optim",
        "seed",
        "counts",
        "setup",
        "data",
    }


def test_nets_are_shown_by_package_and_name(tmp_path: Path):
    study = Study(tmp_path).write(small={"net": "small"})
    assert [run.shown for run in params.load(study.params).runs.values()] == [
        "timm mobilenetv3_small_050",
        "timm vit_tiny_patch16_224",
        "torchvision shufflenet_v2_x0_5",
        "tests held",
        "tests pair",
        "small",
    ]


def test_runs_are_repeats_where_name_and_seed_alone_differ_and_say_where_they_were_not_trained(
    done: Study,
):
    run = weights.load(done.of("nets", "vit"))[1]["run"]
    assert runs.setup_label(weights.load(done.of("nets", "given"))[1]["run"]) == "given"
    others = [
        run | change
        for change in (
            {"args": run["args"] | {"depth": 3}},
            {"init": "w.safetensors"},
            {"name": "b", "seed": 1},
        )
    ]
    alike = runs.repeats([tables.Table(pd.DataFrame(), {"run": one}) for one in (run, *others)])
    assert [[table.run for table in row] for row in alike] == [
        [run, others[2]],
        [others[0]],
        [others[1]],
    ]


def test_a_training_from_given_weights_is_none_of_the_papers():
    paper_run = params.load(ROOT / "params.yaml").resolved("vgg19")
    assert paper.setup(paper_run) == "anneal_lr"
    assert paper.setup(paper_run | {"init": "w.safetensors"}) is None


def test_every_imported_net_of_the_documentation_is_valid(tmp_path: Path):
    blocks = re.findall(
        r"```yaml[^\n]*\n(.*?)```", (ROOT / "docs" / "own-nets.md").read_text(), re.DOTALL
    )
    assert len(blocks) > 3
    for block in blocks:
        content, more = (
            YAML(typ="safe").load(text) for text in ((ROOT / "params.yaml").read_text(), block)
        )
        content["runs"] |= {
            name: run for name, run in more.pop("runs").items() if run["net"] in nets.NETS
        }
        YAML().dump(content | more, tmp_path / "params.yaml")
        for one in params.load(tmp_path / "params.yaml").runs.values():
            if one.factory and one.factory != "mine:tiny":
                check_takes(
                    one.shown,
                    imported.build(one.factory, one.args or {}),
                    torch.randn(2, 3, 32, 32),
                    10,
                )


BAD = {  # what is changed of the run `timm`, and what is said of it
    "no factory": ({"factory": None}, ["runs.timm.factory: missing", "package.module:function"]),
    "a factory of one of ours": ({"net": "small"}, ["runs.timm.factory", "'small'", "'imported'"]),
    "a factory without a function": (
        {"factory": "timm"},
        ["runs.timm.factory: found 'timm'", "package.module:function"],
    ),
    "arguments in a list": ({"args": [1]}, ["runs.timm.args: found [1]", "a mapping"]),
    "no such package": (
        {"factory": "timmm:create"},
        ["runs.timm.factory: found 'timmm:create'", "No module", "timmm"],
    ),
    "no such function": (
        {"factory": "timm:creat"},
        ["'timm:creat'", "cannot be imported", "creat"],
    ),
    "no function": ({"factory": "math:pi"}, ["'math:pi'", "a float", "allowed: a function"]),
    "unknown arguments": (
        {"factory": "torch.nn:Linear", "args": {"size": 3}},
        ["torch.nn:Linear", "'size'"],
    ),
    "an unknown model": (
        {"args": {"model_name": "resnet-18"}},
        ["params.yaml: runs.timm.factory: timm:c", "-18"],
    ),
    "no module": (
        {"factory": "builtins:dict", "args": {}},
        ["builtins:dict", "makes a dict", "torch.nn.Module"],
    ),
    "lazy layers": (
        {"factory": "torch.nn:LazyLinear", "args": {"out_features": 10}},
        ["torch.nn:LazyLinear", "lazy"],
    ),
    "other channels": (
        {"args": FACTORIES["timm"][1] | {"in_chans": 1}},
        ["runs.timm.net", "2 x 3 x 32 x 32", "channels"],
    ),
    "other classes": (
        {"args": {"model_name": "mobilenetv3_small_050"}},
        ["params.yaml: runs.timm.net: found output (2, 1000)", "allowed: (2, 10)"],
    ),
    "images": (
        {"factory": "torch.nn:Identity", "args": {}},
        ["output (2, 3, 32, 32)", "allowed: (2, 10)"],
    ),
    "a row": (
        {"factory": "tests.odd_nets:Answers", "args": {"kind": "lost"}},
        ["output (10,)", "allowed: (2, 10)"],
    ),
    "a mapping": (
        {"factory": "tests.odd_nets:Answers", "args": {"kind": "mapping"}},
        ["gives a dict of scores: (2, 10)", "`output`"],
    ),
    "a tuple": (
        {"factory": "tests.odd_nets:Answers", "args": {"kind": "pair"}},
        ["gives a tuple of 0: (2, 10), 1: (2, 10)", "`output`"],
    ),
    "probabilities": (
        {"factory": "tests.odd_nets:Answers", "args": {"kind": "probabilities"}},
        ["params.yaml: runs.timm.net: gives probabilities", "leave out the last softmax"],
    ),
    "an output of one of ours": (
        {"factory": None, "args": None, "net": "small", "output": 0},
        ["runs.timm.output: found 0", "'imported'"],
    ),
    "nan": (
        {"factory": "tests.odd_nets:Answers", "args": {"kind": "nan"}},
        ["gives NaN", "finite"],
    ),
    "no gradient": (
        {"factory": "tests.odd_nets:Answers", "args": {"kind": "detached"}},
        ["no gradient reaches"],
    ),
    "a file of another kind": (
        {"init": "w.onnx"},
        ["runs.timm.init: found 'w.onnx'", "*.safetensors, *.pt, ", params.CONVERT],
    ),
    "fresh tensors of no file": (
        {"fresh": ["head.*"]},
        ["runs.timm.fresh: found ['head.*'], allowed: only with an init"],
    ),
    "a pattern of nothing": (
        {"freeze": ["head.*"]},
        ["params.yaml: runs.timm.freeze: found 'head.*'", "patterns of conv_stem.weight"],
    ),
    "no checkpoint": ({"init": "absent.pt"}, ["absent.pt: cannot be read (No such file"]),
    "no weights": ({"init": "absent.safetensors"}, ["absent.safetensors: no such file"]),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_one_line_and_nothing_is_written(
    case: str, tmp_path: Path, capsys, monkeypatch
):
    change, expected = BAD[case]
    study = Study(tmp_path).write(timm=change)
    assert refused(study, capsys, monkeypatch, *expected)


def refused(
    study: Study, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str
) -> bool:
    """Whether train refuses the run `timm` in one line with these words, and writes nothing."""
    monkeypatch.setenv("INTERFERENCE_RESUME", str(study.folder / ".resume"))
    before = files(study.folder)
    assert run("train", study.words("train", "timm"), monkeypatch) == 2
    assert files(study.folder) == before
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert all(word in error for word in words), error
    return True


@pytest.mark.slow
def test_weights_that_do_not_fit_are_listed(done: Study, tmp_path: Path, capsys, monkeypatch):
    tensors = safetensors.torch.load_file(done.of("nets", "timm"))
    tensors["classifier.weight"] = torch.zeros(1000, 1024)
    tensors["more"] = tensors.pop("classifier.bias")
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file(tensors, path)
    study = Study(tmp_path).write(timm={"init": str(path)})
    assert refused(
        study,
        capsys,
        monkeypatch,
        f"{path}: does not fit the net: missing classifier.bias; unexpected "
        "more; of another shape classifier.weight (1000, 1024), not (10, 1024)\n",
    )
    safetensors.torch.save_file({f"{key}.old": tensor for key, tensor in tensors.items()}, path)
    assert refused(
        study,
        capsys,
        monkeypatch,
        "missing conv_stem.weight, ",
        " in all); unexpected more.old, ",
        f" ({len(tensors)} in all)\n",
    )
    tensors["classifier.weight"][3] = float("nan")
    safetensors.torch.save_file(tensors, path)
    assert refused(study, capsys, monkeypatch, f"{path}: tensor classifier.weight holds NaN")


def test_the_line_that_refuses_a_checkpoint_says_how_to_convert_it(tmp_path: Path, monkeypatch):
    wanted = {"weight": torch.randn(2, 3)}
    torch.save(wanted, tmp_path / "IN.pt")
    program, stage, *words = params.CONVERT.split()
    assert program == "interference"
    monkeypatch.chdir(tmp_path)
    assert run(stage, words, monkeypatch) == 0
    assert torch.equal(
        safetensors.torch.load_file(tmp_path / "OUT.safetensors")["weight"], wanted["weight"]
    )
