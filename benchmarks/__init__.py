"""Speed, measured as ratios against floors started beside it; see docs/benchmarks.md."""
