"""People who log in: passwords, sessions, cookies, and what slows down those who guess."""

from services.recommender.accounts.parts import Accounts, make_accounts

__all__ = ["Accounts", "make_accounts"]
