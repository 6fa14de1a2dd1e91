"""Whom a student brings into a live talk, in each state that a page shows."""

from accounts.models import Staff
from core.clock import utcnow
from counselling.live.lines import say_as_trusted
from counselling.models import Case
from counselling.trusted.inviting import approve_person, ask_for_person
from counselling.trusted.joining import come_in
from counselling.trusted.names import link_of
from tests.browser.site import Site


def bring_people(site: Site, case: Case, actor: Staff) -> dict[str, str]:
    """One is asked for, one may come in, and one is in and has said something."""
    asked, invited, joined = (
        ask_for_person(case, name, now=utcnow()) for name in ("my brother", "a friend from home", "my sister")
    )
    for person in (invited, joined):
        approve_person(case, person, actor=actor, now=utcnow())
    ids = {"asked_person": asked.id, "talk_link": link_of(case, invited)}
    come_in(link_of(case, joined), form_id="", now=utcnow())
    say_as_trusted(case, joined, "Good evening to both of you.", sent_id="1", now=utcnow())
    site.brought = joined.id
    return ids
