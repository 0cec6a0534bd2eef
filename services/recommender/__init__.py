"""The recommender: a FastAPI application that answers from vectors in memory."""
