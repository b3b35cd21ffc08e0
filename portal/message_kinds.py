"""The one-time code that proves an address."""

from messaging.kinds import MessageKind

KINDS = [
    MessageKind(
        "one_time_code",
        immediate=True,
        secret=True,
        priority=0,
        fallback=False,
        channels=("sms", "email"),
    )
]
