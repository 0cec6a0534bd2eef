"""API keys, as they are answered."""

from pydantic import Field

from services.recommender.bodies.answer import Answer, Time
from shared.keys import Scope


class KeyAnswer(Answer):
    """An API key, but for the key itself."""

    key_id: str = Field(examples=["3fa9c2d1"])
    name: str = Field(examples=["the shop"])
    scopes: list[Scope]
    user_id: str | None = Field(description="The one user whose data it may read and write; null: everyone's.")
    rate_per_minute: int | None = Field(description="How many requests it may send; null: as the setting says.")
    created_at: Time
    expires_at: Time | None
    revoked_at: Time | None
    is_valid: bool = Field(description="Whether it is neither revoked nor expired.")


class NewKey(KeyAnswer):
    """A new API key."""

    key: str = Field(description="Shown once.", examples=["mq_3fa9c2d1_…"])


class KeyList(Answer):
    """API keys, newest first."""

    items: list[KeyAnswer]
