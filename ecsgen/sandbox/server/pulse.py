"""One look at all containers of the sandbox, a few times a second, shared by everything that waits for one of them."""

from __future__ import annotations

import logging
import threading
import time

from docker.errors import DockerException
from requests.exceptions import RequestException

from ecsgen.sandbox.server.engine import Engine, Seen, explain

logger = logging.getLogger("ecsgen.sandbox.pulse")

SECONDS = 0.4


class Pulse:
    """The newest states. Looks only while somebody watches, so an idle sandbox costs nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changed = threading.Condition()
        self._watchers = 0
        self._states: dict[str, Seen] = {}
        self._taken_at = 0.0
        threading.Thread(target=self._look, name="pulse", daemon=True).start()

    def __enter__(self) -> Pulse:
        with self._changed:
            self._watchers += 1
            self._changed.notify_all()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._watchers -= 1

    def after(self, moment: float, seconds: float = 5.0) -> dict[str, Seen] | None:
        """The states as they were seen after `moment` (time.monotonic); None when none came in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._taken_at > moment, seconds)
            return self._states if self._taken_at > moment else None

    def _look(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._watchers > 0)
            started = time.monotonic()
            try:
                states = self._engine.states()
            except (DockerException, RequestException) as error:
                # An engine that does not answer is no evidence that a container ended.
                logger.warning("the Docker Engine does not answer: %s", explain(error))
            else:
                with self._changed:
                    self._states, self._taken_at = states, started
                    self._changed.notify_all()
            time.sleep(SECONDS)
