"""The doors: each module adds the routes of one theme to the application, in the order in which paths are matched."""

from services.recommender.http.path_ids import register_path_ids

register_path_ids()  # here, because the modules beside this one make their routes when they are imported
