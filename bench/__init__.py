"""Benchmarks, run by hand on a quiet machine; no test is timed."""
