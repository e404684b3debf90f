"""SIGTERM and Ctrl-C as requests to finish the step and save."""

import signal
from types import FrameType


class StopRequest:
    """A context in which the first SIGTERM or SIGINT is only recorded; a second acts as usual.

    Attributes:
      exit_code: None until a signal arrives, then 128 + its number (143 or 130).
    """

    def __init__(self):
        self.exit_code: int | None = None
        self._previous = {}

    def __enter__(self) -> "StopRequest":
        for number in (signal.SIGTERM, signal.SIGINT):
            self._previous[number] = signal.signal(number, self._record)
        return self

    def __exit__(self, *exception) -> None:
        self._restore()

    def _record(self, number: int, frame: FrameType | None) -> None:
        self.exit_code = 128 + number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        self._previous = {}
