"""The doors: each module adds the routes of one theme to the application, in the order in which paths are matched."""
