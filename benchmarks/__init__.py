"""Side-by-side timings: the same work done by others' means and by ours, in turns within one run."""
