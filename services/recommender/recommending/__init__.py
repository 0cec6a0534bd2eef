"""Recommendations out of the parts below: for a user, for picks, for a group, and why."""
