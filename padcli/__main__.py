"""`python -m padcli`, and the `padcli` command."""

import os
import signal


def main() -> None:
    """Run the command line, and end the process with its exit status."""
    # Until there is something to clean up, Ctrl-C ends the process on the spot: an exception in the midst of the
    # import of a C extension has crashed it.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda *_: os._exit(128 + signal.SIGINT))
    # NumPy brings a library of linear algebra, whose threads would wait for work, spinning, that never comes.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from padcli import cli, standard_streams

    standard_streams.make_whole()
    status = cli.run()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done: too late
    os._exit(status)  # the interpreter would take a third of a second to tidy up what ends with it anyway


if __name__ == "__main__":
    main()
