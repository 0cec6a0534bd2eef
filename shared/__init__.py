"""What the services share: the graph, the queue, the vocabulary. Services import this, never one another."""
