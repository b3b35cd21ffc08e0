"""Time-based one-time passwords: RFC 6238 with its defaults (30 s, SHA-1, 6 digits)."""

import base64
import hashlib
import hmac

PERIOD = 30


def totp(secret: str, at: float) -> str:
    """The six digits for base32 `secret` at epoch seconds `at`.

    Raises ValueError (binascii.Error) when the secret is not base32.
    """
    compact = secret.replace(" ", "").upper()
    key = base64.b32decode(compact + "=" * (-len(compact) % 8))
    counter = int(at // PERIOD).to_bytes(8, "big")
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def seconds_left(at: float) -> int:
    """Whole seconds until the code changes, 1 to 30."""
    return PERIOD - int(at % PERIOD)
