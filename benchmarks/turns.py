"""The domain functions for many clients, by a few processes: first come, first served.

As the web server does it, without HTTP: whoever waits for a turn does not wait in the database.
"""

import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from django.db import connections

from config import interpreter

# Two for each core: while one waits for the database, the other has something to do.
PROCESSES = 2 * (os.cpu_count() or 1)


@contextmanager
def taking_turns() -> Iterator[ProcessPoolExecutor]:
    """Processes with a connection each, all of which have begun."""
    connections.close_all()
    with ProcessPoolExecutor(
        PROCESSES, multiprocessing.get_context("fork"), initializer=interpreter.settle
    ) as pool:
        list(pool.map(time.sleep, [0.1] * PROCESSES))
        yield pool
