"""Benchmarks: ours and its peer side by side, in alternating rounds of one run; only ratios count."""
