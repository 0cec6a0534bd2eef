"""The report of a model version as one HTML page, for people."""

from services.trainer.page.page import MOST_BYTES, make_page

__all__ = ["MOST_BYTES", "make_page"]
