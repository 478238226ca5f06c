"""The trial of a net on two images through every later stage, before the net is trained."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from interference import nets
from interference.errors import BadInput, in_one_line
from interference.evaluating import evaluating
from interference.landscape.class_gradients import Gradient, mean_gradient, norm
from interference.landscape.plane import moved
from interference.learning.net_check import differ, unusable_logits
from interference.learning.prediction import normalisation
from interference.learning.training_run import TrainingRun, new_net
from interference.runtime.device import Machine
from interference.runtime.fused_net import FusedNet

STEP = 0.01  # the length of the step on a plane, as a fraction of the norm of the weights

# The largest error of the fused copy of a net, as a multiple of the error that the precision itself
# causes, and as a fraction of the logits' largest absolute value.
FUSED_ERRORS = 4
FUSED_SHARE = 0.05


def check_run(run: TrainingRun) -> None:
    """Check that the net of a run can go through all stages that follow its training.

    Args:
        run: The run before its first step.

    Raises:
        BadInput: A stage would fail or give wrong numbers, see `fault`.
    """
    machine = run.machine
    pixels = run.train_images.pixels[:2]
    images = normalisation(run.facts.data, machine.device)(pixels)
    new = new_net(run.facts, len(run.classes), pixels.shape[1])
    problem = fault(run.net, new, images, machine)
    if problem:
        raise BadInput(f"runs.{run.facts.name}.net: {problem}")


def fault(net: nn.Module, new: nn.Module, images: Tensor, machine: Machine) -> str:
    """Find what stands between a net and the stages that follow its training.

    The net's weights must be float32 tensors that a file can hold, and a new net must take them. In
    eval mode the net must give usable logits, class gradients and points of a plane, and its fused
    copy must agree with it. The net stays as it is.

    Args:
        net: The net before its training, which has been called on images at least once.
        new: The same net built again, not called yet.
        images: Two normalised images (2, C, H, W), on the machine's device.
        machine: The device and precision.

    Returns:
        An error message, which names what stands in the way; empty if nothing does.
    """
    problem = _unsaved_state(nets.own_module(net), nets.own_module(new))
    if problem:
        return problem
    with evaluating(net):
        return _evaluation_fault(net, images, machine)


def _evaluation_fault(net: nn.Module, images: Tensor, machine: Machine) -> str:
    """What stands in the way of the stages cctm, ego and sweep; empty if nothing does."""
    trials: dict[str, Callable[[], str]] = {
        "cctm": lambda: unusable_logits(net, images) or _fused_fault(net, images, machine),
        "ego and sweep": lambda: _plane_fault(net, images),
    }
    for stage, trial in trials.items():
        try:
            problem = trial()
        except Exception as error:  # a net of another package may raise anything
            return (
                f"fails in eval mode as {stage} evaluates it ({in_one_line(error)}), allowed: a "
                "net that can be differentiated and moved; take out the layer that fails"
            )
        if problem:
            return problem
    return ""


def _unsaved_state(net: nn.Module, new: nn.Module) -> str:
    """What of a net its file cannot hold, or a new net cannot take; empty if all is well."""
    for name, weight in net.named_parameters():
        if weight.dtype != torch.float32:
            dtype = str(weight.dtype).removeprefix("torch.")
            return (
                f"parameter {name} is {dtype}, allowed: float32; register what is not trained as "
                "a buffer (register_buffer)"
            )
    state = net.state_dict()
    for name, value in state.items():
        if not isinstance(value, Tensor):
            return (
                f"its state holds {name}, a {type(value).__name__}, allowed: tensors alone; take "
                "out get_extra_state"
            )
    expected = new.state_dict()
    others = [name for name in state if name not in expected]
    others += [name for name in expected if name not in state]
    if others:
        return (
            f"its first call changed its weights ({', '.join(others[:3])}), allowed: a net that "
            "makes all of its layers when it is built"
        )
    return ""


def _fused_fault(net: nn.Module, images: Tensor, machine: Machine) -> str:
    """Whether the fused copy that the machine computes with differs from the net."""
    if machine.precision == "float32":
        return ""
    with torch.no_grad():
        logits = net(images.clone())
        with machine.autocast():
            fused = FusedNet(net, machine)(images.clone()).float()
            rounded = net(images.clone()).float()
    scale = logits.abs().max()
    error = (fused - logits).abs().max()
    allowed = FUSED_ERRORS * (rounded - logits).abs().max() + FUSED_SHARE * scale
    if error <= allowed:
        return ""
    return (
        f"its copy for {machine.precision} differs from it by {float(error / scale):.2g} of its "
        "logits; compute with INTERFERENCE_PRECISION=float32"
    )


def _plane_fault(net: nn.Module, images: Tensor) -> str:
    """Whether the net has class gradients, and changes its logits where they move it."""
    labels = torch.zeros(len(images), dtype=torch.int64, device=images.device)
    gradient = mean_gradient(net, [(images.clone(), labels)])
    if not all(tensor.isfinite().all() for tensor in gradient.values()):
        return "a class gradient is not finite, allowed: a net that can be differentiated"
    length = norm(gradient)
    if length == 0:
        return ""  # two images may say nothing, such as where a ReLU is off
    weights = dict(net.named_parameters())
    theta = STEP * norm(weights) / length
    with torch.no_grad():
        logits = net(images.clone())
        with moved(net, gradient, _zeros(gradient), theta, 0.0):
            there = net(images.clone())
        back = net(images.clone())
    if torch.equal(there, logits):
        return (
            "its logits stay the same where its weights move, allowed: a net that computes with "
            "its parameters at every call, and keeps no copies of them"
        )
    if differ(back, logits):
        return (
            "it does not return to its logits where its weights do, allowed: a net without memory"
        )
    return ""


def _zeros(gradient: Gradient) -> Gradient:
    return {name: torch.zeros_like(tensor) for name, tensor in gradient.items()}
