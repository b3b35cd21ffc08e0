"""What providers' error codes mean, as a table. Pure.

Twilio: https://www.twilio.com/docs/api/errors
"""

from enum import Enum


class Meaning(Enum):
    PERMANENT = "permanent"  # this address will never work
    RETRY_LATER = "retry_later"
    OTHER_CHANNEL = "other_channel"  # the person is there, this way is not
    OPTED_OUT = "opted_out"
    ALARM = "alarm"  # ours to fix, or not known


MEANINGS: dict[str, Meaning] = {
    "20003": Meaning.ALARM,  # authentication failed
    "20429": Meaning.RETRY_LATER,  # too many requests
    "21211": Meaning.PERMANENT,  # not a phone number
    "21408": Meaning.ALARM,  # region not enabled
    "21610": Meaning.OPTED_OUT,  # the recipient texted STOP
    "21611": Meaning.RETRY_LATER,  # our queue there is full
    "21614": Meaning.OTHER_CHANNEL,  # not a mobile number
    "21617": Meaning.ALARM,  # the body is too long
    "30001": Meaning.RETRY_LATER,  # queue overflow
    "30002": Meaning.ALARM,  # account suspended
    "30003": Meaning.OTHER_CHANNEL,  # handset unreachable
    "30004": Meaning.OTHER_CHANNEL,  # blocked by the recipient
    "30005": Meaning.PERMANENT,  # number unknown
    "30006": Meaning.OTHER_CHANNEL,  # landline
    "30007": Meaning.ALARM,  # filtered as spam by the carrier
    "30008": Meaning.OTHER_CHANNEL,  # unknown error
    # How a call ended without a key pressed, for which there is no code.
    "busy": Meaning.OTHER_CHANNEL,
    "no-answer": Meaning.OTHER_CHANNEL,
    "completed": Meaning.OTHER_CHANNEL,
    "smtp_4xx": Meaning.RETRY_LATER,
    "smtp_5xx": Meaning.PERMANENT,
}


# These say that the address will not do, for a text or a call alike.
ABOUT_THE_ADDRESS = frozenset({Meaning.PERMANENT, Meaning.OPTED_OUT})


def meaning_of(code: str) -> Meaning:
    """What to make of a provider's code; one we do not know is an alarm."""
    return MEANINGS.get(code, Meaning.ALARM)
