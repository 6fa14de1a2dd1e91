"""What a coordinator sets in the forum: categories, crisis help, house rules."""

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from accounts.guard import current_staff, requires
from accounts.permissions import Permission
from core.clock import utcnow
from core.db import transaction
from core.settings import LANGUAGES
from core.submissions import earlier_result, remember_result
from core.web import settings_of
from forum import access, categories, queries, site_queries
from forum.categories import CategoryWish, SlugTaken
from forum.forms import CategoryForm, CheckedForm, CloseForm, SiteTextForm
from forum.models import Category, ModerationMode, SiteTextKind
from forum.reviews import is_due
from forum.sitetexts import confirm_site_text, save_site_text, write_site_draft, write_site_files
from forum.views import bp


@bp.get("/admin/categories")
@requires(Permission.ADMINISTER)
def list_categories() -> ResponseReturnValue:
    """All categories, open and closed."""
    return render_template(
        "forum/list_categories.html",
        categories=queries.all_categories(),
        in_language=categories.in_language,
        form=CloseForm(formdata=None),
    )


@bp.route("/admin/categories/new", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def add_category() -> ResponseReturnValue:
    """Open a new category."""
    form = CategoryForm()
    if not form.validate_on_submit():
        return _category_page(form, None)
    try:
        with transaction():
            actor = current_staff()
            location = earlier_result(form.submission, sender=actor.actor)
            if location is None:
                categories.add_category(_wish(form), actor=actor, now=utcnow())
                location = url_for(".list_categories")
                remember_result(form.submission, sender=actor.actor, location=location, now=utcnow())
    except SlugTaken as refusal:
        form.slug.errors = [refusal.sentence]
        return _category_page(form, None)
    flash(_("The category is open."))
    return redirect(location, code=303)


@bp.route("/admin/categories/<public_id:category_id>/edit", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def edit_category(category_id: str) -> ResponseReturnValue:
    """Change a category's names, address, place or moderation modes."""
    category = access.category_for_admin(category_id)
    form = CategoryForm(data=_as_fields(category))
    if not form.validate_on_submit():
        return _category_page(form, category)
    try:
        with transaction():
            found = access.category_for_admin(category_id)
            categories.change_category(found, _wish(form), actor=current_staff(), now=utcnow())
    except SlugTaken as refusal:
        form.slug.errors = [refusal.sentence]
        return _category_page(form, access.category_for_admin(category_id))
    flash(_("The category is changed."))
    return redirect(url_for(".list_categories"), code=303)


def _category_page(form: CategoryForm, category: Category | None) -> ResponseReturnValue:
    page = render_template("forum/edit_category.html", form=form, category=category)
    return page, 422 if form.errors else 200


def _wish(form: CategoryForm) -> CategoryWish:
    return CategoryWish(
        slug=form.slug.data,
        names=form.texts("name"),
        descriptions=form.texts("description"),
        place=form.place.data or 0,
        opening_mode=ModerationMode(form.opening_mode.data),
        reply_mode=ModerationMode(form.reply_mode.data),
    )


def _as_fields(category: Category) -> dict[str, object]:
    texts = {f"name_{language}": text for language, text in category.names.items()}
    texts |= {f"description_{language}": text for language, text in category.descriptions.items()}
    return texts | {
        "slug": category.slug,
        "place": category.place,
        "opening_mode": str(category.opening_mode),
        "reply_mode": str(category.reply_mode),
    }


@bp.post("/admin/categories/<public_id:category_id>/close")
@requires(Permission.ADMINISTER)
def close_category(category_id: str) -> ResponseReturnValue:
    """Take no new threads there."""
    with transaction():
        categories.close_category(access.category_for_admin(category_id), actor=current_staff(), now=utcnow())
    flash(_("The category is closed. It takes no new threads."))
    return redirect(url_for(".list_categories"), code=303)


@bp.post("/admin/categories/<public_id:category_id>/reopen")
@requires(Permission.ADMINISTER)
def reopen_category(category_id: str) -> ResponseReturnValue:
    """Take new threads there again."""
    with transaction():
        categories.reopen_category(
            access.category_for_admin(category_id), actor=current_staff(), now=utcnow()
        )
    flash(_("The category is open."))
    return redirect(url_for(".list_categories"), code=303)


@bp.get("/admin/texts")
@requires(Permission.ADMINISTER)
def list_texts() -> ResponseReturnValue:
    """Crisis help and house rules in each language, with who answers for them and when they were last
    checked.
    """
    stored = {(text.kind, text.language): text for text in site_queries.all_site_texts()}
    today = utcnow().date()
    return render_template(
        "forum/list_texts.html",
        kinds=list(SiteTextKind),
        stored=stored,
        is_due=lambda text: is_due(text.reviewed_on, today=today),
        form=CheckedForm(formdata=None),
    )


@bp.route("/admin/texts/<kind>/<language>", methods=["GET", "POST"])
@requires(Permission.ADMINISTER)
def edit_text(kind: str, language: str) -> ResponseReturnValue:
    """Write crisis help or house rules in one language."""
    if kind not in set(SiteTextKind) or language not in LANGUAGES:
        abort(404)
    stored = site_queries.site_text(SiteTextKind(kind), language)
    form = SiteTextForm(obj=stored, data={"reviewed_on": utcnow().date()} if stored is None else None)
    if not form.validate_on_submit():
        page = render_template("forum/edit_text.html", form=form, kind=kind, language=language)
        return page, 422 if request.method == "POST" else 200
    draft = write_site_draft(
        SiteTextKind(kind),
        language,
        body=form.body.data,
        owner=form.owner.data,
        reviewed_on=form.reviewed_on.data,
    )
    with transaction():
        save_site_text(draft, actor=current_staff(), now=utcnow())
    write_site_files(settings_of(current_app).data_dir)
    return redirect(url_for(".list_texts"), code=303)


@bp.post("/admin/texts/<kind>/<language>/checked")
@requires(Permission.ADMINISTER)
def confirm_text(kind: str, language: str) -> ResponseReturnValue:
    """Checked today, nothing changed."""
    with transaction():
        confirm_site_text(access.site_text_for_admin(kind, language), actor=current_staff(), now=utcnow())
    return redirect(url_for(".list_texts"), code=303)
