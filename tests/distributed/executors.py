"""Executors as users have them, for `--engine entry:executors:NAME`."""

import multiprocessing
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path


def processes():
    """Two processes of the standard library."""
    return ProcessPoolExecutor(2, multiprocessing.get_context("spawn"))


def mpi():
    """Two processes of MPI, which it starts itself."""
    from mpi4py.futures import MPIPoolExecutor

    return MPIPoolExecutor(2)


def submitit():
    """A process for each task, as on a cluster of Slurm."""
    from submitit import LocalExecutor

    return LocalExecutor(tempfile.mkdtemp(dir=os.environ["PADCLI_NOTES"]))


def no_executor():
    return 7


def failing():
    raise RuntimeError("no licence for so many cores")


def hooked():
    """Two processes to which happens what `PADCLI_WORKER_HOOKS` says, and not to this one."""
    os.environ["PADCLI_HOOKS"] = os.environ["PADCLI_WORKER_HOOKS"]
    os.environ["PYTHONPATH"] = f"{Path(__file__).parent / 'hooks'}{os.pathsep}{os.environ['PYTHONPATH']}"
    return processes()
