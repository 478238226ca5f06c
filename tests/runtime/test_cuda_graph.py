"""A claim a test: what can be known of the CUDA path without CUDA."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from interference.learning.epochs import Step, epochs, plan
from interference.learning.images import Images
from interference.learning.optim import new_optimiser, set_rate, sgd
from interference.params import Data
from interference.runtime.cuda_graph import WARM_UPS, Replayed
from interference.runtime.device import Machine, select_machine
from tests.learning.test_epochs import CPU, DATA, SETUP, images, new_net, same


class Graph:
    """A double of CUDAGraph: a capture undoes what was run in it, a replay runs it."""

    def __init__(self) -> None:
        self.run = lambda: None

    def replay(self) -> None:
        self.run()


said_of_waiting: list[str] = []  # how a function that waits is met, the last word last


def meet_waiting(how: str) -> None:
    """A double of set_sync_debug_mode, which warns of itself, as PyTorch's does."""
    said_of_waiting.append(how)
    if how != "default":
        warnings.warn("Synchronization debug mode is a prototype feature", stacklevel=1)


@pytest.fixture
def doubles(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """torch.cuda as `Replayed` uses it, on the CPU; what was captured and how often the function
    ran.
    """
    said: list[str] = []

    @contextmanager
    def captured(graph: Graph, pool: object, stream: object) -> Iterator[None]:
        said.append("capture")
        graph.run = lambda: None
        yield

    @contextmanager
    def stream(chosen: object) -> Iterator[None]:
        yield

    fake = SimpleNamespace(wait_stream=lambda other: None)
    for name, double in {
        "CUDAGraph": Graph,
        "graph": captured,
        "stream": stream,
        "Stream": lambda: fake,
        "current_stream": lambda: fake,
        "graph_pool_handle": lambda: (0, 0),
        "get_rng_state": torch.get_rng_state,
        "set_rng_state": torch.set_rng_state,
        "set_sync_debug_mode": meet_waiting,
    }.items():
        monkeypatch.setattr(torch.cuda, name, double)
    return said


class Recorded(Replayed):
    """As on a GPU, but a replay calls the function on the tensor that it was captured with."""

    def _capture(self, held: Tensor) -> Graph | None:
        graph = super()._capture(held)
        if graph is not None:
            graph.run = lambda: self.function(held)
        return graph


class Replaying(Machine):
    """A CPU that runs its steps as a GPU does."""

    def replayed(self, function: object, state: object) -> Recorded:
        return Recorded(function, state)


def test_a_training_of_replayed_steps_is_the_plain_one(doubles: list[str]):
    nets = [new_net(), new_net()]
    machines = CPU, Replaying(CPU.device, CPU.precision)
    said = [
        list(epochs(net, images(), sgd(net, SETUP), SETUP, DATA, 0, machine))
        for net, machine in zip(nets, machines, strict=True)
    ]
    assert same(*nets)
    assert all(
        torch.equal(one.losses, other.losses) for (_, one), (_, other) in zip(*said, strict=True)
    )
    assert doubles == ["capture", "capture"]  # the full batch and the short last one, once each


def test_a_capture_leaves_state_and_random_numbers_as_they_were(doubles: list[str]):
    state, calls = torch.arange(3.0), []

    def noisy(given: Tensor) -> None:
        calls.append(given.shape)
        state.add_(torch.rand(3) + given.sum())

    before, random = state.clone(), torch.get_rng_state()
    replayed = Recorded(noisy, [state])
    held, graph = replayed._prepare(torch.ones(2))
    assert torch.equal(state, before)
    assert torch.equal(torch.get_rng_state(), random)
    assert (
        len(calls) == WARM_UPS + 1 + 2
    )  # the capture, and a plain run and a replay that are compared
    replayed.graphs[held.shape] = held, graph
    replayed(torch.ones(2))
    torch.set_rng_state(random)
    assert torch.equal(state, before + torch.rand(3) + 2)


class Failing:
    """A double of torch.cuda.graph whose capture fails as a driver's does: when it ends."""

    def __init__(self, *given: object, **more: object) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        raise RuntimeError(
            "CUDA error: operation not permitted when stream is capturing\nCompile with ..."
        )


def test_where_a_capture_fails_one_warning_says_so_and_the_function_runs_as_it_is(
    doubles: list[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(torch.cuda, "graph", Failing)
    state = torch.zeros(3)
    replayed = Recorded(state.add_, [state])
    with pytest.warns(
        UserWarning, match=r"could not be captured .*\(CUDA error: .* is capturing\)"
    ):
        replayed(torch.ones(3))
    replayed(2 * torch.ones(3))  # a second warning would be an error
    assert torch.equal(state, 3 * torch.ones(3))


@pytest.mark.parametrize(
    ("error", "agrees"), [(0.0, True), (0.01, True), (0.2, False), (float("nan"), False)]
)
def test_a_replay_that_differs_from_a_plain_run_beyond_rounding_is_not_used(
    doubles: list[str], error: float, agrees: bool
):
    class Inexact(Recorded):
        """A replay adds a little more than the function does."""

        def _capture(self, held: Tensor) -> Graph | None:
            graph = super()._capture(held)
            graph.run = lambda: state.add_(held * (1 + error))
            return graph

    state = torch.full((3,), 100.0)
    replayed = Inexact(state.add_, [state])
    with (
        nullcontext() if agrees else pytest.warns(UserWarning, match="differs from a plain one by")
    ):
        replayed(torch.ones(3))
    assert torch.equal(state, torch.full((3,), 100.0) + (1 + error if agrees else 1))
    assert (replayed.graphs[torch.Size([3])][1] is not None) == agrees


def test_random_layers_draw_the_same_in_a_replay_as_in_a_plain_run(doubles: list[str]):
    state = torch.zeros(3)
    replayed = Recorded(lambda given: state.add_(torch.rand(3) * given), [state])
    replayed(torch.ones(3))
    assert replayed.graphs[torch.Size([3])][1] is not None


@pytest.mark.parametrize("word", ["called a synchronizing CUDA operation", "another fault"])
def test_a_function_that_waits_for_a_value_is_run_as_it_is_and_another_fault_is_raised(
    doubles: list[str], word: str
):
    state = torch.zeros(3)

    def waiting(given: Tensor) -> None:
        state.add_(given)
        if said_of_waiting[-1:] == ["error"]:
            raise RuntimeError(word)

    replayed = Replayed(waiting, [state])
    with pytest.raises(RuntimeError, match=word) if word == "another fault" else nullcontext():
        for given in (torch.ones(3), 2 * torch.ones(3)):
            replayed(given)
        assert torch.equal(state, 3 * torch.ones(3))
    assert doubles == []
    assert said_of_waiting[-1] == "default"


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
@pytest.mark.parametrize("device", ["cuda", "cpu"])
def test_a_step_reads_nothing_back_and_mixes_no_devices(
    device: str, optimizer: str, monkeypatch: pytest.MonkeyPatch
):
    """Fake tensors have no values: whatever asks for one, or for two devices at once, raises.

    Autograd's engine and the fused update want a real GPU: of them only the arguments are looked
    at.
    """
    monkeypatch.setattr(torch.cuda.amp.common, "amp_definitely_not_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *_: True)
    data = Data(name="digits", mean=(0.5,), std=(0.25,), crop=2, flip=True)
    with FakeTensorMode(), torch.device(device):
        net = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Dropout(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(4, 3),
        ).train()
        shown = Images(
            torch.zeros(21, 1, 6, 6, dtype=torch.uint8), torch.zeros(21, dtype=torch.int64)
        )
        setup = replace(SETUP, optimizer=optimizer)
        optimiser = new_optimiser(net, setup)
        step = Step(net, shown, optimiser, setup, data, Machine(torch.device(device), "bfloat16"))
        if device == "cuda":
            monkeypatch.setattr(
                Tensor,
                "backward",
                lambda loss: [
                    setattr(weight, "grad", torch.zeros_like(weight)) for weight in net.parameters()
                ],
            )
            monkeypatch.setattr(
                torch,
                f"_fused_{optimizer}_",
                lambda *given, lr, **rest: rates.append(lr.device.type),
            )
        rates: list[str] = []
        set_rate(optimiser, 0.05)
        step(torch.zeros(4, 8, dtype=torch.int64))
        assert {tensor.device.type for tensor in [*step.state(), step.predicted, step.losses]} == {
            device
        }
        assert rates == (["cuda"] if device == "cuda" else [])
        with pytest.raises(Exception, match="_local_scalar_dense"):
            step.losses.sum().item()  # a read is seen


def test_float32_is_float32_on_a_gpu_and_bfloat16_what_it_takes_by_itself(
    monkeypatch: pytest.MonkeyPatch,
):
    for name, double in {
        "is_available": lambda: True,
        "set_device": lambda index: None,
        "get_device_capability": lambda device: (9, 0),
    }.items():
        monkeypatch.setattr(torch.cuda, name, double)
    monkeypatch.setattr("interference.runtime.device._device", torch.device)
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=True):
        assert torch.backends.cudnn.conv.fp32_precision == "tf32"  # PyTorch's default
        assert select_machine() == Machine(torch.device("cuda"), "bfloat16")
        assert select_machine(precision="float32").precision == "float32"
        assert torch.backends.cudnn.conv.fp32_precision != "tf32"
        assert not torch.backends.cuda.matmul.allow_tf32


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_the_state_of_a_step_is_all_that_it_changes(optimizer: str):
    net = new_net()
    setup = replace(SETUP, optimizer=optimizer)
    step = Step(net, images(), new_optimiser(net, setup), setup, DATA, CPU)
    batch = plan(21, DATA, 0, 0)[:, :8]
    held = [tensor.detach().clone() for tensor in step.state()]
    step(batch)
    first = [tensor.detach().clone() for tensor in step.state()]
    with torch.no_grad():
        for tensor, value in zip(step.state(), held, strict=True):
            tensor.copy_(value)
    step(batch)
    assert all(torch.equal(one, other) for one, other in zip(step.state(), first, strict=True))
