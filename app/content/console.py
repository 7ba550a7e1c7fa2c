"""What staff write: frequent questions, publications with their pictures, topics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app import files
from app.console.auth import staff_only, the_site
from app.console.moments import aware, local, zone
from app.content import pages, recordings, reviews, service, sources
from app.content.forms import LANGS, FaqForm, ImageForm, PublicationForm, SourceForm, StateForm, TopicForm
from app.content.models import KINDS, STATES
from app.dates import datetime_words
from app.errors import DomainError
from app.schemas import say
from app.sites.service import offices
from app.uploads import receive
from app.words import t

bp = Blueprint("content", __name__)
IMAGE_BYTES = 10 * 1024 * 1024


def _to(endpoint: str, **values: Any) -> ResponseReturnValue:
    return redirect(url_for(f"console.site.content.{endpoint}", site_key=the_site().key, **values))


def _errors(form: FlaskForm) -> dict[str, list[str]]:
    return {name: [say(str(text), g.lang) for text in texts] for name, texts in form.errors.items() if name}


def _try(act: Callable[[], Any]) -> tuple[Any, dict[str, list[str]]]:
    """Return what a verb gave, or what a person must mend: a form is drawn again with all that was typed."""
    try:
        return act(), {}
    except DomainError as error:
        if error.status >= 500 or error.status in {403, 404}:
            raise
        found = {name: [say(text, g.lang) for text in texts] for name, texts in error.fields.items()}
        return None, found or {"": [t(error.message_key, g.lang, **error.params)]}


def _say(errors: dict[str, list[str]]) -> None:
    flash(" ".join(text for texts in errors.values() for text in texts), "error")


# Frequent questions


@bp.get("/faqs")
@staff_only("content.write")
def faqs() -> ResponseReturnValue:
    """The frequent questions, in the order in which people see them."""
    site = the_site()
    names = {office.id: office.name for office in offices(site.id, only_active=False)}
    rows = [(row, names.get(row.office_id or 0, "")) for row in service.faqs(site.id, only_published=False)]
    return render_template("content/console_faqs.html", rows=rows, site=site)


@bp.route("/faqs/new", methods=["GET", "POST"])
@bp.route("/faqs/<int:faq_id>", methods=["GET", "POST"])
@staff_only("content.write")
def faq(faq_id: int | None = None) -> ResponseReturnValue:
    """Write a question and its answer."""
    site = the_site()
    active = offices(site.id)
    row = service.faq(site.id, faq_id) if faq_id is not None else None
    form = FaqForm(obj=row) if row else FaqForm()
    form.lang.choices = LANGS
    form.office.choices = {"": t("content.console.no_office", g.lang)} | {o.code: o.name for o in active}
    errors: dict[str, list[str]] = {}
    if form.is_submitted():
        errors = {} if form.validate() else _errors(form)
        if not errors:
            text = service.FaqText(
                question=form.question.data or "", answer=form.answer.data or "", office=form.office.data or "",
                lang=form.lang.data, published=bool(form.published.data), position=form.position.data or 0,
                review_on=form.review_on.data,
            )  # fmt: skip
            _, errors = _try(lambda: service.save_faq(g.staff, site.id, text, faq_id))
            if not errors:
                flash(t("content.console.faq_saved", g.lang))
                return _to("faqs")
    elif row is not None:
        form.office.data = next((o.code for o in active if o.id == row.office_id), "")
    answer = render_template("content/console_faq.html", form=form, row=row, errors=errors, site=site)
    return answer, 422 if errors else 200


@bp.post("/faqs/<int:faq_id>/delete")
@staff_only("content.write")
def delete_faq(faq_id: int) -> ResponseReturnValue:
    service.delete_faq(g.staff, the_site().id, faq_id)
    flash(t("content.console.faq_deleted", g.lang))
    return _to("faqs")


# Publications


@bp.get("/publications")
@staff_only("content.write")
def publications() -> ResponseReturnValue:
    """Everything written, the last changed first."""
    site = the_site()
    state = request.args.get("state", "")
    titles = {topic.id: topic.title for topic in service.ensure_topics(site.id)}
    rows = service.publications(site.id, state=state if state in STATES else "")
    source_form = SourceForm(formdata=None)
    source_form.source_topic.choices = titles
    return render_template(
        "content/console_publications.html", rows=[(row, titles.get(row.topic_id, "")) for row in rows], state=state,
        topics=service.topics(site.id), topic_form=TopicForm(formdata=None), site=site, local=local,
        due=reviews.due(site.id, reviews.today_of(site.timezone)), sources=sources.sources(site.id),
        titles=titles, source_form=source_form,
    )  # fmt: skip


def _publication_form(row: Any) -> PublicationForm:
    form = PublicationForm(obj=row) if row else PublicationForm()
    form.lang.choices = LANGS
    form.kind.choices = {kind: t(f"content.kinds.{kind}", g.lang) for kind in KINDS}
    form.topic_id.choices = {topic.id: topic.title for topic in service.ensure_topics(the_site().id)}
    if row is not None and not form.is_submitted():
        form.publish_at.data, form.expires_at.data = local(row.publish_at), local(row.expires_at)
    return form


@bp.route("/publications/new", methods=["GET", "POST"])
@bp.route("/publications/<int:publication_id>", methods=["GET", "POST"])
@staff_only("content.write")
def publication(publication_id: int | None = None) -> ResponseReturnValue:
    """Write a publication, see it as people will, and publish it from there."""
    site = the_site()
    row = service.publication(site.id, publication_id) if publication_id is not None else None
    form = _publication_form(row)
    errors: dict[str, list[str]] = {}
    if form.is_submitted():
        errors = {} if form.validate() else _errors(form)
        if not errors:
            audio, errors = _try(lambda: recordings.look(form.audio_url.data or ""))
        if not errors:
            text = service.PublicationText(
                title=form.title.data or "", body=form.body.data or "", topic_id=form.topic_id.data,
                kind=form.kind.data, summary=form.summary.data or "", lang=form.lang.data,
                publish_at=aware(form.publish_at.data), expires_at=aware(form.expires_at.data),
                review_on=form.review_on.data, audio=audio,
            )  # fmt: skip
            saved, errors = _try(lambda: service.save_publication(g.staff, site.id, text, publication_id))
            if not errors:
                flash(t("content.console.saved", g.lang))
                return _to("publication", publication_id=saved)
        row = service.publication(site.id, publication_id) if publication_id is not None else None
    answer = render_template(
        "content/console_publication.html", form=form, row=row, errors=errors, site=site, local=local,
        images=service.images(row.id) if row else [], image_form=ImageForm(formdata=None), preview=_preview(row),
    )  # fmt: skip
    return answer, 422 if errors else 200


def _preview(row: Any) -> str:
    """Return the text as people will see it, its pictures by an address that staff may read before it is public."""
    key = the_site().key
    return row.html.replace(f'src="/{key}/images/', f'src="/console/{key}/publications/images/') if row else ""


@bp.post("/publications/<int:publication_id>/state")
@staff_only("content.write")
def state(publication_id: int) -> ResponseReturnValue:
    """Publish, withdraw, or back to a draft."""
    form = StateForm()
    service.publication(the_site().id, publication_id)
    _, errors = _try(lambda: service.set_state(g.staff, the_site().id, publication_id, form.state.data or ""))
    if errors:
        _say(errors)
    else:
        flash(_done(publication_id))
    return _to("publication", publication_id=publication_id)


def _done(publication_id: int) -> str:
    row = service.publication(the_site().id, publication_id)
    if row.state == "published" and not row.live:
        return t("content.console.done_scheduled", g.lang, at=datetime_words(row.publish_at, g.lang, zone()))
    return t(f"content.console.done_{row.state}", g.lang)


@bp.post("/publications/<int:publication_id>/delete")
@staff_only("content.write")
def delete_publication(publication_id: int) -> ResponseReturnValue:
    _, errors = _try(lambda: service.delete_publication(g.staff, the_site().id, publication_id))
    if errors:
        _say(errors)
        return _to("publication", publication_id=publication_id)
    flash(t("content.console.deleted", g.lang))
    return _to("publications")


@bp.post("/publications/<int:publication_id>/images")
@staff_only("content.write")
def add_image(publication_id: int) -> ResponseReturnValue:
    """Add a picture with its text; the text is asked for before the picture is taken."""
    site = the_site()
    form = ImageForm()
    service.publication(site.id, publication_id)
    errors = {} if form.validate() else _errors(form)
    if not errors:
        _, errors = _try(lambda: _take_image(publication_id, form))
    if errors:
        _say(errors)
    else:
        flash(t("content.console.image_added", g.lang))
    return _to("publication", publication_id=publication_id)


def _take_image(publication_id: int, form: ImageForm) -> int:
    storage = current_app.extensions["ventanilla"].storage
    upload = form.image.data
    stored = receive(upload.stream, upload.filename or "", storage=storage, limit_bytes=IMAGE_BYTES)
    receipt = files.keep(the_site().id, stored)
    return service.add_image(g.staff, the_site().id, publication_id, receipt, form.alt.data or "")


@bp.get("/publications/images/<int:image_id>")
@staff_only("content.write")
def image(image_id: int) -> ResponseReturnValue:
    response = pages.send_image(service.image_file(the_site().id, image_id, only_live=False))
    response.headers["Cache-Control"] = "private, max-age=60"
    return response


@bp.post("/publications/topics")
@bp.post("/publications/topics/<int:topic_id>")
@staff_only("content.write")
def topic(topic_id: int | None = None) -> ResponseReturnValue:
    form = TopicForm()
    errors = {} if form.validate() else _errors(form)
    if not errors:
        title, title_en = form.title.data or "", form.title_en.data or ""
        _, errors = _try(lambda: service.save_topic(g.staff, the_site().id, title, title_en, topic_id))
    if errors:
        _say(errors)
    else:
        flash(t("content.console.topic_saved", g.lang))
    return _to("publications")


# News of the host's own site


@bp.post("/publications/sources")
@staff_only("content.write")
def add_source() -> ResponseReturnValue:
    """Follow a feed or a section of the sitemap of a site that was proved."""
    form = SourceForm()
    errors = {} if form.validate() else _errors(form)
    if not errors:
        url, section, topic_id = form.url.data or "", (form.section.data or "").strip(), form.source_topic.data
        _, errors = _try(lambda: sources.add(g.staff, the_site().id, url, topic_id, section))
    if errors:
        _say(errors)
    else:
        flash(t("content.sources.added", g.lang))
    return _to("publications")


@bp.post("/publications/sources/<int:source_id>/remove")
@staff_only("content.write")
def remove_source(source_id: int) -> ResponseReturnValue:
    sources.remove(g.staff, the_site().id, source_id)
    flash(t("content.sources.removed", g.lang))
    return _to("publications")
