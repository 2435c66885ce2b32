"""Companion: a process beside the worker, with a Python lock of its own, for what needs arrays alone."""

from __future__ import annotations

import atexit
import importlib
import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, ParamSpec, TypeVar

from fead_desktop.errors import WorkerDiedError
from fead_desktop.models.device import prepare_process
from fead_desktop.progress import Progress

Given = ParamSpec("Given")
Result = TypeVar("Result")

_POLL_S = 0.1

#: Each holds scikit-learn and UMAP: 300 MB.
_MOST_PROCESSES = 4

_PACKAGES = ("sklearn.ensemble", "sklearn.neighbors", "sklearn.svm")


class Companion:
    """Works on what is submitted while the worker goes on; ends when the worker does, however that ends.

    Importing and running UMAP and scikit-learn is mostly Python: in a thread they and the faces' networks would
    take turns at one lock, with a core idle.
    """

    def __init__(self, processes: int):
        self._executor = ProcessPoolExecutor(
            max_workers=max(1, min(processes, _MOST_PROCESSES)),
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_begin,
        )
        self._futures: list[Future[Any]] = []

    def start(self) -> None:
        """Begin importing what will be needed."""
        self.submit(_import_packages)

    def submit(
        self, work: Callable[Given, Result], *given: Given.args, **named: Given.kwargs
    ) -> Future[Result]:
        """Call a function of a module with arguments that can be pickled."""
        future = self._executor.submit(work, *given, **named)
        self._futures.append(future)
        return future

    def close(self) -> None:
        """End at once, whatever is under way."""
        if not all(future.done() for future in self._futures):
            # The executor can only wait for its processes; the worker has no other children.
            for process in multiprocessing.active_children():
                process.terminate()
        self._executor.shutdown(cancel_futures=True)


def result_of(future: Future[Result], progress: Progress) -> Result:
    """Wait for a result of a companion, or until the analyst cancels.

    Raises
    ------
    WorkerDiedError
        When its process ended without one.
    """
    while True:
        progress.raise_if_cancelled()
        try:
            return future.result(timeout=_POLL_S)
        except TimeoutError:
            if future.done():
                raise
        except BrokenProcessPool as error:
            raise WorkerDiedError(
                "The process that scores the persons ended unexpectedly, perhaps for want of memory; "
                "what was done is kept. Close other programs and start the analysis again."
            ) from error


def _begin() -> None:
    prepare_process()
    # Nothing is left to clean up, and to tear the packages down takes most of a second.
    atexit.register(os._exit, 0)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _import_packages() -> None:
    from fead_desktop.features.components import import_umap

    import_umap()
    for name in _PACKAGES:
        importlib.import_module(name)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
