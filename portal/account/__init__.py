"""Who the patient is: signing in, proving a phone or an e-mail, their details."""
