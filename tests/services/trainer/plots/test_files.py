import re
from pathlib import Path
from xml.etree import ElementTree as ET

from matplotlib.figure import Figure

from services.trainer.plots.files import inline_svg, save
from services.trainer.plots.style import drawing, new_figure

HOSTILE = '<script>alert("1")</script> & $x^'


def figure() -> Figure:
    made, axes = new_figure(2.0)
    axes.plot([0, 1], [0, 1], "o", label="points")
    axes.set_title(HOSTILE)
    return made


def test_a_figure_is_saved_as_png_and_as_the_same_svg_each_time(tmp_path: Path) -> None:
    with drawing():
        for folder in ("a", "b"):
            (tmp_path / folder).mkdir()
            save(figure(), tmp_path / folder / "plot")

    assert (tmp_path / "a" / "plot.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "a" / "plot.svg").read_bytes() == (tmp_path / "b" / "plot.svg").read_bytes()
    assert "DejaVu Sans" in (tmp_path / "a" / "plot.svg").read_text(encoding="utf-8")


def test_an_svg_within_a_page_names_no_address_and_takes_the_pages_colours() -> None:
    with drawing():
        svg = inline_svg(figure(), "plot", "what is seen")

    assert "http" not in svg
    assert "var(--ink)" in svg
    root = ET.fromstring(svg)  # noqa: S314 - our own
    assert (root.tag, root.attrib["aria-label"]) == ("svg", "what is seen")
    assert HOSTILE in [element.text for element in root.iter("text")]
    assert "<script" not in svg
    hrefs = {element.attrib["href"] for element in root.iter("use")}
    assert hrefs
    assert hrefs <= {f"#{element.attrib['id']}" for element in root.iter() if "id" in element.attrib}


def test_ids_of_two_plots_of_a_page_differ() -> None:
    with drawing():
        one, other = (re.findall(r' id="([^"]+)"', inline_svg(figure(), name, "")) for name in ("one", "other"))

    assert one
    assert not set(one) & set(other)
