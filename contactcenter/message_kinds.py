"""Answers to what patients text us. They wait for these, so quiet hours do not hold them."""

from messaging.kinds import MessageKind

KINDS = [
    MessageKind(name, immediate=True, priority=1, fallback=False, channels=("sms",))
    for name in (
        "reminder_confirmed",
        "reminder_move",
        "reminder_call_back",
        "reminder_outdated",
        "inbox_received",
    )
]
