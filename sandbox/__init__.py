"""A stand-in for the outside world: Twilio, a mail server, patients' phones and mailboxes.

For development and tests only. It imports nothing of the product and the product imports
nothing of it; the two meet over HTTP and SMTP alone.
"""
