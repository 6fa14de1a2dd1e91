"""What whom a student brings into a live talk leaves behind: what the student calls them, why the
professional said no, and what they say.
"""

import html
import re

from tests.counselling.bringing import JOINED
from tests.journeys.scene import Scene
from tests.people import hidden_fields, post_form


def bringing_somebody(scene: Scene, sentence: str) -> None:
    """Into a talk that is over afterwards."""
    anna, nora = scene.stage.anna, scene.stage.nora
    own, room = f"{scene.stage.conversation}/live", f"{scene.stage.case}/live"
    agreed = {"who": "professional", "minutes": "30", "line": ""}
    assert post_form(anna, own, {}).status_code == 303
    assert post_form(nora, room, agreed).status_code == 303
    for _turn in range(2):
        assert post_form(anna, f"{own}/people", {"name": sentence}).status_code == 303
    said_no, said_yes = re.findall(r'id="person-([0-9a-z]{13})"', anna.get(f"{own}/people").text)
    people = f"{room}/people"
    reason = {"reason": sentence}
    assert post_form(nora, f"{people}/{said_no}/refuse", reason, page=people).status_code == 303
    assert post_form(nora, f"{people}/{said_yes}/approve", {}, page=people).status_code == 303
    found = re.search(rf'id="link-{said_yes}"[^>]*>([^<]*)<', anna.get(f"{own}/people").text)
    assert found is not None
    link = html.unescape(found.group(1)).removeprefix("http://localhost")
    sister = scene.app.test_client()
    assert post_form(sister, link, {}).status_code == 303
    fields = hidden_fields(sister.get(JOINED).text, action=f"{JOINED}/lines")
    assert sister.post(f"{JOINED}/lines", data=fields | {"body": sentence}).status_code == 303
    assert sentence in sister.get(JOINED).text
    assert sister.post(f"{JOINED}/lines", data=fields | {"body": sentence * 400}).status_code == 422
    assert post_form(anna, f"{own}/end", {}, page=own).status_code == 303
    assert sister.post(f"{JOINED}/lines", data=fields | {"body": sentence}).status_code == 409
