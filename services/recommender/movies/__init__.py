"""The catalogue in memory: movies, what describes and connects them, and how they are found."""
