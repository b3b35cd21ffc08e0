"""X-Twilio-Signature, computed from Twilio's description of it, not with Twilio's library.

Source: Twilio, "Webhooks security": the full URL, then every POST parameter sorted by name
with name and value joined without separators, HMAC-SHA1 under the auth token, base64.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping

HEADER = "X-Twilio-Signature"


def sign(*, token: str, url: str, params: Mapping[str, str]) -> str:
    """The signature for a request to `url` (exactly as sent) with form fields `params`."""
    message = url + "".join(name + params[name] for name in sorted(params))
    digest = hmac.new(token.encode(), message.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
