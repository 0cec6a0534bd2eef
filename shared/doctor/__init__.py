"""`marquee doctor`: looks at all that Marquee stands on, changes nothing, and says in words what is wrong."""
