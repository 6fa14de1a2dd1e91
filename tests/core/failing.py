"""What goes wrong around a worker, for its tests and those of the outbox: a call that fails each time."""

import threading
from typing import Any, NoReturn

WAIT = 20.0


class Killed(BaseException):
    """The process ends here: nothing that would tidy up gets to run."""


class Failing:
    """Stands in the place of a function and fails whenever it is called."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.calls: list[Any] = []
        self._was_tried_again = threading.Event()

    def __call__(self, *facts: Any, **named: Any) -> NoReturn:
        self.calls.append((*facts, *named.values()))
        if len(self.calls) > 1:
            self._was_tried_again.set()
        raise self.error

    def was_tried_again(self) -> bool:
        """Wait for whoever runs in another thread; False when nobody called a second time."""
        return self._was_tried_again.wait(WAIT)
