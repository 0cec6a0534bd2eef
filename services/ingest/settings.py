"""Settings of the ingest worker."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from shared.settings import QueueSettings, split_commas

GIBIBYTE = 2**30


class IngestSettings(QueueSettings):
    """Where sources may come from, where downloads are kept, and how large anything may be."""

    data_dir: Path = Path("data")
    """Downloads are kept in its folder `downloads`."""
    ingest_roots: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders, separated by commas, that a source given as a path must lie in; the data folder where none is named."""
    ingest_hosts: Annotated[tuple[str, ...], NoDecode] = ("files.grouplens.org",)
    """Hosts, separated by commas, that a URL may name: `host` for the usual ports, or `host:port`."""
    movielens_url: str = "https://files.grouplens.org/datasets/movielens"
    """Where a MovieLens name is downloaded from; its host is allowed, too."""
    tmdb_url: str = "https://api.themoviedb.org/3"
    """Where the source `tmdb-posters` asks where posters lie."""
    tmdb_token: SecretStr | None = None
    """An API read access token of TMDb."""
    ingest_max_download_bytes: int = Field(default=4 * GIBIBYTE, gt=0)  # the largest MovieLens zip has 0.34 GB
    ingest_max_unpacked_bytes: int = Field(default=16 * GIBIBYTE, gt=0)  # the largest MovieLens form has 1.6 GB
    ingest_connect_seconds: float = Field(default=5.0, gt=0)
    """How long a server may take to accept a connection."""
    ingest_read_seconds: float = Field(default=30.0, gt=0)
    """How long a server may send nothing in the middle of a download."""
    ingest_retry_seconds: float = Field(default=1.0, ge=0)
    """The wait before the first new try of a download; it doubles with each."""
    keep_jobs_days: float = Field(default=90.0, gt=0)
    """A clean-up removes jobs that ended longer ago; the newest 100 of each kind stay."""
    keep_versions: int = Field(default=20, ge=1)
    """A clean-up removes older model versions; the served one and those that can be activated stay."""

    @field_validator("tmdb_token")
    @classmethod
    def _or_none(cls, value: SecretStr | None) -> SecretStr | None:
        """Nothing (as a variable without a value is) is no token."""
        return value if value and value.get_secret_value() else None

    @field_validator("ingest_roots", "ingest_hosts", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:  # noqa: ANN401 - whatever the environment or the caller gives
        return split_commas(value)

    @property
    def roots(self) -> tuple[Path, ...]:
        """The folders that a source may lie in, links resolved."""
        return tuple(root.resolve() for root in self.ingest_roots or (self.data_dir,))

    @property
    def downloads(self) -> Path:
        """Where downloads are kept."""
        return self.data_dir / "downloads"
