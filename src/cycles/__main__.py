"""`python -m cycles` and the `cycles` command."""

from cycles.runs.commandline import main

if __name__ == "__main__":
    main()
