"""TwiML read into plain values: what to say, what to ask, where to go next."""

from dataclasses import dataclass
from xml.etree import ElementTree

DEFAULT_GATHER_TIMEOUT = 5.0


class TwimlError(ValueError):
    """The document is not TwiML; the message says why."""


@dataclass(frozen=True)
class Say:
    """Words for the person. `note` is True for sounds described in words."""

    text: str
    note: bool = False


@dataclass(frozen=True)
class Gather:
    """A question answered on the key pad. `timeout` in seconds, `num_digits` None = any."""

    prompts: tuple[Say, ...]
    action: str
    method: str
    num_digits: int | None
    finish_on_key: str
    timeout: float
    action_on_empty: bool


@dataclass(frozen=True)
class Redirect:
    url: str
    method: str


@dataclass(frozen=True)
class Hangup:
    pass


Verb = Say | Gather | Redirect | Hangup


def _words(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _method(element: ElementTree.Element) -> str:
    return element.get("method", "POST").upper()


def _spoken(element: ElementTree.Element) -> Say:
    """Say, Pause, Play and Record as text; anything else as a note that it was skipped."""
    if element.tag == "Say":
        return Say(_words(element))
    if element.tag == "Pause":
        return Say(f"Pause, {element.get('length', '1')} s", note=True)
    if element.tag == "Play":
        digits = element.get("digits")
        what = f"tones {digits}" if digits else _words(element)
        return Say(f"Plays {what}", note=True)
    if element.tag == "Record":
        return Say("Beep. The clinic records; nobody speaks here, so it goes on.", note=True)
    return Say(f"<{element.tag}> is not played by the sandbox", note=True)


def _gather(element: ElementTree.Element) -> Gather:
    try:
        digits = element.get("numDigits")
        timeout = element.get("timeout", str(DEFAULT_GATHER_TIMEOUT))
        return Gather(
            prompts=tuple(_spoken(child) for child in element),
            action=element.get("action", ""),
            method=_method(element),
            num_digits=int(digits) if digits else None,
            finish_on_key=element.get("finishOnKey", "#"),
            timeout=DEFAULT_GATHER_TIMEOUT if timeout == "auto" else float(timeout),
            action_on_empty=element.get("actionOnEmptyResult") == "true",
        )
    except ValueError as error:
        raise TwimlError("<Gather> has a number that is not one") from error


def _verb(element: ElementTree.Element) -> Verb:
    if element.tag == "Gather":
        return _gather(element)
    if element.tag == "Redirect":
        return Redirect(_words(element), _method(element))
    if element.tag in ("Hangup", "Reject"):
        return Hangup()
    return _spoken(element)


def _root(document: str) -> ElementTree.Element:
    try:
        root = ElementTree.fromstring(document.strip())  # noqa: S314 (from the app under test)
    except ElementTree.ParseError as error:
        raise TwimlError(f"not well-formed XML ({error})") from error
    if root.tag != "Response":
        raise TwimlError(f"<{root.tag}> where <Response> belongs")
    return root


def parse_voice(document: str) -> list[Verb]:
    """The verbs of a voice document, in order. Raises TwimlError."""
    return [_verb(element) for element in _root(document)]


def parse_messages(document: str) -> list[str]:
    """The texts of a messaging document's <Message> verbs. Raises TwimlError."""
    bodies = []
    for element in _root(document).iter("Message"):
        body = element.find("Body")
        bodies.append(_words(body) if body is not None else _words(element))
    return [body for body in bodies if body]
