"""What can become of handing a message to a provider."""


class NotProcessed(Exception):
    """The provider provably did not take it (connection refused, 429): trying again is safe."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Refused(Exception):
    """The provider said no, with a code of its own (see ``messaging.rules.provider_errors``)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class OutcomeUnknown(Exception):
    """Asked, and no answer that tells: timeout, reset, 5xx. Must be reconciled, never resent."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MissingWords(Exception):
    """No template for a kind of message on a channel: a mistake of ours, found by a test."""
