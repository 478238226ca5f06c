"""A net made ready to be asked many times with other weights: batch norm folded, cast once, packed where a CPU packs.

In eval mode batch norm is an affine map by channel, and so a part of the convolution before it (Jacob et al. 2018,
Section 3.2). What is left, convolutions with a bias and perhaps a ReLU, one call each can do. Only reduced precisions
are folded: in float32 the net itself is asked.
"""

from collections.abc import Callable
from typing import Any, TypeGuard, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from interference.convolution import gathered, is_narrow, sides
from interference.machine import PRECISIONS, Machine

M = TypeVar("M", bound=nn.Module)
NARROW = 4  # output rows up to this go by a matrix product; at 7, the packed convolution was faster


class Folded(nn.Module):
    """A net in eval mode as a machine asks it fastest: inputs (n, C, H, W) -> logits (n, classes).

    It has the weights that the net had at the last `refresh`, and leaves the net's mode as it is. A net whose code
    cannot be traced (its flow depends on values), or that has hooks, which a trace passes over, is asked as it is.
    """

    def __init__(self, net: nn.Module, machine: Machine) -> None:
        super().__init__()
        self.net, self.convolutions = [net], list[_Convolution]()  # in a list: its modules are not this one's
        self.asked = [net if machine.precision == "float32" else self._traced(net, machine)]
        self.refresh()

    def _traced(self, net: nn.Module, machine: Machine) -> nn.Module:
        graph = None if _has_hooks(net) else _graph(net)
        if graph is None:
            return net
        self.convolutions = _folded(graph, machine)
        return graph

    @torch.no_grad()
    def refresh(self) -> None:
        """Take up the weights that the net has now."""
        for convolution in self.convolutions:
            convolution.refresh()

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits."""
        net, mode = self.net[0], self.net[0].training
        net.eval()
        try:
            logits: Tensor = self.asked[0](inputs)
            return logits
        finally:
            net.train(mode)


class _Tracer(fx.Tracer):
    proxy_buffer_attributes = True  # what is computed of a buffer is computed anew at every call


def _graph(net: nn.Module) -> fx.GraphModule | None:
    """What a net does in eval mode, call by call; None where that cannot be told ahead."""
    mode = net.training
    net.eval()
    try:
        graph = fx.GraphModule(net, _Tracer().trace(net))
    except Exception:  # a trace runs the net's own code on what is no tensor
        return None
    finally:
        net.train(mode)
    for node in graph.graph.find_nodes(op="call_method", target="view"):
        if not isinstance(node.args[1], torch.dtype):
            node.target = "reshape"  # a folded convolution's output is channels-last, whatever its input was
    return graph


def _is_plain(module: nn.Module | None, kind: type[M]) -> TypeGuard[M]:
    """Whether a module is of just this kind, and does what its kind does: no hook changes its weights or its output."""
    return type(module) is kind and not _has_hooks(module)


def _has_hooks(module: nn.Module) -> bool:
    return bool(module._forward_pre_hooks or module._forward_hooks)


def _folded(graph: fx.GraphModule, machine: Machine) -> list["_Convolution"]:
    """Put a `_Convolution` in place of every conv with what follows it alone: batch norm, then a ReLU."""
    modules, made = dict(graph.named_modules()), list[_Convolution]()
    for node in list(graph.graph.nodes):
        conv = modules.get(node.target) if node.op == "call_module" else None
        if not _is_plain(conv, nn.Conv2d) or conv.padding_mode != "zeros" or isinstance(conv.padding, str):
            continue
        norm = _absorbed(graph, node, modules, nn.BatchNorm2d)
        relu = _absorbed(graph, node, modules, nn.ReLU)
        made.append(_Convolution(conv, norm, relu is not None, machine))
        name = f"folded_{len(made)}"
        graph.add_submodule(name, made[-1])
        node.target = name
    graph.recompile()
    return made


def _absorbed(graph: fx.GraphModule, node: fx.Node, modules: dict[str, nn.Module], kind: type[M]) -> M | None:
    """The module that alone uses a node's output, if it is of this kind; it leaves the graph."""
    user = next(iter(node.users), None)
    module = modules.get(str(user.target)) if user is not None and user.op == "call_module" else None
    if user is None or len(node.users) > 1 or not _is_plain(module, kind) or getattr(module, "running_mean", 0) is None:
        return None
    user.replace_all_uses_with(node)
    graph.graph.erase_node(user)
    return module


class _Convolution(nn.Module):
    """A conv, the batch norm after it and a ReLU as one call; the parts stay the net's."""

    def __init__(self, conv: nn.Conv2d, norm: nn.BatchNorm2d | None, relu: bool, machine: Machine) -> None:
        super().__init__()
        self.parts, self.relu, self.dtype = (conv, norm), relu, PRECISIONS[machine.precision]
        self.packs = machine.device.type == "cpu" and torch._C._has_mkldnn
        self.geometry: tuple[Any, ...] = (conv.padding, conv.stride, conv.dilation, conv.groups)
        self.weight = torch.empty_like(conv.weight, dtype=self.dtype, requires_grad=False)
        self.bias = torch.zeros(len(conv.weight), dtype=self.dtype, device=conv.weight.device)
        self.call: Callable[[Tensor], Tensor] | None = None

    def refresh(self) -> None:
        """Fold the weights as they are now."""
        conv, norm = self.parts
        weight, bias = conv.weight, conv.bias
        if norm is not None:
            assert norm.running_mean is not None
            assert norm.running_var is not None
            weight, bias = fuse_conv_bn_weights(weight, bias, norm.running_mean, norm.running_var, norm.eps,
                                                norm.weight, norm.bias)
        self.weight.copy_(weight)
        if bias is not None:
            self.bias.copy_(bias)
        self.call = None

    def forward(self, inputs: Tensor) -> Tensor:
        """relu(norm(conv(inputs))) in the machine's precision."""
        inputs = inputs.to(self.dtype)
        if not self.packs:
            padding, stride, dilation, groups = self.geometry
            found = F.conv2d(inputs, self.weight, self.bias, stride, padding, dilation, groups)
            return found.relu_() if self.relu else found
        if self.call is None:
            padding, stride, dilation, groups = self.geometry
            narrow = is_narrow(inputs, self.weight, stride, padding, dilation, groups, NARROW)
            self.call = self._product(inputs) if narrow else self._convolution(inputs)
        return self.call(inputs)

    def _convolution(self, images: Tensor) -> Callable[[Tensor], Tensor]:
        """oneDNN's convolution for images of this size, its weights laid out once for all batches."""
        packed = torch.ops.mkldnn._reorder_convolution_weight(self.weight, *self.geometry, list(images.shape))
        after = "relu" if self.relu else "none"
        return lambda images: torch.ops.mkldnn._convolution_pointwise(
            images, packed, self.bias, *self.geometry, after, [], "")

    def _product(self, images: Tensor) -> Callable[[Tensor], Tensor]:
        """The same as one matrix product."""
        (padding, *_), (stride, *_), kernel = *self.geometry[:2], self.weight.shape[2]
        height, width = sides(images, kernel, stride, padding)
        rows = self.weight.permute(0, 2, 3, 1).reshape(len(self.weight), -1).contiguous()  # (O, k k I)
        packed, after = torch.ops.mkldnn._reorder_linear_weight(rows, None), "relu" if self.relu else "none"

        def product(images: Tensor) -> Tensor:
            columns = gathered(images, kernel, stride, padding)
            flat: Tensor = torch.ops.mkldnn._linear_pointwise(columns, packed, self.bias, after, [], "")
            return flat.view(len(images), height, width, -1).permute(0, 3, 1, 2)

        return product
