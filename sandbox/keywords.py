"""The words carriers and Twilio act on by themselves, and what they answer to the phone."""

STOP_WORDS = frozenset(
    ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT")
)
START_WORDS = frozenset(("START", "YES", "UNSTOP"))
HELP_WORDS = frozenset(("HELP", "INFO"))
STOP_ANSWER = "You are unsubscribed and will get no more messages. Reply START to get them again."
START_ANSWER = "You are subscribed again. Reply HELP for help. Reply STOP to unsubscribe."
HELP_ANSWER = "Reply STOP to unsubscribe. Message and data rates may apply."
