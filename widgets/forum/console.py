"""What staff do with forums: the queue, each forum, official answers, the closing record."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.console.auth import staff_only, the_site
from app.console.forms import blame
from app.console.moments import aware, local
from app.dates import datetime_words
from app.errors import Conflict, Forbidden, Invalid
from app.numbers import whole
from app.participation import closing
from app.participation import matrix as matrices
from app.participation.forms import RecordForm, theme_form
from app.schemas import say
from app.sites.service import offices
from app.words import t
from widgets.forum import following, holding, listing, moderation, picking, recording, showing, standing
from widgets.forum.forms import OfficialForm, SetupForm
from widgets.forum.holding import MODERATE
from widgets.forum.markup import excerpt
from widgets.forum.models import REASONS, Forum

bp = Blueprint("forum", __name__, template_folder="templates")


def url(endpoint: str, **values: Any) -> str:
    return url_for(f"console.site.forum.{endpoint}", site_key=the_site().key, **values)


def render(template: str, **context: Any) -> str:
    return render_template(f"forum/{template}.html", site=the_site(), url=url, excerpt=excerpt, **context)


def _forum(forum_id: int) -> Forum:
    return holding.the_forum(g.staff, the_site().id, forum_id)


def _say(error: Conflict | Forbidden | Invalid) -> None:
    texts = [say(text, g.lang) for messages in error.fields.values() for text in messages]
    flash(" ".join(texts) or t(error.message_key, g.lang, **error.params), "error")


@bp.get("/forum")
@staff_only(MODERATE)
def index() -> ResponseReturnValue:
    """The site's forums, and a way to begin one."""
    listed = holding.forums(the_site().id)
    counts = listing.counts_of(forum.id for forum in listed)
    return render("index", forums=listed, counts=counts, waiting=moderation.waiting(the_site().id, None))


@bp.get("/forum/queue")
@staff_only(MODERATE)
def queue() -> ResponseReturnValue:
    """What waits for a reader, the oldest first."""
    site = the_site()
    rows = moderation.queue(site.id, g.staff.offices(MODERATE, site.id))
    reasons = [(name, t(f"forum.reasons.{name}", g.lang)) for name in REASONS]
    return render("queue", rows=rows, reasons=reasons, is_late=moderation.is_late, seen_as=moderation.seen_as)


@bp.post("/forum/posts/<int:post_id>/decide")
@staff_only(MODERATE)
def decide(post_id: int) -> ResponseReturnValue:
    """Publish or withhold one contribution."""
    publish = request.form.get("act") == "publish"
    try:
        state = moderation.decide(
            g.staff, the_site().id, post_id, publish, request.form.get("reason", ""), request.form.get("seen")
        )
        flash(t(f"forum.console.done_{state}", g.lang))
    except moderation.Decided as error:
        reason = t(f"forum.reasons.{error.reason}", g.lang) if error.reason else ""
        at = datetime_words(error.at, g.lang) if error.at else ""
        flash(t(f"forum.console.decided_{error.state}", g.lang, who=error.who, at=at, reason=reason), "error")
    except (Conflict, Forbidden, Invalid) as error:
        _say(error)
    return redirect(url("queue"))


def _setup_form(forum: Forum | None) -> SetupForm:
    known: dict[str, Any] = {}
    if forum is not None:
        codes = {office.id: office.code for office in offices(the_site().id)}
        names = ("title", "purpose", "moderation", "identity", "threads_by_people")
        known = {name: getattr(forum, name) for name in names}
        known |= {
            "office": codes.get(forum.office_id),
            "opens_at": local(forum.opens_at),
            "closes_at": local(forum.closes_at),
        }
    form = SetupForm(**known)
    form.office.choices = {"": t("page.choose", g.lang)} | {o.code: o.name for o in offices(the_site().id)}
    form.moderation.choices = {name: t(f"forum.moderation.{name}", g.lang) for name in ("before", "after")}
    form.identity.choices = {name: t(f"forum.identity.{name}", g.lang) for name in ("name", "mail")}
    return form


def _setup_of(form: SetupForm) -> holding.Setup:
    return holding.Setup(
        title=(form.title.data or "").strip(), purpose=form.purpose.data or "", office=form.office.data or "",
        moderation=form.moderation.data or "", identity=form.identity.data or "",
        threads_by_people=bool(form.threads_by_people.data), opens_at=aware(form.opens_at.data),
        closes_at=aware(form.closes_at.data),
    )  # fmt: skip


@bp.route("/forum/new", methods=["GET", "POST"])
@bp.route("/forum/<int:forum_id>/setup", methods=["GET", "POST"])
@staff_only(MODERATE)
def setup(forum_id: int | None = None) -> ResponseReturnValue:
    """Title, purpose, dates and how it is moderated."""
    forum = _forum(forum_id) if forum_id is not None else None
    form = _setup_form(forum)
    if request.method == "POST" and form.validate():
        try:
            if forum_id is None:
                forum_id = holding.create(g.staff, the_site().id, _setup_of(form))
            else:
                holding.save_setup(g.staff, the_site().id, forum_id, _setup_of(form))
            flash(t("forum.console.saved", g.lang))
            return redirect(url("show", forum_id=forum_id))
        except Invalid as error:
            blame(form, error)
    return render("setup", form=form, forum=forum), 422 if form.errors else 200


@bp.get("/forum/<int:forum_id>")
@staff_only(MODERATE)
def show(forum_id: int) -> ResponseReturnValue:
    """One forum: its state, its threads, and what can be done now."""
    forum = _forum(forum_id)
    threads, more = showing.threads_of(forum, min(max(request.args.get("page", 0, type=int), 0), 1000))
    return render(
        "show", forum=forum, threads=threads, more=more, counts=listing.counts(forum.id), form=OfficialForm(),
        followers=following.FOLLOWING.count(forum_id=forum.id),
        is_open=standing.is_open(forum), snippet=f'<ventanilla-forum forum="{forum.key}"></ventanilla-forum>',
    )  # fmt: skip


@bp.post("/forum/<int:forum_id>/act")
@staff_only(MODERATE)
def act(forum_id: int) -> ResponseReturnValue:
    """Open, close or put away."""
    _forum(forum_id)
    verbs = {"open": holding.open_forum, "close": holding.close, "archive": holding.archive}
    verb = verbs.get(request.form.get("act", ""))
    if verb is not None:
        try:
            verb(g.staff, the_site().id, forum_id)
            flash(t(f"forum.console.done_{request.form['act']}", g.lang))
        except Conflict as error:
            _say(error)
    return redirect(url("show", forum_id=forum_id))


@bp.get("/forum/<int:forum_id>/threads/<int:thread_id>")
@staff_only(MODERATE)
def thread(forum_id: int, thread_id: int) -> ResponseReturnValue:
    """A thread as the public sees it, with a place for the official answer."""
    forum = _forum(forum_id)
    root, _ = showing.find_thread(the_site().id, thread_id)
    return render(
        "staff_thread", forum=forum, root=root, thread=showing.thread_view(root, forum, g.lang), form=OfficialForm()
    )


@bp.get("/forum/citable")
@staff_only(MODERATE)
def citable() -> ResponseReturnValue:
    """What an official answer can cite, for the list that opens while somebody types."""
    return jsonify(picking.citable(the_site(), request.args.get("q", ""), g.lang))


@bp.post("/forum/<int:forum_id>/official")
@staff_only(MODERATE)
def official(forum_id: int) -> ResponseReturnValue:
    """Answer, or begin a thread, in the entity's name."""
    form = OfficialForm()
    parent_id, thread_id = whole(request.form.get("parent")), whole(request.form.get("thread"))
    if form.validate_on_submit():
        try:
            moderation.official(
                g.staff, the_site().id, forum_id, form.body.data or "", parent_id, (form.title.data or "").strip()
            )
            flash(t("forum.console.answered", g.lang))
        except (Conflict, Invalid) as error:
            _say(error)
    else:
        flash(t("errors.validation", g.lang), "error")
    if thread_id is not None:
        return redirect(url("thread", forum_id=forum_id, thread_id=thread_id))
    return redirect(url("show", forum_id=forum_id))


@bp.post("/forum/<int:forum_id>/threads/<int:thread_id>/mark")
@staff_only(MODERATE)
def mark(forum_id: int, thread_id: int) -> ResponseReturnValue:
    """Pin or lock a thread, or undo it."""
    _forum(forum_id)
    showing.find_thread(the_site().id, thread_id)
    name, _, on = request.form.get("act", "").partition(":")
    if name in ("pinned", "locked"):
        moderation.mark(g.staff, the_site().id, thread_id, **{name: on == "on"})
    return redirect(url("thread", forum_id=forum_id, thread_id=thread_id))


# Closing record


@bp.route("/forum/<int:forum_id>/closing", methods=["GET", "POST"])
@staff_only(MODERATE)
def closing_record(forum_id: int) -> ResponseReturnValue:
    """The themes, what was decided on each, and the publishing of it all."""
    forum = _forum(forum_id)
    form = RecordForm()
    if form.validate_on_submit():
        try:
            recording.publish_record(g.staff, the_site().id, forum_id, form.summary.data or "")
            flash(t("forum.console.published", g.lang))
        except Conflict as error:
            _say(error)
        return redirect(url("closing_record", forum_id=forum_id))
    exercise = standing.exercise(forum)
    record = closing.record_of(exercise)
    if record is not None:
        form.summary.data = record.summary
    counts = recording.counts_by_theme(forum)
    return render_template(
        "participation/closing.html", site=the_site(), themes=closing.themes(exercise), record=record, form=form,
        counts=counts, exercise_title=forum.title, back=url("show", forum_id=forum_id),
        group=(url("group", forum_id=forum_id), counts.get(None, 0)),
        theme_url=lambda theme_id: url("theme", forum_id=forum_id, theme_id=theme_id),
        exports=matrices.offered(lambda kind: url("matrix", forum_id=forum_id, kind=kind), g.lang),
    )  # fmt: skip


@bp.get("/forum/<int:forum_id>/closing/matrix.<any(csv, xlsx, pdf):kind>")
@staff_only(MODERATE)
def matrix(forum_id: int, kind: str) -> ResponseReturnValue:
    """The matriz de observaciones y respuestas: each contribution with the answer of its theme."""
    forum = _forum(forum_id)
    said = [
        (post.theme_id, post.author, f"{post.title}\n{post.body}".strip()) for post in recording.contributions(forum)
    ]
    return matrices.as_file(kind, standing.exercise(forum), forum.title, said, g.lang)


@bp.route("/forum/<int:forum_id>/closing/group", methods=["GET", "POST"])
@staff_only(MODERATE)
def group(forum_id: int) -> ResponseReturnValue:
    """Put each contribution under a theme."""
    forum = _forum(forum_id)
    if request.method == "POST":
        chosen = {
            int(name[1:]): int(value) if value.isdigit() else None
            for name, value in request.form.items()
            if name[:1] == "p" and name[1:].isdigit() and len(name) < 12 and len(value) < 12
        }
        recording.put_under(g.staff, the_site().id, forum_id, chosen)
        return redirect(url("closing_record", forum_id=forum_id))
    page = min(max(request.args.get("page", 0, type=int), 0), 10_000)
    total = sum(recording.counts_by_theme(forum).values())
    first, last = page * recording.AT_ONCE + 1, min((page + 1) * recording.AT_ONCE, total)
    return render(
        "group", forum=forum, posts=recording.to_group(forum, page), themes=closing.themes(standing.exercise(forum)),
        page=page, first=first, last=last, total=total,
    )  # fmt: skip


@bp.route("/forum/<int:forum_id>/closing/themes", methods=["GET", "POST"])
@bp.route("/forum/<int:forum_id>/closing/themes/<int:theme_id>", methods=["GET", "POST"])
@staff_only(MODERATE)
def theme(forum_id: int, theme_id: int | None = None) -> ResponseReturnValue:
    """One theme of the record, with what was said under it."""
    forum = _forum(forum_id)
    form = theme_form(standing.exercise(forum), theme_id)
    posts = [excerpt(body) for body in recording.said_under(forum, theme_id)] if theme_id else []
    more = recording.counts_by_theme(forum).get(theme_id, 0) - len(posts) if theme_id else 0
    if more:
        posts.append(t("forum.console.and_more", g.lang, n=more))
    if request.method == "POST" and form.validate():
        try:
            recording.save_theme(g.staff, the_site().id, forum_id, form.decision(), theme_id)
            return redirect(url("closing_record", forum_id=forum_id))
        except Invalid as error:
            blame(form, error)
    answer = render_template(
        "participation/theme.html", site=the_site(), form=form, contributions=posts,
        back=url("closing_record", forum_id=forum_id),
    )  # fmt: skip
    return answer, 422 if form.errors else 200
