"""How models are trained: the loop, its checkpoints, and the choice of settings."""
