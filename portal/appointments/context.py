"""What somebody waits for, as the pages about their visits show it."""

from datetime import datetime

from people.models import User
from portal.words import visit_type_words
from scheduling.models import Appointment
from scheduling.waitlist.selectors.entries import entries_acted_for, open_offers


def listed_entries(
    user: User, *, now: datetime, visit: Appointment | None = None
) -> list[dict[str, object]]:
    """Each entry with its kind of visit, its clinics, and the open offer if there is one.

    With ``visit`` only those that wait for something sooner than this one.
    """
    offers = {offer.entry_id: offer for offer in open_offers(user, now=now)}
    entries = entries_acted_for(user, now=now)
    if visit is not None:
        entries = entries.filter(replaces=visit)
    return [
        {
            "entry": entry,
            "visit_type": visit_type_words(entry.visit_type),
            "sites": [site.name for site in entry.sites.all()],
            "offer": offers.get(entry.pk),
        }
        for entry in entries
    ]
