"""Counting in other people's training loops: one module a library, each needing that library alone."""
