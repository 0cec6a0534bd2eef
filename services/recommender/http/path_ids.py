"""Ids in paths: every one is checked by `check_id` where the path is matched, and refused alike."""

from starlette.convertors import Convertor, register_url_convertor

from shared.errors import InvalidInputError
from shared.ids import check_id


def checked_id(value: str) -> str:
    """`value` itself if it can be an id; for what reads bodies, which wants a ValueError for every fault."""
    try:
        return check_id(value)
    except InvalidInputError as error:
        raise ValueError(str(error)) from error


class PathId(Convertor[str]):
    """The rest of a path, or what stands before a known end of it, as an id.

    Args:
        name: of the id, for messages.
    """

    regex = r"[\s\S]*"  # slashes too, and line feeds, which `.` would leave to the `$` after it

    def __init__(self, name: str) -> None:
        self.name = name

    def convert(self, value: str) -> str:
        """The id.

        Raises:
            InvalidInputError: it can't be one.
        """
        return check_id(value, self.name)

    def to_string(self, value: str) -> str:
        """The id as it stands in a path."""
        return value


class SegmentId(PathId):
    """One segment of a path as an id."""

    regex = "[^/]+"


def register_path_ids() -> None:
    """Let routes name the kinds of ids, as in `{userId:userId}`. Needed before routes are made."""
    for made in (
        PathId("userId"),
        PathId("movieId"),
        SegmentId("jobId"),
        SegmentId("version"),
        SegmentId("scheduleId"),
        SegmentId("property"),
        SegmentId("keyId"),
        SegmentId("accountId"),
    ):
        register_url_convertor(made.name, made)
