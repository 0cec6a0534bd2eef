"""Users as they are written and shown over REST."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from services.recommender.bodies.answer import Answer, Time
from services.recommender.bodies.movies import MAX_ITEMS, Id
from shared.graph import Graph
from shared.users import FIELDS, UserChange, export_user

_EXAMPLE: Final[dict[str, Any]] = {"gender": "F", "age": 35, "occupation": "scientist"}


class UserBody(BaseModel):
    """A user as they are to be."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        strict=True,
        json_schema_extra={"example": _EXAMPLE},
    )

    gender: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    age: Annotated[int, Field(ge=0, le=150)] | None = None
    occupation: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    def change(self, user_id: str, *, is_whole: bool) -> UserChange:
        """What it changes: all of the user where it `is_whole`, and else what was given."""
        names = FIELDS if is_whole else [name for name in FIELDS if name in self.model_fields_set]
        return UserChange(user_id, {name: getattr(self, name) for name in names})


class UserItem(UserBody):
    """A user of a batch."""

    model_config = ConfigDict(json_schema_extra={"example": {"userId": "1", **_EXAMPLE}})

    user_id: Id


class UserBatch(BaseModel):
    """Users that are written all together or not at all."""

    model_config = ConfigDict(extra="forbid", strict=True)

    items: Annotated[list[UserItem], Field(min_length=1, max_length=MAX_ITEMS)]


class UserAnswer(Answer):
    """A user."""

    model_config = ConfigDict(json_schema_extra={"example": {"userId": "1", **_EXAMPLE}})

    user_id: str
    gender: str | None
    age: int | None
    occupation: str | None


class UserList(Answer):
    """Users by their ids."""

    items: list[UserAnswer]
    next_cursor: str | None = Field(description="Where the next page begins; null after the last.")


class UserExport(Answer):
    """All that the graph holds of a user."""

    user: UserAnswer
    relationships: dict[str, list[dict[str, Any]]] = Field(
        description="By type: each with its movie and its properties; times are milliseconds since 1970 in UTC.",
        examples=[{"RATED": [{"movieId": "1", "rating": 4.5, "ratedAt": 964982703000}]}],
    )
    exported_at: Time

    @classmethod
    def read(cls, graph: Graph, user_id: str) -> "UserExport":
        """All that `graph` holds of a user.

        Raises:
            NotFoundError: there is no such user.
        """
        known = export_user(graph, user_id)
        user = UserAnswer.model_validate(known["user"])
        return cls(user=user, relationships=known["relationships"], exported_at=graph.now())
