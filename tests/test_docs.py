"""What the documentation says is there, is there."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from services.ingest.settings import IngestSettings
from services.recommender.settings import RecommenderSettings
from services.trainer.settings import TrainerSettings
from shared.settings import QueueSettings

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def settings() -> set[str]:
    kinds: list[type[QueueSettings]] = [IngestSettings, RecommenderSettings, TrainerSettings]
    return {f"MARQUEE_{name.upper()}" for kind in kinds for name in kind.model_fields}


def test_the_example_environment_lists_every_setting_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert set(re.findall(r"^#?(MARQUEE_\w+)=", example, re.MULTILINE)) == settings()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text(encoding="utf-8"))

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_that_is_named_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    commands = {entry.name for entry in entry_points(group="marquee.commands")}

    assert set(re.findall(r"`(?:\w+=\S+ )*make ([a-z-]+)", text)) <= targets
    assert set(re.findall(r"(?:`|^|\s)(?:\.venv/bin/)?marquee ([a-z-]+)(?= |`|$)", text, re.MULTILINE)) <= commands
