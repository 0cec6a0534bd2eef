from pathlib import Path

import pytest
from pydantic import SecretStr

from services.ingest.settings import IngestSettings
from shared.errors import InvalidInputError
from shared.settings import load


def test_without_settings_sources_lie_in_the_data_folder_and_come_from_grouplens() -> None:
    settings = IngestSettings()

    assert settings.roots == (Path("data").resolve(),)
    assert settings.ingest_hosts == ("files.grouplens.org",)
    assert settings.downloads == Path("data/downloads")


def test_folders_and_hosts_are_lists_with_commas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "real")
    monkeypatch.setenv("MARQUEE_INGEST_ROOTS", f"{tmp_path}/link, {tmp_path}/b,")
    monkeypatch.setenv("MARQUEE_INGEST_HOSTS", "a.example, b.example:8080")

    settings = load(IngestSettings)

    assert settings.roots == (tmp_path.resolve() / "real", tmp_path.resolve() / "b")
    assert settings.ingest_hosts == ("a.example", "b.example:8080")


def test_a_bound_that_is_none_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUEE_INGEST_MAX_DOWNLOAD_BYTES", "0")

    with pytest.raises(InvalidInputError, match="MARQUEE_INGEST_MAX_DOWNLOAD_BYTES"):
        load(IngestSettings)


def test_a_token_without_a_value_is_none() -> None:
    assert IngestSettings(tmdb_token=SecretStr("")).tmdb_token is None
