"""Work of many small kernels captured as a CUDA graph once, then replayed at the price of one launch.

At 128 images a batch a GPU finishes a kernel sooner than the host can launch the next; a graph launches all of them.
"""

import warnings
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

WARM_UPS = 3  # runs before a capture, in which libraries choose their algorithms
AGREEMENT = 0.05  # largest difference of a replay from a plain run, as a fraction of the change that the run makes


class Replayed:
    """A function of one tensor that works in place, captured for every shape it is called with.

    The function runs a few times before a capture; what it changes, `state`, is restored afterwards. Whatever else it
    writes must not depend on earlier values. The function runs as it is, uncaptured, for a shape where

    * it waits for a value of the GPU, as a net whose control flow depends on values does;
    * the capture fails, or its first replay differs from a plain run beyond rounding. Both are warned of.

    Args:
        function: Works in place on tensors of the GPU.
        state: All tensors whose value before a call influences the call.
    """

    def __init__(self, function: Callable[[Tensor], None], state: Sequence[Tensor]) -> None:
        self.function = function
        self.state = state
        self.graphs: dict[torch.Size, tuple[Tensor, torch.cuda.CUDAGraph | None]] = {}
        self.pool = torch.cuda.graph_pool_handle()
        self.stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]

    def __call__(self, given: Tensor) -> None:
        """The function of a tensor on the GPU; where it was captured, the host does not wait for it."""
        if given.shape not in self.graphs:
            self.graphs[given.shape] = self._prepared(given.clone())
        held, graph = self.graphs[given.shape]
        if graph is None:
            self.function(given)
            return
        held.copy_(given)
        graph.replay()

    def _prepared(self, held: Tensor) -> tuple[Tensor, torch.cuda.CUDAGraph | None]:
        """The tensor that a graph reads and the graph; no graph where the function has to run as it is."""
        before = [tensor.detach().clone() for tensor in self.state]
        random = torch.cuda.get_rng_state()

        def restore() -> None:
            with torch.no_grad():
                for tensor, value in zip(self.state, before, strict=True):
                    tensor.copy_(value)
            torch.cuda.set_rng_state(random)

        waits = self._warm_up(held)
        graph = None if waits else self._captured(held)
        restore()
        if graph is not None and not self._agrees(held, graph, before, restore):
            graph = None
        return held, graph

    def _warm_up(self, held: Tensor) -> bool:
        """Run the function a few times on the stream of the capture; whether it waits for the GPU."""
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            for _ in range(WARM_UPS - 1):
                self.function(held)
            waits = self._waits(held)
        torch.cuda.current_stream().wait_stream(self.stream)
        return waits

    def _captured(self, held: Tensor) -> torch.cuda.CUDAGraph | None:
        """The function as a graph; None, with a warning, where it cannot be captured."""
        graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(graph, pool=self.pool, stream=self.stream):
                self.function(held)  # recorded, not run
        except Exception as error:  # whatever a driver, a library or a net's own code raises
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            warnings.warn(
                f"a step could not be captured as a CUDA graph ({reason}); it runs uncaptured, which is "
                "slower",
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
        """Whether a replay changes the state as a plain run does, up to rounding; the state is restored."""
        self.function(held)
        plain = [tensor.detach().clone() for tensor in self.state]
        restore()
        graph.replay()
        replayed = [tensor.detach().clone() for tensor in self.state]
        restore()
        apart, change = distance(plain, replayed), distance(plain, before)
        if apart <= AGREEMENT * change:
            return True
        warnings.warn(
            f"a captured step differs from a plain one by {apart:.2g} where the step changes the weights by "
            f"{change:.2g}; it runs uncaptured, which is slower",
            stacklevel=2,
        )
        return False

    def _waits(self, held: Tensor) -> bool:
        """Run the function once more: whether PyTorch says that it waits for the GPU."""
        with warnings.catch_warnings(action="ignore"):  # PyTorch's own, that it may overlook some
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


def distance(some: Sequence[Tensor], others: Sequence[Tensor]) -> float:
    """The Euclidean distance of two lists of tensors of the same shapes; infinite where a difference is NaN."""
    squares = [
        float((one.double() - other.double()).square().sum())
        for one, other in zip(some, others, strict=True)
    ]
    total = sum(squares) ** 0.5
    return total if total == total else float("inf")
