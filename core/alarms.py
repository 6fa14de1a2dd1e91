"""What staff must see of keys and of what lies under them: sentences without a word of content."""

from pathlib import Path

from flask import current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from core.keychange import is_change_unfinished
from core.keys import CASE, Keyring
from core.unreadable import damaged_places


def sealed_alarms(*, data_dir: Path, keys_dir: Path) -> list[str]:
    """Cases that are closed because their key is away, a change of it that was broken off, and what cannot
    be opened.
    """
    keys: Keyring | None = current_app.extensions.get("stoa_keys")
    sentences = []
    if keys is not None and keys.case is None and not (keys_dir / CASE).exists():
        sentences.append(
            _(
                "Cases are closed: the file with their key is away. Nothing is lost. Tell whoever runs this "
                "service."
            )
        )
    if is_change_unfinished(keys_dir):
        sentences.append(
            _(
                "The key of cases is being changed, or that was broken off. Everything can be read. If this "
                "stays, tell whoever runs this service."
            )
        )
    count = len(damaged_places(data_dir))
    if count:
        sentences.append(
            ngettext(
                "Something that lies sealed cannot be opened. Tell whoever runs this service: the log says "
                "where it is.",
                "Something that lies sealed cannot be opened, at %(num)s places. Tell whoever runs this "
                "service: the log says where.",
                count,
            )
        )
    return sentences
