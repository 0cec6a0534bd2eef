"""Recommendations for all users at once, as the recommender would give them. No torch here."""
