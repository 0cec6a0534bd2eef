"""What a process tells of itself while it runs: figures for Prometheus, its log, and traces."""
