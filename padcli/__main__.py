"""`python -m padcli`, and the `padcli` command."""

import os
import signal

# First of all: until the others are set, Ctrl-C ends the process without a traceback. Before this line it is Python's.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, lambda number, _: os._exit(128 + number))

import sys

from padcli import interrupts


class _WithoutPandas:
    """pyarrow would import pandas, where it is installed, to ask whether a list is one of its series: half a second."""

    def find_spec(self, name: str, path: object, target: object = None) -> None:  # noqa: ARG002 (see importlib.abc)
        """Raise `ModuleNotFoundError` for pandas."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def main() -> None:
    """Run the command line, and end the process with its exit status."""
    interrupts.end_process()
    # NumPy brings a library of linear algebra, whose threads would wait for work, spinning, that never comes.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["RUST_BACKTRACE"] = "0"  # errors of libraries are told in a sentence, where they are caught
    sys.meta_path.insert(0, _WithoutPandas())
    from padcli.cli import commands
    from padcli.files import standard_streams

    standard_streams.make_whole()
    status = commands.run()
    interrupts.come_too_late()
    interrupts.clean_up_now()
    os._exit(status)  # the interpreter would take a third of a second to tidy up what ends with it anyway


if __name__ == "__main__":
    main()
