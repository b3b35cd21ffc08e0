"""The open telephone line: it plays the app's TwiML and carries key presses back."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urljoin

from sandbox.callbacks import Callbacks
from sandbox.calls import Call, Calls
from sandbox.outbound import Unreachable, fetch, signed_request
from sandbox.steps import Step, Steps
from sandbox.twiml import Gather, Hangup, Redirect, Say, TwimlError, parse_voice

log = logging.getLogger("sandbox.line")

MOST_DOCUMENTS = 25
# A reader needs as long as a listener, and a newcomer needs a moment to find the keys.
WORDS_PER_SECOND = 2.5
SHORTEST_WAIT_SECONDS = 30.0
KEYS = frozenset("0123456789*#")
APOLOGY = "We are sorry, an application error has occurred. Goodbye."
EMPTY = "<Response/>"


class WrongMoment(Exception):
    """The call is not in a state for this; the message says which state it is in."""


@dataclass(frozen=True)
class Place:
    """Where a call is in its TwiML: document, next verb, open question, digits so far."""

    url: str
    document: str
    next: int = 0
    gather: Mapping[str, Any] | None = None
    typed: str = ""


@dataclass(frozen=True)
class Jump:
    """Go on with another document, and tell it `extra`."""

    url: str
    method: str
    extra: Mapping[str, str]


def _place(call: Call) -> Place:
    return Place(**call.line) if call.line else Place(url="", document=EMPTY)


class Line:
    """Everything a person, or an answering machine, can do with a call."""

    def __init__(self, calls: Calls, steps: Steps, callbacks: Callbacks, *, token: str) -> None:
        self._calls = calls
        self._steps = steps
        self._callbacks = callbacks
        self._token = token
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        callbacks.register("call_status", before=calls.apply)
        callbacks.register("call_fate", before=self._decide)
        callbacks.register("gather_timeout", before=self._time_is_up)

    async def answer(self, sid: str) -> Call:
        """A person picks up. Raises KeyError, WrongMoment."""
        return await self._pick_up(sid, machine=False)

    async def voicemail(self, sid: str) -> Call:
        """An answering machine picks up and presses nothing. Raises KeyError, WrongMoment."""
        return await self._pick_up(sid, machine=True)

    async def press(self, sid: str, digits: str) -> Call:
        """Press keys one after another. Raises KeyError, WrongMoment, ValueError."""
        if not digits or not set(digits) <= KEYS:
            raise ValueError("Digits are 0 to 9, * and #.")
        async with self._locks[sid]:
            call = self._live(sid)
            self._calls.say(call, "patient", f"Presses {' '.join(digits)}")
            for digit in digits:
                await self._press_one(sid, digit)
        return self._calls.must_get(sid)

    async def stay_silent(self, sid: str) -> Call:
        """The open question's time runs out now. Raises KeyError, WrongMoment."""
        async with self._locks[sid]:
            call = self._live(sid)
            if _place(call).gather is None:
                raise WrongMoment("The clinic is not waiting for a key.")
            self._calls.say(call, "note", "Nobody pressed a key.")
            await self._gathered(call, "")
        return self._calls.must_get(sid)

    async def redirect(self, sid: str, form: Mapping[str, str]) -> None:
        """The app changes a live call's TwiML: `Url` and `Method`, or `Twiml`."""
        async with self._locks[sid]:
            call = self._live(sid)
            if form.get("Twiml"):
                await self._play(call, Place(url="", document=form["Twiml"]))
            else:
                await self._follow(call, Jump(form["Url"], form.get("Method", "POST"), {}))

    def finish(self, sid: str, status: str) -> Call:
        """End it: busy, no-answer (while it rings) or completed (hang up).

        Raises KeyError, WrongMoment.
        """
        call = self._calls.must_get(sid)
        if status == "completed" and call.ended:
            return call
        if (status == "completed") != call.live:
            raise WrongMoment(f"The call is {call.status}.")
        if status == "completed":
            self._calls.say(call, "patient", "Hangs up")
        ended = self._calls.end(call, status)
        self._callbacks.wake()
        return ended

    def _live(self, sid: str) -> Call:
        call = self._calls.must_get(sid)
        if not call.live:
            raise WrongMoment(f"The call is {call.status}.")
        return call

    async def _pick_up(self, sid: str, *, machine: bool) -> Call:
        async with self._locks[sid]:
            call = self._calls.must_get(sid)
            if not call.ringing:
                raise WrongMoment(f"The call is {call.status}.")
            call = self._calls.start(call, answered_by=_answered_by(call, machine=machine))
            self._calls.say(call, "note", "Voicemail picks up." if machine else "You pick up.")
            self._callbacks.wake()
            if call.request.get("Twiml"):
                await self._play(call, Place("", call.request["Twiml"]), machine=machine)
            else:
                jump = Jump(call.request["Url"], call.request.get("Method", "POST"), {})
                await self._follow(call, jump, machine=machine)
        return self._calls.must_get(sid)

    async def _press_one(self, sid: str, digit: str) -> None:
        call = self._calls.must_get(sid)
        place = _place(call)
        if not call.live or place.gather is None:
            return
        finish_on, wanted = place.gather["finish_on_key"], place.gather["num_digits"]
        finished = digit in finish_on
        typed = place.typed if finished else place.typed + digit
        if finished or (wanted is not None and len(typed) >= wanted):
            await self._gathered(call, typed)
        else:
            self._calls.save_line(call, asdict(replace(place, typed=typed)))

    async def _gathered(self, call: Call, typed: str, *, machine: bool = False) -> None:
        """A question is over: post its digits to its action, or go on when there are none."""
        place = _place(call)
        self._steps.cancel(subject=f"{call.sid}:gather")
        gather = place.gather or {}
        place = replace(place, gather=None, typed="")
        self._calls.save_line(call, asdict(place))
        if typed or gather.get("action_on_empty"):
            url = urljoin(place.url, gather["action"])
            extra = {"Digits": typed, "msg": "Gather End"}
            await self._follow(call, Jump(url, gather["method"], extra), machine=machine)
        else:
            await self._play(call, place, machine=machine)

    async def _follow(self, call: Call, jump: Jump, *, machine: bool = False) -> None:
        place = await self._load(call, jump)
        if place is not None:
            await self._play(call, place, machine=machine)

    async def _play(self, call: Call, place: Place, *, machine: bool = False) -> None:
        """Play documents until the call waits for a key or is over."""
        for _ in range(MOST_DOCUMENTS):
            try:
                jump = self._perform(call, place, machine=machine)
            except TwimlError as error:
                self._give_up(call, f"The app's TwiML cannot be played: {error}.")
                return
            if jump is None:
                return
            next_place = await self._load(call, jump)
            if next_place is None:
                return
            place = next_place
        self._give_up(call, f"The app redirected {MOST_DOCUMENTS} times without an end.")

    def _perform(self, call: Call, place: Place, *, machine: bool) -> Jump | None:
        """Play one document from `place`; where to jump, or None when waiting or over."""
        verbs = parse_voice(place.document)
        for number in range(place.next, len(verbs)):
            verb = verbs[number]
            if isinstance(verb, Say):
                self._speak(call, verb)
            elif isinstance(verb, Redirect):
                return Jump(urljoin(place.url, verb.url), verb.method, {})
            elif isinstance(verb, Hangup):
                break
            else:
                waiting = replace(place, next=number + 1, gather=_open_question(verb))
                if not machine:
                    self._ask(call, verb, waiting)
                    return None
                for prompt in verb.prompts:
                    self._speak(call, prompt)
                if verb.action_on_empty:
                    url = urljoin(place.url, verb.action)
                    return Jump(url, verb.method, {"Digits": "", "msg": "Gather End"})
        self._calls.say(call, "note", "The clinic hangs up.")
        self._calls.end(call, "completed")
        self._callbacks.wake()
        return None

    def _speak(self, call: Call, words: Say) -> None:
        self._calls.say(call, "note" if words.note else "clinic", words.text)

    def _ask(self, call: Call, question: Gather, place: Place) -> None:
        for prompt in question.prompts:
            self._speak(call, prompt)
        self._calls.save_line(call, asdict(place))
        words = sum(len(prompt.text.split()) for prompt in question.prompts)
        wait = max(words / WORDS_PER_SECOND + question.timeout, SHORTEST_WAIT_SECONDS)
        self._steps.add(subject=f"{call.sid}:gather", kind="gather_timeout", delay=wait)
        self._callbacks.wake()

    async def _load(self, call: Call, jump: Jump) -> Place | None:
        """Fetch the next document; None when the call ended meanwhile or cannot go on."""
        try:
            request = signed_request(
                url=jump.url,
                method=jump.method,
                params={**self._calls.params(self._calls.must_get(call.sid)), **jump.extra},
                token=self._token,
                idempotency_token=f"{call.sid}-{len(self._calls.utterances(call.sid))}",
            )
            answer = await fetch(request)
        except Unreachable as error:
            self._give_up(call, f"The app did not answer ({error}).")
            return None
        if not answer.ok:
            self._give_up(call, f"The app answered {answer.status} instead of TwiML.")
            return None
        if self._calls.must_get(call.sid).ended:
            return None
        return Place(url=answer.url, document=answer.body or EMPTY)

    def _give_up(self, call: Call, reason: str) -> None:
        log.warning("call %s: %s", call.sid, reason)
        self._calls.say(call, "clinic", APOLOGY)
        self._calls.say(call, "note", reason)
        self._calls.end(call, "completed")
        self._callbacks.wake()

    async def _decide(self, step: Step) -> None:
        """What a fault, or nobody being there, decides about a ringing call."""
        call = self._calls.get(step.subject.partition(":")[0])
        if call is None or not call.ringing:
            return
        if step.status == "voicemail":
            await self.voicemail(call.sid)
        else:
            self._calls.end(call, step.status.replace("_", "-"))
            self._callbacks.wake()

    async def _time_is_up(self, step: Step) -> None:
        sid = step.subject.partition(":")[0]
        async with self._locks[sid]:
            call = self._calls.get(sid)
            if call is None or not call.live or _place(call).gather is None:
                return
            self._calls.say(call, "note", "Nobody pressed a key in time.")
            await self._gathered(call, _place(call).typed)


def _answered_by(call: Call, *, machine: bool) -> str | None:
    """Twilio tells who answered only when the app asked for machine detection."""
    detection = call.request.get("MachineDetection", "")
    if detection not in ("Enable", "DetectMessageEnd"):
        return None
    if not machine:
        return "human"
    return "machine_end_beep" if detection == "DetectMessageEnd" else "machine_start"


def _open_question(gather: Gather) -> dict[str, Any]:
    return {
        "action": gather.action,
        "method": gather.method,
        "num_digits": gather.num_digits,
        "finish_on_key": gather.finish_on_key,
        "action_on_empty": gather.action_on_empty,
    }
