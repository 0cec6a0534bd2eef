"""Predicted stars: a graph autoencoder over a relation for each level of rating, its baselines, and its figures."""
