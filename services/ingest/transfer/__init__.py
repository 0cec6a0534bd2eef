"""The whole graph into a folder of files, and back: users, movies, what describes them, what users did."""
