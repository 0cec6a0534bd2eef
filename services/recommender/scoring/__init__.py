"""Scores over all movies: a model, what a query leaves of it, and in which order."""
