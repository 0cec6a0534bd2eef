"""`python -m shared.cli` is `marquee`."""

from shared.cli import main

if __name__ == "__main__":
    main()
