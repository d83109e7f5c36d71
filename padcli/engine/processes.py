"""Worker processes of this machine, which share no interpreter: nothing of Python waits for anything else of it."""

import multiprocessing
import os
import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait


class ProcessEngine(ProcessPoolExecutor):
    """Runs tasks in processes, which are started anew, and so have no threads or locks of this one."""

    def __init__(self, n_workers: int, _: str = "") -> None:
        # Else Python would complain about semaphores where a signal ends the process, and remove them all the same.
        sys.warnoptions.append("ignore:resource_tracker:UserWarning")
        super().__init__(n_workers, multiprocessing.get_context("spawn"), initializer=_end_with_parent)
        self.capacity = n_workers


def _end_with_parent() -> None:
    """Let this process end as soon as the one that started it does, however that ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_wait, args=(parent.sentinel,), name="padcli-parent", daemon=True).start()


def _wait(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
