import io

import pytest
from PIL import Image

from tests.page.differences import in_words, part_that_differs


def picture(width: int, height: int, *, black: int = 0, grey: int = 0) -> bytes:
    """White, but for so many columns."""
    image = Image.new("RGB", (width, height), "white")
    image.paste((0, 0, 0), (0, 0, black, height))
    image.paste((240, 240, 240), (black, 0, black + grey, height))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("after", "part"),
    [
        (picture(100, 50), 0.0),
        (picture(100, 50, grey=40), 0.0),  # not seen
        (picture(100, 50, black=25), 0.25),
        (picture(100, 100), 0.5),  # longer
    ],
)
def test_the_part_that_differs_is_that_of_pixels(after: bytes, part: float) -> None:
    assert part_that_differs(picture(100, 50), after) == pytest.approx(part)


def test_much_is_to_be_looked_at() -> None:
    assert [in_words(part) for part in (0.0, 0.004, 0.25)] == ["as before", "0.4% differs", "25.0% differs: LOOK AT IT"]
