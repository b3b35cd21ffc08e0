"""Facts about people and their proofs."""


class CodeRefused(Exception):
    """A one-time code did not prove the address: wrong, expired, used, or another browser's."""


class TooManyCodes(Exception):
    """So many codes were asked for that no more are sent for a while."""


class NotAllowed(Exception):
    """This account may not act for this person."""


class AddressTaken(Exception):
    """Another account has already proven this address."""
