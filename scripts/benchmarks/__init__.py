"""The benchmarks behind `scripts/bench`: each measures landwatch against a peer in one table."""
