"""A function of many small kernels, captured as a CUDA graph once and then replayed by one launch.

With 128 images a batch a GPU finishes a kernel before the host can launch the next one. A graph
launches all of them at once.
"""

import warnings
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

WARM_UPS = 3  # runs before a capture, in which libraries choose their algorithms
# The largest difference between a replay and a plain run, as a fraction of the run's own change.
AGREEMENT = 0.05


class Replayed:
    """A function of one tensor that works in place, captured for every shape it is called with.

    The function runs a few times before a capture, and its `state` is restored afterwards. If it
    writes other tensors, their new values must not depend on their old ones. For some shapes the
    function runs uncaptured:

    * it waits for a value of the GPU, as a net does if its control flow depends on values;
    * the capture fails, or the first replay differs from a plain run by more than rounding. A
      warning then says so.

    Args:
        function: A function of one tensor that works in place on tensors of the GPU.
        state: All tensors whose value before a call influences the call.
    """

    def __init__(self, function: Callable[[Tensor], None], state: Sequence[Tensor]) -> None:
        self.function = function
        self.state = state
        self.graphs: dict[torch.Size, tuple[Tensor, torch.cuda.CUDAGraph | None]] = {}
        self.pool = torch.cuda.graph_pool_handle()
        self.stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]

    def __call__(self, argument: Tensor) -> None:
        """Call the function with a tensor on the GPU.

        If the function was captured, the host does not wait for it.
        """
        if argument.shape not in self.graphs:
            self.graphs[argument.shape] = self._prepare(argument.clone())
        held, graph = self.graphs[argument.shape]
        if graph is None:
            self.function(argument)
            return
        held.copy_(argument)
        graph.replay()

    def _prepare(self, held: Tensor) -> tuple[Tensor, torch.cuda.CUDAGraph | None]:
        """Capture the function for tensors of one shape.

        Args:
            held: The tensor that the graph will read.

        Returns:
            The same tensor and the graph; no graph if the function has to run uncaptured.
        """
        before = [tensor.detach().clone() for tensor in self.state]
        random = torch.cuda.get_rng_state()

        def restore() -> None:
            with torch.no_grad():
                for tensor, value in zip(self.state, before, strict=True):
                    tensor.copy_(value)
            torch.cuda.set_rng_state(random)

        waits = self._warm_up(held)
        graph = None if waits else self._capture(held)
        restore()
        if graph is not None and not self._agrees(held, graph, before, restore):
            graph = None
        return held, graph

    def _warm_up(self, held: Tensor) -> bool:
        """Run the function a few times on the capture's stream.

        Returns:
            Whether it waits for the GPU.
        """
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            for _ in range(WARM_UPS - 1):
                self.function(held)
            waits = self._waits(held)
        torch.cuda.current_stream().wait_stream(self.stream)
        return waits

    def _capture(self, held: Tensor) -> torch.cuda.CUDAGraph | None:
        """The function as a graph; None, with a warning, if it cannot be captured."""
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=self.pool, stream=self.stream):
                self.function(held)  # recorded, not run
        except Exception as error:  # whatever a driver, a library or a net's own code raises
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            warnings.warn(
                f"a step could not be captured as a CUDA graph ({reason}); it runs uncaptured, "
                "which is slower",
                stacklevel=2,
            )
            return None
        return graph

    def _agrees(
        self,
        held: Tensor,
        graph: torch.cuda.CUDAGraph,
        before: Sequence[Tensor],
        restore: Callable[[], None],
    ) -> bool:
        """Whether a replay and a plain run make the same change to the state, up to rounding.

        The state is restored.
        """
        self.function(held)
        plain = [tensor.detach().clone() for tensor in self.state]
        restore()
        graph.replay()
        replayed = [tensor.detach().clone() for tensor in self.state]
        restore()
        difference = distance(plain, replayed)
        change = distance(plain, before)
        if difference <= AGREEMENT * change:
            return True
        warnings.warn(
            f"a captured step differs from a plain one by {difference:.2g}, and the step changes "
            f"the weights by {change:.2g}; it runs uncaptured, which is slower",
            stacklevel=2,
        )
        return False

    def _waits(self, held: Tensor) -> bool:
        """Run the function once more.

        Returns:
            Whether it waits for the GPU, according to PyTorch.
        """
        # PyTorch warns that this mode may miss operations that wait.
        with warnings.catch_warnings(action="ignore"):
            torch.cuda.set_sync_debug_mode("error")
        try:
            self.function(held)
        except RuntimeError as error:
            if "synchronizing" not in str(error):
                raise
            return True
        finally:
            torch.cuda.set_sync_debug_mode("default")
        return False


def distance(first: Sequence[Tensor], second: Sequence[Tensor]) -> float:
    """The Euclidean distance between two lists of tensors.

    Args:
        first: Tensors.
        second: Tensors of the same shapes.

    Returns:
        The distance over all elements; infinity if a difference is NaN.
    """
    pairs = zip(first, second, strict=True)
    squares = [float((a.double() - b.double()).square().sum()) for a, b in pairs]
    total = sum(squares) ** 0.5
    return total if total == total else float("inf")
