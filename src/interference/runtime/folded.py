"""An inference copy of a net for many evaluations with changing weights.

In eval mode batch norm is an affine map by channel, so it is fused into the convolution before it (Jacob et al. 2018,
Section 3.2). Weights are cast once and, on a CPU, packed once for oneDNN. In float32 the net itself is evaluated: there
the fused copy was no faster on any CPU that was measured, and slower on some.
"""

from collections.abc import Iterator
from typing import TypeGuard, TypeVar

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from interference.runtime import onednn
from interference.runtime.cpu import cpu_kind
from interference.runtime.device import PRECISIONS, Machine
from interference.runtime.im2col import gathered, is_narrow, kernel_of
from interference.runtime.onednn import Conv2dSpec, Layer

M = TypeVar("M", bound=nn.Module)


class Folded(nn.Module):
    """The fastest way to evaluate a net on a machine, in eval mode: inputs (n, C, H, W) -> logits (n, classes).

    It uses the weights that the net had at the last `refresh` and leaves the net's mode as it is. A net that cannot be
    traced (its control flow depends on values), or that has hooks, which a trace ignores, is evaluated as it is.
    """

    def __init__(self, net: nn.Module, machine: Machine) -> None:
        super().__init__()
        self.net = [net]  # in a list: its modules are not this one's
        self.convolutions: list[_Convolution] = []
        self.eval_net = [net if machine.precision == "float32" else self._traced(net, machine)]
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
            logits: Tensor = self.eval_net[0](inputs)
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
            node.target = (
                "reshape"  # a folded convolution's output is channels-last, whatever its input was
            )
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
        if (
            not _is_plain(conv, nn.Conv2d)
            or conv.padding_mode != "zeros"
            or isinstance(conv.padding, str)
        ):
            continue
        norm = _absorbed(graph, node, modules, nn.BatchNorm2d)
        relu = _absorbed(graph, node, modules, nn.ReLU)
        made.append(_Convolution(conv, norm, relu is not None, machine))
        name = f"folded_{len(made)}"
        graph.add_submodule(name, made[-1])
        node.target = name
    graph.recompile()
    return made


def _absorbed(
    graph: fx.GraphModule, node: fx.Node, modules: dict[str, nn.Module], kind: type[M]
) -> M | None:
    """The module that alone uses a node's output, if it is of this kind; it leaves the graph."""
    user = next(iter(node.users), None)
    module = (
        modules.get(str(user.target)) if user is not None and user.op == "call_module" else None
    )
    if (
        user is None
        or len(node.users) > 1
        or not _is_plain(module, kind)
        or getattr(module, "running_mean", 0) is None
    ):
        return None
    user.replace_all_uses_with(node)
    graph.graph.erase_node(user)
    return module


class _Convolution(nn.Module):
    """A convolution, the batch norm after it and a ReLU as one call; the parts stay the net's.

    Attributes:
        path: How the last batch was computed: `product`, `packed` or `public`; empty before the first.
    """

    def __init__(
        self, conv: nn.Conv2d, norm: nn.BatchNorm2d | None, relu: bool, machine: Machine
    ) -> None:
        super().__init__()
        self.conv = [conv]  # in a list: its modules are not this one's
        self.norm = [norm]
        self.relu = relu
        self.dtype = PRECISIONS[machine.precision]
        self.is_on_cpu = machine.device.type == "cpu"
        assert not isinstance(conv.padding, str)
        self.spec = Conv2dSpec(
            _pair(conv.stride), _pair(conv.padding), _pair(conv.dilation), conv.groups
        )
        self.weight = torch.empty_like(conv.weight, dtype=self.dtype, requires_grad=False)
        self.bias = torch.zeros(len(conv.weight), dtype=self.dtype, device=conv.weight.device)
        self.layer: Layer | None = None
        self.path = ""

    def refresh(self) -> None:
        """Fuse the weights as they are now."""
        conv, norm = self.conv[0], self.norm[0]
        weight, bias = conv.weight, conv.bias
        if norm is not None:
            assert norm.running_mean is not None
            assert norm.running_var is not None
            weight, bias = fuse_conv_bn_weights(
                weight, bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
            )
        self.weight.copy_(weight)
        if bias is not None:
            self.bias.copy_(bias)
        self.layer = None

    def forward(self, inputs: Tensor) -> Tensor:
        """relu(norm(conv(inputs))) in the machine's precision."""
        images = inputs.to(self.dtype)
        if self.layer is None:
            self.layer = self._fastest(images)
        return self.layer(images)

    def _fastest(self, images: Tensor) -> Layer:
        """The fastest layer for images of this size that this PyTorch has; tried before its first use."""
        for path, layer in self._candidates(images):
            if path == self.path or onednn.computes(layer, images):
                self.path = path
                return layer
        self.path = "public"
        return onednn.convolution(self.weight, self.bias, self.spec, self.relu)

    def _candidates(self, images: Tensor) -> Iterator[tuple[str, Layer]]:
        """Layers that may be faster than PyTorch's public convolution, the fastest first."""
        if not self.is_on_cpu:
            return
        if is_narrow(images, self.weight, self.spec, cpu_kind().product_width):
            product = self._product(images)
            if product is not None:
                yield "product", product
        packed = onednn.packed_convolution(
            self.weight, self.bias, self.spec, self.relu, images.shape
        )
        if packed is not None:
            yield "packed", packed

    def _product(self, images: Tensor) -> Layer | None:
        """The convolution as one matrix product."""
        kernel = self.weight.shape[2]
        height, width = self.spec.output_size(images, kernel_of(self.weight))
        matrix = (
            self.weight.permute(0, 2, 3, 1).reshape(len(self.weight), -1).contiguous()
        )  # (O, k k I)
        product = onednn.packed_product(matrix, self.bias, self.relu)
        if product is None:
            return None

        def layer(batch: Tensor) -> Tensor:
            flat: Tensor = product(gathered(batch, kernel, self.spec))  # (n H' W', O)
            return flat.view(len(batch), height, width, -1).permute(0, 3, 1, 2)

        return layer


def _pair(value: tuple[int, ...]) -> tuple[int, int]:
    rows, columns = value
    return rows, columns
