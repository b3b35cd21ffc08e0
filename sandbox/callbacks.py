"""The worker that carries out steps: it changes statuses and tells the app about them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sandbox.outbound import Answer, Unreachable, fetch, signed_request
from sandbox.steps import Step, Steps
from sandbox.store import now

log = logging.getLogger("sandbox.callbacks")

# Seconds to wait after each failed attempt; then the step is given up.
RETRY_AFTER = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
MOST_AT_ONCE = 16
LONGEST_NAP = 30.0

Before = Callable[[Step], Awaitable[None]]
After = Callable[[Step, Answer], Awaitable[None]]


class Callbacks:
    """Runs due steps until it is cancelled. Handlers are registered per kind of step.

    `before` runs each time the step is tried (it must be harmless to repeat); `after` runs
    once the app has answered 2xx.
    """

    def __init__(self, steps: Steps, *, token: str) -> None:
        self._steps = steps
        self._token = token
        self._wake = asyncio.Event()
        self._busy: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._before: dict[str, Before] = {}
        self._after: dict[str, After] = {}

    def register(self, kind: str, *, before: Before, after: After | None = None) -> None:
        self._before[kind] = before
        if after is not None:
            self._after[kind] = after

    def wake(self) -> None:
        """Look at the queue now: something was added."""
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._wake.clear()
            self._start_ready()
            try:
                await asyncio.wait_for(self._wake.wait(), self._nap())
            except TimeoutError:
                continue

    def _start_ready(self) -> None:
        room = MOST_AT_ONCE - len(self._busy)
        if room <= 0:
            return
        for step in self._steps.ready(at=now(), limit=room, busy=self._busy):
            self._busy.add(step.subject)
            task = asyncio.create_task(self._carry_out(step))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _nap(self) -> float:
        due_at = self._steps.next_due_at(after=now())
        return LONGEST_NAP if due_at is None else min(max(due_at - now(), 0.01), LONGEST_NAP)

    async def _carry_out(self, step: Step) -> None:
        try:
            await self._before[step.kind](step)
            await self._tell(step)
        except Exception:
            log.exception("step %s (%s) could not be carried out", step.id, step.kind)
            self._steps.finish(step, state="given_up", answer="sandbox error")
        finally:
            self._busy.discard(step.subject)
            self.wake()

    async def _tell(self, step: Step) -> None:
        if step.url is None:
            self._steps.finish(step, state="done", answer=None)
            return
        try:
            request = signed_request(
                url=step.url,
                method=step.method,
                params=step.params,
                token=self._token,
                idempotency_token=f"{step.subject}-{step.id}",
            )
            answer = await fetch(request)
        except Unreachable as error:
            self._failed(step, f"no answer ({error})")
            return
        if not answer.ok:
            self._failed(step, str(answer.status))
            return
        if step.kind in self._after:
            await self._after[step.kind](step, answer)
        self._steps.finish(step, state="done", answer=str(answer.status))

    def _failed(self, step: Step, reason: str) -> None:
        if step.attempts >= len(RETRY_AFTER):
            log.warning("step %s (%s) given up: %s", step.id, step.kind, reason)
            self._steps.finish(step, state="given_up", answer=reason)
            return
        log.info("step %s (%s) will be tried again: %s", step.id, step.kind, reason)
        self._steps.postpone(step, delay=RETRY_AFTER[step.attempts], answer=reason)

    async def settle(self, *, timeout: float) -> None:
        """Wait until the requests already on their way are answered, at most `timeout` s."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=timeout)

    async def first_attempt(self, step_id: int, *, timeout: float) -> Step | None:
        """Wait until the step was tried once, at most `timeout` seconds; the step as it is."""
        self.wake()
        deadline = now() + timeout
        while now() < deadline:
            step = self._steps.get(step_id)
            if step is None or step.attempts > 0:
                return step
            await asyncio.sleep(0.02)
        return self._steps.get(step_id)
