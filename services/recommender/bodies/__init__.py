"""The JSON that comes and goes, and the parameters of requests."""
