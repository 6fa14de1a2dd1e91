"""What stands beside the threads of the demo: whom to call, and the house rules."""

from datetime import datetime

from core.db import transaction
from core.settings import LANGUAGES, Settings
from demo.cast import CONTENT, Facts, read_content
from forum import site_queries
from forum.helplines import LineWish, add_help_line
from forum.models import SiteTextKind
from forum.sitetexts import save_site_text, write_site_draft, write_site_files

TEXT_FILES = {"help.md": SiteTextKind.CRISIS_HELP, "rules.md": SiteTextKind.HOUSE_RULES}


def save_texts(settings: Settings, *, now: datetime) -> None:
    """Crisis help and the rules in each language. Opens its own transaction."""
    drafts = [
        write_site_draft(
            kind,
            language,
            body=(CONTENT / "texts" / language / name).read_text(encoding="utf-8").strip(),
            owner="Demo",
            reviewed_on=now.date(),
        )
        for language in LANGUAGES
        for name, kind in TEXT_FILES.items()
    ]
    with transaction():
        for draft in drafts:
            save_site_text(draft, actor=None, now=now)
        if not site_queries.all_help_lines():
            for facts in read_content("help.toml")["line"]:
                add_help_line(_line(facts, now=now), actor=None, now=now)
    write_site_files(settings.data_dir)


def _line(facts: Facts, *, now: datetime) -> LineWish:
    return LineWish(
        country=facts["country"],
        phone=facts["phone"],
        url=facts.get("url", ""),
        names=facts["name"],
        hours=facts["hours"],
        what_happens=facts["happens"],
        is_example=facts.get("is_example", False),
        owner="Demo",
        reviewed_on=now.date(),
    )
