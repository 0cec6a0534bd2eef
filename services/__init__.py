"""The three services of Marquee. They meet in the queue and in the graph, and never import one another."""
