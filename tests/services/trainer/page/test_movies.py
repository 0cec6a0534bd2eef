import numpy as np

from services.trainer.page.movies import read_map_data
from shared.graph import Graph
from shared.graph.columns import objects
from shared.schema import GENRE, IN_GENRE, MOVIE


def test_the_most_liked_movies_come_first_with_their_titles_and_genres(sqlite_graph: Graph) -> None:
    sqlite_graph.put_nodes(MOVIE, {"movieId": objects(["a", "b", "c", "d"]), "title": objects(["A", None, "C", "D"])})
    sqlite_graph.put_nodes(GENRE, {"name": objects(["War", "Drama"])})
    sqlite_graph.put_edges(IN_GENRE, objects(["a", "c", "c"]), objects(["War", "War", "Drama"]), {})
    vectors = np.arange(10, dtype=np.float32).reshape(5, 2)

    found = read_map_data(sqlite_graph, objects(["a", "b", "c", "d", "gone"]), vectors, np.array([1, 5, 3, 0, 9]))

    assert found.movie_ids == ["b", "c", "a"]
    assert found.titles == [None, "C", "A"]
    assert found.vectors.tolist() == [[2, 3], [4, 5], [0, 1]]
    assert [sorted(genres) for genres in found.genres] == [[], ["Drama", "War"], ["War"]]
