"""The sandbox's parts, put together once and handed to every door."""

from dataclasses import dataclass

from starlette.requests import Request

from sandbox.callbacks import Callbacks
from sandbox.calls import Calls
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.letters import Letters
from sandbox.line import Line
from sandbox.messages import Messages
from sandbox.replies import Replies
from sandbox.settings import Settings
from sandbox.steps import Steps
from sandbox.store import Store
from sandbox.threads import Threads


@dataclass(frozen=True)
class Sandbox:
    """Everything the doors (REST API, control, pages, SMTP) work with."""

    settings: Settings
    store: Store
    clock: Clock
    steps: Steps
    callbacks: Callbacks
    faults: Faults
    messages: Messages
    calls: Calls
    letters: Letters
    line: Line
    replies: Replies
    threads: Threads

    async def reset(self) -> None:
        """Forget everything but the clock; nothing of the past reaches the app afterwards."""
        self.steps.cancel_all()
        await self.callbacks.settle(timeout=2)
        self.store.reset()

    def pulse(self) -> str:
        """A token that changes whenever a page might look different."""
        return f"{self.store.pulse()}-{self.clock.offset():g}"


def build_sandbox(settings: Settings) -> Sandbox:
    """Open the data folder and connect the parts. Needs a running event loop."""
    store = Store(settings.data / "sandbox.sqlite3")
    clock, steps = Clock(settings.clock_file), Steps(store)
    sid, token = settings.account_sid, settings.auth_token
    callbacks = Callbacks(steps, token=token)
    messages = Messages(store, steps, clock, account_sid=sid)
    calls = Calls(store, steps, clock, account_sid=sid)
    return Sandbox(
        settings=settings,
        store=store,
        clock=clock,
        steps=steps,
        callbacks=callbacks,
        faults=Faults(store),
        messages=messages,
        calls=calls,
        letters=Letters(store, clock),
        line=Line(calls, steps, callbacks, token=token),
        replies=Replies(messages, callbacks, url=settings.inbound_sms_url),
        threads=Threads(store, calls),
    )


def sandbox_of(request: Request) -> Sandbox:
    """The sandbox that serves this request."""
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox
