"""`python -m benchmarks`. Nothing is imported outside the guard: measured processes import this module, too."""

if __name__ == "__main__":
    from benchmarks.cli import main

    main()
