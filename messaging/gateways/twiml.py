"""What a call says, as TwiML."""

from twilio.twiml.voice_response import Gather, VoiceResponse

VOICES = {"en": "en-US", "es": "es-US"}


def ask_for_key(*, prompt: str, action: str, language: str) -> str:
    """Say something, and go on when a key is pressed. Without one, hang up."""
    response = VoiceResponse()
    gather = Gather(num_digits=1, action=action, method="POST", timeout=8)
    gather.say(prompt, language=VOICES.get(language, "en-US"))
    response.append(gather)
    response.hangup()
    return str(response)


def say_and_hang_up(*, words: str, language: str) -> str:
    response = VoiceResponse()
    response.say(words, language=VOICES.get(language, "en-US"))
    response.hangup()
    return str(response)
