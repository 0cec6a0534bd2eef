"""The ingest worker: reads ratings and movies from their published forms, cleans them, writes them to the graph."""
