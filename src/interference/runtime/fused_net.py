"""An inference copy of a net for many evaluations with changing weights.

In eval mode batch norm is an affine map by channel, so it is fused into the convolution before it
(Jacob et al. 2018, Section 3.2). Weights are cast once and, on a CPU, packed once for oneDNN. In
float32 the net itself is evaluated, since the fused copy was not faster on any measured CPU and
slower on some.
"""

from collections.abc import Iterator
from typing import TypeGuard, TypeVar

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from interference.evaluating import evaluating
from interference.runtime import onednn
from interference.runtime.cpu import cpu_kind
from interference.runtime.device import PRECISIONS, Machine
from interference.runtime.im2col import gathered, is_narrow, kernel_of
from interference.runtime.onednn import Conv2dSpec, Layer

M = TypeVar("M", bound=nn.Module)


class FusedNet(nn.Module):
    """An inference copy of a net: inputs (n, C, H, W) -> logits (n, classes), in eval mode.

    It computes with the weights that the net had at the last `refresh`, and it leaves the modes of
    the net's modules as they are. Some nets are evaluated as they are, without a copy: a net that
    cannot be traced since its control flow depends on values, and a net with hooks, which a trace
    ignores.

    Args:
        net: The net. It stays the owner of its weights.
        machine: The device and precision of the evaluation.
    """

    def __init__(self, net: nn.Module, machine: Machine) -> None:
        super().__init__()
        self.net = [net]  # in a list, so that its modules do not become modules of this one
        self.convolutions: list[_Convolution] = []
        self.eval_net = [net if machine.precision == "float32" else self._fused(net, machine)]
        self.refresh()

    def _fused(self, net: nn.Module, machine: Machine) -> nn.Module:
        """The fused copy, or the net itself if it cannot be copied."""
        graph = None if _has_hooks(net) else _trace(net)
        if graph is None:
            return net
        self.convolutions = _fuse_convolutions(graph, machine)
        return graph

    @torch.no_grad()
    def refresh(self) -> None:
        """Copy and fuse the net's present weights."""
        for convolution in self.convolutions:
            convolution.refresh()

    def forward(self, inputs: Tensor) -> Tensor:
        """The logits (n, classes) of inputs (n, C, H, W)."""
        with evaluating(self.net[0]):
            logits: Tensor = self.eval_net[0](inputs)
        return logits


class _Tracer(fx.Tracer):
    proxy_buffer_attributes = True  # values that depend on a buffer are computed at every call


def _trace(net: nn.Module) -> fx.GraphModule | None:
    """The graph of a net's calls in eval mode; None if the net cannot be traced."""
    try:
        with evaluating(net):
            graph = fx.GraphModule(net, _Tracer().trace(net))
    except Exception:  # a trace calls the net's own code with proxies, which may raise anything
        return None
    for node in graph.graph.find_nodes(op="call_method", target="view"):
        if not isinstance(node.args[1], torch.dtype):
            # The output of a fused convolution is channels-last, whatever its input was.
            node.target = "reshape"
    return graph


def _is_plain(module: nn.Module | None, kind: type[M]) -> TypeGuard[M]:
    """Whether a module is of exactly this class and has no hooks that change weights or output."""
    return type(module) is kind and not _has_hooks(module)


def _has_hooks(module: nn.Module) -> bool:
    return bool(module._forward_pre_hooks or module._forward_hooks)


def _fuse_convolutions(graph: fx.GraphModule, machine: Machine) -> list["_Convolution"]:
    """Replace every convolution of a graph by a `_Convolution`.

    A batch norm that is the only user of the convolution's output, and then a ReLU that is the only
    user of the result, become part of it.
    """
    modules = dict(graph.named_modules())
    convolutions: list[_Convolution] = []
    for node in list(graph.graph.nodes):
        conv = modules.get(node.target) if node.op == "call_module" else None
        if not _is_plain(conv, nn.Conv2d):
            continue
        if conv.padding_mode != "zeros" or isinstance(conv.padding, str):
            continue
        norm = _absorb(graph, node, modules, nn.BatchNorm2d)
        relu = _absorb(graph, node, modules, nn.ReLU)
        convolution = _Convolution(conv, norm, relu is not None, machine)
        convolutions.append(convolution)
        name = f"fused_{len(convolutions)}"
        graph.add_submodule(name, convolution)
        node.target = name
    graph.recompile()
    return convolutions


def _absorb(
    graph: fx.GraphModule, node: fx.Node, modules: dict[str, nn.Module], kind: type[M]
) -> M | None:
    """Remove the only user of a node's output from the graph if it is a module of this kind.

    Returns:
        The removed module; None if nothing was removed.
    """
    if len(node.users) != 1:
        return None
    user = next(iter(node.users))
    if user.op != "call_module":
        return None
    module = modules.get(str(user.target))
    if not _is_plain(module, kind):
        return None
    if getattr(module, "running_mean", 0) is None:  # batch norm that normalises by each batch
        return None
    user.replace_all_uses_with(node)
    graph.graph.erase_node(user)
    return module


class _Convolution(nn.Module):
    """A convolution with the batch norm and the ReLU that follow it, computed as one call.

    Args:
        conv: The net's convolution.
        norm: The net's batch norm after it, if any.
        relu: Whether a ReLU follows.
        machine: The device and precision.

    Attributes:
        path: How the last batch was computed: `product`, `packed` or `public`; empty before the
            first batch.
    """

    def __init__(
        self, conv: nn.Conv2d, norm: nn.BatchNorm2d | None, relu: bool, machine: Machine
    ) -> None:
        super().__init__()
        self.conv = [conv]  # in a list, so that it stays a module of the net only
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
        """Fuse the net's present weights."""
        conv = self.conv[0]
        norm = self.norm[0]
        weight = conv.weight
        bias = conv.bias
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
        """The activations relu(norm(conv(inputs))), in the machine's precision."""
        images = inputs.to(self.dtype)
        if self.layer is None:
            self.layer = self._fastest(images)
        return self.layer(images)

    def _fastest(self, images: Tensor) -> Layer:
        """The fastest layer that this version of PyTorch has for images of this size.

        A layer is tried before its first use.
        """
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
        """The convolution as one matrix product; None if the product is not available."""
        kernel = self.weight.shape[2]
        height, width = self.spec.output_size(images, kernel_of(self.weight))
        filters = self.weight.permute(0, 2, 3, 1)  # (O, k, k, I)
        matrix = filters.reshape(len(self.weight), -1).contiguous()  # (O, k k I)
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
