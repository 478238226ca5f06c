"""Work of many small kernels captured as a CUDA graph once, then replayed at the price of one launch.

At 128 images a batch a GPU is done with a kernel sooner than the host can launch the next; a graph launches all.
"""

import warnings
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

WARM_UPS = 3  # runs before a capture, in which libraries choose their algorithms


class Replayed:
    """A function of one tensor that works in place, captured for every shape it is given.

    A capture runs the function a few times beforehand; what it changes, `state`, is put back after them. Whatever else
    the function writes must not depend on what it held. A function that waits for a value of the GPU, as a net does
    whose flow hangs on values, cannot be captured, and is run as it is.
    """

    def __init__(self, function: Callable[[Tensor], None], state: Sequence[Tensor]) -> None:
        self.function, self.state = function, state
        self.graphs: dict[torch.Size, tuple[Tensor, torch.cuda.CUDAGraph | None]] = {}
        self.pool, self.stream = torch.cuda.graph_pool_handle(), torch.cuda.Stream()  # type: ignore[no-untyped-call]

    def __call__(self, given: Tensor) -> None:
        """The function of a tensor on the GPU; where it was captured, the host does not wait for it."""
        if given.shape not in self.graphs:
            self.graphs[given.shape] = self._captured(given.clone())
        held, graph = self.graphs[given.shape]
        if graph is None:
            self.function(given)
            return
        held.copy_(given)
        graph.replay()

    def _captured(self, held: Tensor) -> tuple[Tensor, torch.cuda.CUDAGraph | None]:
        before = [tensor.detach().clone() for tensor in self.state]
        random = torch.cuda.get_rng_state()
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            for _ in range(WARM_UPS - 1):
                self.function(held)
            waits = self._waits(held)
        torch.cuda.current_stream().wait_stream(self.stream)
        graph = None if waits else torch.cuda.CUDAGraph()
        if graph is not None:
            with torch.cuda.graph(graph, pool=self.pool, stream=self.stream):
                self.function(held)  # recorded, not run
        with torch.no_grad():
            for tensor, value in zip(self.state, before, strict=True):
                tensor.copy_(value)
        torch.cuda.set_rng_state(random)
        return held, graph

    def _waits(self, held: Tensor) -> bool:
        """Run the function once more: whether it waits for the GPU on its way, by PyTorch's word."""
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
