"""What is kept of a secret: enough to recognize it, not enough to use it."""

import hmac

from django.conf import settings


def keyed_hash(secret: str) -> str:
    """HMAC-SHA-256 with this installation's key, as 64 hexadecimal digits."""
    return _hash(settings.SECRET_KEY, secret)


def keyed_hashes(secret: str) -> list[str]:
    """With the key of today and those it replaced: what was kept then is still recognized."""
    return [_hash(key, secret) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _hash(key: str, secret: str) -> str:
    return hmac.new(key.encode(), secret.encode(), "sha256").hexdigest()
