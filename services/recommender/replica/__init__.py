"""What a process holds of the graph, and how it stays fresh."""
