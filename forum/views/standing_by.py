"""What a student can do beside writing: stand by a writer with a few words, follow a thread, mute a name.

Each form says the state that is wanted and not "the other one", so that a double click or a second tab does
what was shown.
"""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_student, requires, signed_in, student_or_none
from accounts.keeping import own_key
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.ids import MalformedId, decode_id
from core.limits import limiter
from core.refusals import Missing, Refusal
from forum import access
from forum.following import follow, unfollow
from forum.models import ReactionKind
from forum.muting import mute, unmute
from forum.reactions import react
from forum.views import bp
from forum.views.posts import post_address

OFTEN = "120 per minute"


class NotOneOfTheWords(Refusal):
    """A reaction is one of a few words."""

    status = 422

    @property
    def sentence(self) -> str:
        return _("Please choose one of the answers.")


def _is_wanted() -> bool:
    """The state that the form asks for. A button of its own carries it in its address."""
    return request.values.get("wanted", "on") != "off"


def _kind() -> ReactionKind:
    try:
        return ReactionKind(request.form.get("kind", ""))
    except ValueError as error:
        raise NotOneOfTheWords from error


@bp.post("/p/<public_id:post_id>/react")
@requires(Permission.KEEP_OWN)
@limiter.limit(OFTEN)
def react_to_post(post_id: str) -> ResponseReturnValue:
    """Stand by a post with a few words, or take them back."""
    with transaction():
        actor = current_student()
        post = access.post_to_react_to(post_id, reader=actor)
        react(post, _kind(), wanted=_is_wanted(), actor=actor, now=utcnow())
        location = post_address(post)
    return redirect(location, code=303)


@bp.post("/t/<public_id:thread_id>/follow")
@requires(Permission.KEEP_OWN)
@limiter.limit(OFTEN)
def follow_thread(thread_id: str) -> ResponseReturnValue:
    """Follow a thread, or stop."""
    key = own_key(signed_in())
    with transaction():
        actor = current_student()
        if _is_wanted():
            follow(access.readable_thread(thread_id, reader=actor), actor=actor, key=key)
        else:
            unfollow(thread_id, actor=actor, key=key)
    if request.form.get("from") == "mine":
        return redirect(url_for(".show_mine", _anchor="follows"), code=303)
    return redirect(
        url_for(".show_thread", thread_id=thread_id, after=request.form.get("after") or None), code=303
    )


@bp.post("/t/<public_id:thread_id>/mute")
@requires(Permission.KEEP_OWN)
@limiter.limit(OFTEN)
def mute_name(thread_id: str) -> ResponseReturnValue:
    """Mute a name within a thread, or stop."""
    key, name = own_key(signed_in()), request.form.get("byline", "")
    with transaction():
        actor = current_student()
        if _is_wanted():
            mute(access.readable_thread(thread_id, reader=actor), name, actor=actor, key=key)
        else:
            unmute(thread_id, name, actor=actor, key=key)
    return redirect(_back_to_post(thread_id, request.form.get("post", "")), code=303)


def _back_to_post(thread_id: str, post_id: str) -> str:
    """The place in the thread where the button stood."""
    try:
        decode_id(post_id)
        return post_address(access.readable_post(post_id, reader=student_or_none()))
    except (MalformedId, Missing):
        return url_for(".show_thread", thread_id=thread_id)
