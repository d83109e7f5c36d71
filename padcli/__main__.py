"""`python -m padcli`, and the `padcli` command."""

import sys


def main() -> None:
    """Run the command line, and end the process with its exit status."""
    try:
        from padcli.cli import run

        status = run()
    except KeyboardInterrupt:  # while the modules above were imported
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()
