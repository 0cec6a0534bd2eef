"""Models beside one another: every one fitted in the same way, each in a process of its own, and one table of all."""
