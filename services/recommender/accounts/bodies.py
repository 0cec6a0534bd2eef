"""Accounts as they are written and shown over REST."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints
from pydantic.alias_generators import to_camel

from services.recommender.accounts.passwords import MAX_CHARACTERS, MIN_CHARACTERS
from services.recommender.bodies.answer import Answer, Time
from services.recommender.bodies.movies import Id
from services.recommender.bodies.parameters import MAX_PICKS
from services.recommender.bodies.users import UserExport
from shared.accounts import MAX_LOGIN_CHARACTERS, MAX_NAME_CHARACTERS, Account
from shared.keys import Scope

Login = Annotated[str, StringConstraints(min_length=1, max_length=4 * MAX_LOGIN_CHARACTERS)]
"""Before it is normalised."""
# No control characters, nor those that turn the direction of what stands beside the name.
Name = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=MAX_NAME_CHARACTERS,
        pattern=r"^[^\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]*$",
    ),
]
Password = Annotated[SecretStr, Field(max_length=MAX_CHARACTERS, examples=["correct horse battery"])]
NewPassword = Annotated[
    SecretStr,
    Field(min_length=MIN_CHARACTERS, max_length=MAX_CHARACTERS, examples=["correct horse battery"]),
]
Picks = Annotated[list[Id], Field(max_length=MAX_PICKS)]

_ACCOUNT: Final[dict[str, Any]] = {
    "accountId": "9f86d081884c7d65",
    "login": "ann",
    "displayName": "Ann",
    "userId": "account:2c26b46b68ffc68f",
    "isLinked": False,
    "isAdmin": False,
    "createdAt": "2026-11-21T20:15:00Z",
    "disabledAt": None,
}


class _Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", strict=True)


class Registration(_Body):
    """A new account."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"login": "ann", "password": "correct horse battery", "displayName": "Ann", "likes": ["1"]}
        }
    )

    login: Login
    password: NewPassword
    display_name: Name | None = Field(default=None, description="The login name where it is left out.")
    likes: Picks = Field(default=[], description="Picks made before: they become the new user's likes.")
    dislikes: Picks = Field(default=[], description="As `likes`.")


class Credentials(_Body):
    """Who logs in."""

    login: Login
    password: Password


class PasswordChange(_Body):
    """Another password."""

    password: Password = Field(description="The present one.")
    new_password: NewPassword


class Confirmation(_Body):
    """That it is the account's person who asks."""

    password: Password


class OwnChange(_Body):
    """What people change of their own account; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"example": {"displayName": "Ann"}})

    display_name: Name | None = None


class AccountChange(OwnChange):
    """What admins change; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"example": {"isAdmin": True}})

    is_admin: bool | None = None
    is_disabled: bool | None = None


class Link(_Body):
    """The user of the data that an account is to speak for."""

    model_config = ConfigDict(json_schema_extra={"example": {"userId": "1"}})

    user_id: Id


class AccountAnswer(Answer):
    """An account, but for its password."""

    model_config = ConfigDict(json_schema_extra={"example": _ACCOUNT})

    account_id: str
    login: str
    display_name: str
    user_id: str = Field(description="Whose ratings, likes and recommendations are theirs.")
    is_linked: bool = Field(description="Whether an admin has linked it to a user of the data.")
    is_admin: bool
    created_at: Time
    disabled_at: Time | None

    @staticmethod
    def fields(account: Account) -> dict[str, Any]:
        """What is shown of an account."""
        names = ("account_id", "login", "display_name", "user_id", "is_linked", "is_admin", "created_at", "disabled_at")
        return {name: getattr(account, name) for name in names}


class Me(AccountAnswer):
    """The account that is logged in."""

    model_config = ConfigDict(json_schema_extra={"example": {**_ACCOUNT, "csrfToken": "5e88…"}})

    csrf_token: str = Field(
        description="To be sent as `X-CSRF-Token` with whatever changes something; another with each login."
    )


class Registered(AccountAnswer):
    """A new account."""

    model_config = ConfigDict(json_schema_extra={"example": {**_ACCOUNT, "csrfToken": "5e88…", "carriedOver": 1}})

    csrf_token: str | None = Field(description="As of who logs in; null where an admin made it for someone else.")
    carried_over: int = Field(description="So many picks became the user's. Those of movies that are gone do not.")


class SessionState(Answer):
    """Who is asking, and what the installation lets people do."""

    account: Me | None = Field(description="Who is logged in; null: nobody.")
    scopes: list[Scope] = Field(description="What the asker may do now, logged in or not.")
    page: str = Field(description="`open`: visitors may read; `accounts`: people log in first; `off`: nobody logs in.")
    registration: str = Field(description="`open` or `closed`.")
    posters_url: str | None = Field(description="What posters' paths stand below; null: none are shown.")


class AccountList(Answer):
    """Accounts by their ids."""

    items: list[AccountAnswer]
    next_cursor: str | None


class AccountExport(Answer):
    """All that is known of an account and its user."""

    account: AccountAnswer
    session: dict[str, Time] = Field(
        description="The session that asks: `createdAt`, `lastSeenAt`, `expiresAt`.",
        examples=[{"createdAt": "2026-11-21T20:15:00Z"}],
    )
    data: UserExport | None = Field(description="Of the user; null where there is none.")
