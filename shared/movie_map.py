"""The map of a version's movies: where each lies in the plane, and in whose colour it is shown.

The trainer lays it out and keeps it with the version; the recommender hands it out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

EXTENT: Final = 10_000
"""The longer side of a map: places are whole numbers from 0 to it, so that 5,000 movies take some 100 kB as JSON."""


@dataclass(frozen=True, slots=True)
class MovieMap:
    """The movies of a map, the most liked first.

    Attributes:
        movie_ids: of each.
        x: of each, 0 to `EXTENT`, to the right.
        y: of each, 0 to `EXTENT`, upwards.
        genres: the one genre that each is coloured by; None where it has none that has a colour.
    """

    movie_ids: Sequence[str]
    x: Sequence[int]
    y: Sequence[int]
    genres: Sequence[str | None]

    def __len__(self) -> int:
        return len(self.movie_ids)

    def to_json(self) -> str:
        """As it is kept in the graph: columns, each genre's name once.

        >>> MovieMap(["7", "8"], [0, 9], [5, 1], ["War", None]).to_json()
        '{"movieIds":["7","8"],"x":[0,9],"y":[5,1],"names":["War"],"genres":[0,-1]}'
        """
        names = list(dict.fromkeys(genre for genre in self.genres if genre is not None))
        number = {name: place for place, name in enumerate(names)}
        columns = {
            "movieIds": list(self.movie_ids),
            "x": list(self.x),
            "y": list(self.y),
            "names": names,
            "genres": [-1 if genre is None else number[genre] for genre in self.genres],
        }
        return json.dumps(columns, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "MovieMap":
        """What `to_json` wrote."""
        columns = json.loads(text)
        genres = [None if number < 0 else columns["names"][number] for number in columns["genres"]]
        return cls(columns["movieIds"], columns["x"], columns["y"], genres)
