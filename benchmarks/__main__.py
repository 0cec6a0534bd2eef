"""`make bench`: every measurement, one after the other."""

from benchmarks import quality, serving, stores


def main() -> None:
    """Print every table."""
    stores.main(["sqlite", "neo4j"])
    serving.main()
    quality.main(["ml-1m", "gowalla"])


if __name__ == "__main__":
    main()
