"""The demo's clock: a small JSON file that says how far the demo's time is from real time.

Contract with whoever reads it: `{"offset_seconds": float}`; a missing file or 0 means real
time. It is replaced in one step, so a reader never sees half of it.
"""

import json
import os
import tempfile
import time
from pathlib import Path


class Clock:
    """Reads and moves the demo's time. Without a file the time is real and cannot move."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    @property
    def movable(self) -> bool:
        return self.path is not None

    def offset(self) -> float:
        """Seconds to add to real time. Raises ValueError when the file is not as agreed."""
        if self.path is None or not self.path.exists():
            return 0.0
        try:
            return float(json.loads(self.path.read_text())["offset_seconds"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f'{self.path} does not hold {{"offset_seconds": number}}') from error

    def now(self) -> float:
        """The demo's time in epoch seconds."""
        return time.time() + self.offset()

    def set_offset(self, seconds: float) -> None:
        """Write the offset atomically. Raises RuntimeError when no clock file was named."""
        if self.path is None:
            raise RuntimeError("The sandbox was started without a clock file.")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".clock-")
        with os.fdopen(handle, "w") as file:
            json.dump({"offset_seconds": seconds}, file)
        # mkstemp makes the file private; the product may run as another user.
        fresh = Path(name)
        fresh.chmod(0o644)
        fresh.replace(self.path)
