"""Side-by-side timings: other packages and this one do the same work in turns within one run."""
