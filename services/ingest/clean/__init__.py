"""Values, rows and tables made fit for the graph, and the report of what was wrong with them."""
