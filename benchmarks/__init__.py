"""What ecsgen costs: CPU time, memory and growth, beside what it replaces. `python -m benchmarks` prints the table."""
