"""The gate in front of everything that foreign pages may call: site, origin, token, limits, proof of work, CORS."""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

from flask import Blueprint, Response, current_app, g, request
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app import files
from app.clock import now
from app.config import Settings
from app.db import db, put, table, write
from app.embed import proof, tokens
from app.embed.limits import SlidingCounter, network_of
from app.embed.models import IdempotentAnswer, SpentNonce
from app.errors import DomainError, Forbidden, NotFound, RateLimited
from app.outages.models import FailedAttempt
from app.sites.service import SiteInfo, find_site
from app.words import pick_language

Found = TypeVar("Found")

# Room for 100,000 characters of any alphabet, so that a text that is too long is refused by the name of its field.
MAX_JSON_BYTES = 2 * 1024 * 1024
FILINGS_BEFORE_PROOF = 5
FILING_WINDOW_S = 600
CALLS_PER_MINUTE = 300
UPLOADS_PER_10_MINUTES = 120
MIN_FILL_S = 2
# A widget gives up what it keeps after seven days.
MOST_WAITED_MS = 7 * 86_400_000
# How long a second press of the same button waits for what the first one does.
PATIENCE_S = 20


class OriginRefused(Forbidden):
    """The page that calls is not one of the site's."""

    code = "origin-refused"


class WrongType(DomainError):
    """Only JSON is taken, so that a browser has to ask first (a preflight) and a form can't be aimed at us."""

    status = 415
    code = "wrong-type"


class TooLarge(DomainError):
    status = 413
    code = "too-large"


class KeyReused(DomainError):
    """The idempotency key has served for other content."""

    status = 422
    code = "key-reused"


class InFlight(DomainError):
    """The same submission is being worked on right now."""

    status = 409
    code = "in-flight"


@dataclass(frozen=True)
class Caller:
    """Who calls, as far as a public address may know: a site's page, in a language, from a network."""

    site: SiteInfo
    origin: str
    lang: str
    network: str


@dataclass(frozen=True)
class Submission:
    """One filing of anything: what makes it count once, and what marks it as doubtful."""

    site: SiteInfo
    lang: str
    key: str
    body: dict[str, Any]
    nonces: tuple[tuple[str, datetime], ...] = ()
    marks: tuple[str, ...] = ()
    # Whose filings are counted, in memory for ten minutes; "" for what is no filing.
    counter: str = ""
    # When it was first tried, where the server could not be reached then and the widget kept it.
    failed_at: datetime | None = None
    # From a page without script: a second press brings the same files under new receipts, and nobody asks again later.
    without_script: bool = False

    def material(self, purpose: str) -> bytes:
        """Return bytes that only who holds the key can make again: secrets derived from them need not be stored."""
        return f"{self.site.key}/{purpose}/{self.key}".encode()


@dataclass
class Gate:
    """The memory of one process: counters, and the submissions being worked on."""

    settings: Settings
    calls: SlidingCounter = field(default_factory=SlidingCounter)
    filings: SlidingCounter = field(init=False)
    failures: SlidingCounter = field(default_factory=SlidingCounter)
    busy: set[str] = field(default_factory=set)
    busy_changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        self.filings = SlidingCounter(longest=max(1000, self.settings.site_filings))

    def let_in(self, key: str, window_s: float, most: int) -> None:
        """Count one call of a key, or raise RateLimited with the seconds until its window has room for it."""
        if wait := self.calls.wait_s(key, window_s, most):
            raise RateLimited(retry_after_s=wait)

    def let_upload_in(self, caller: Caller) -> None:
        self.let_in(f"upload {caller.site.key} {caller.network}", 600, UPLOADS_PER_10_MINUTES)

    def often(self, caller: Caller) -> bool:
        """Tell whether filings come so often, from this network or to the whole site, that one more costs work."""
        network, site = filing_counter(caller), caller.site.key
        if self.filings.count(network, FILING_WINDOW_S) >= FILINGS_BEFORE_PROOF:
            return True
        # A flood from everywhere at once: each device works for a second, and nobody is refused.
        return self.filings.count(site, FILING_WINDOW_S) >= self.settings.site_filings

    def begin(self, key_hash: str, wait_s: float) -> None:
        """Mark a submission as being worked on; InFlight where it is already, still after `wait_s`."""
        with self.busy_changed:
            if not self.busy_changed.wait_for(lambda: key_hash not in self.busy, wait_s):
                raise InFlight
            self.busy.add(key_hash)

    def end(self, key_hash: str) -> None:
        with self.busy_changed:
            self.busy.discard(key_hash)
            self.busy_changed.notify_all()


def the_gate() -> Gate:
    gate: Gate = current_app.extensions["ventanilla"].gate
    return gate


def own_origin() -> str:
    settings: Settings = the_gate().settings
    return settings.base_url


def admit() -> Caller:
    """Return who calls this site's API, or raise why not. Sets `g.caller`."""
    site = find_site(g.get("site_key", ""))
    if site is None:
        raise NotFound("errors.unknown-site")
    origin = request.headers.get("Origin", "")
    g.cors_origin = ""
    if origin:
        if origin not in site.origins and origin != own_origin():
            raise OriginRefused
        g.cors_origin = origin
    elif request.method not in {"GET", "HEAD"} or request.headers.get("Sec-Fetch-Site", "same-origin") == "cross-site":
        # Browsers leave Origin out of same-origin GETs only.
        raise OriginRefused
    lang = pick_language(request.args.get("lang") or request.headers.get("Accept-Language"), site.lang)
    caller = Caller(site, origin or own_origin(), lang, network_of(request.remote_addr or ""))
    g.caller = caller
    g.lang = lang
    return caller


def guard() -> Response | None:
    """Stand before every route under /api/<site>; answer preflights here, after the origin was looked at."""
    caller = admit()
    if request.method == "OPTIONS":
        return Response(status=204)
    # Counted apart: who has written something waits for nobody who reads.
    act = "reads" if request.method in {"GET", "HEAD"} else "writes"
    the_gate().let_in(f"{act} {caller.site.key} {caller.network}", 60, CALLS_PER_MINUTE)
    if request.method not in {"GET", "HEAD"} and not request.path.endswith("/uploads"):
        if request.mimetype != "application/json":
            raise WrongType
        if (request.content_length or 0) > MAX_JSON_BYTES:
            raise TooLarge
        # A body sent in chunks names no length: it is counted while it is read.
        request.max_content_length = MAX_JSON_BYTES + 1
    return None


def add_cors(response: Response) -> Response:
    origin = g.get("cors_origin", "")
    response.headers.add("Vary", "Origin")
    if origin:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Allow-Headers"] = (
                "Content-Type, X-Ventanilla-Token, X-Ventanilla-Proof, X-File-Name, Idempotency-Key, X-Ventanilla-Age"
            )
            response.headers["Access-Control-Max-Age"] = "7200"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def json_body() -> dict[str, Any]:
    """Return the JSON object that was sent; a clear refusal for anything else."""
    if (request.content_length or 0) > MAX_JSON_BYTES:
        raise TooLarge
    sent = request.get_data(cache=True)
    if len(sent) > MAX_JSON_BYTES:
        raise TooLarge
    try:
        body = json.loads(sent, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise BadJson from error
    if not isinstance(body, dict):
        raise BadJson
    return body


class BadJson(DomainError):
    code = "bad-json"


class NoKey(DomainError):
    """A submission without an Idempotency-Key of 16 to 80 characters."""

    code = "no-key"


def _no_constant(name: str) -> None:
    raise ValueError(name)


def read_token(caller: Caller) -> tokens.FormToken:
    header = request.headers.get("X-Ventanilla-Token", "")
    return tokens.read(the_gate().settings, header, caller.site.key, caller.origin)


def submission(*, filing: bool = True) -> Submission:
    """Return the submission that this request carries; a filing that comes often needs a proof of work first."""
    caller: Caller = g.caller
    body = json_body()
    key = request.headers.get("Idempotency-Key", "")
    if not 16 <= len(key) <= 80 or not key.isascii():
        raise NoKey
    token = read_token(caller)
    nonces = [(token.nonce, token.expires_at)]
    marks = []
    if body.pop("website", ""):
        # The field no person sees. Marked and taken: a screen reader may have filled it.
        marks.append("honeypot")
    if (now() - token.issued_at).total_seconds() < MIN_FILL_S:
        marks.append("fast")
    counter = filing_counter(caller) if filing else ""
    if filing:
        nonces += _proof_of(caller, key, body)
    return Submission(caller.site, caller.lang, key, body, tuple(nonces), tuple(marks), counter, _failed_at())


def _failed_at() -> datetime | None:
    """Return when a widget first tried to send this and failed; None where it did not.

    It says how long ago, since the clock of a telephone may be wrong.
    """
    waited = request.headers.get("X-Ventanilla-Age", "")
    if not waited.isascii() or not waited.isdigit() or len(waited) > 9 or not 0 < int(waited) <= MOST_WAITED_MS:
        return None
    return now() - timedelta(milliseconds=int(waited))


def filing_counter(caller: Caller) -> str:
    return f"{caller.site.key} {caller.network}"


def _proof_of(caller: Caller, key: str, body: dict[str, Any]) -> list[tuple[str, datetime]]:
    """Return the proof that this filing carries; ProofNeeded where it lacks one and is no retry of what was taken."""
    gate = the_gate()
    payload = request.headers.get("X-Ventanilla-Proof", "")
    if not (payload or gate.often(caller)) or _known(caller.site.id, key, body):
        return []
    if payload:
        return [proof.check(gate.settings, payload, caller.site.key)]
    raise proof.ProofNeeded(challenge=proof.challenge(gate.settings, caller.site.key))


def _hash(key: str) -> str:
    return hmac.new(the_gate().settings.key("idempotency"), key.encode(), sha256).hexdigest()


def _known(site_id: int, key: str, body: dict[str, Any]) -> bool:
    """Return whether just this was taken before: a retry needs no proof, another filing under an old key does."""
    query = select(IdempotentAnswer.id).where(
        IdempotentAnswer.site_id == site_id,
        IdempotentAnswer.key_hash == _hash(key),
        IdempotentAnswer.body_hash == _plain_hash(body),
    )
    return db.session.scalar(query) is not None


_ANSWERS = table(IdempotentAnswer)
_FIND = select(_ANSWERS.c.body_hash, _ANSWERS.c.answer).where(
    _ANSWERS.c.site_id == bindparam("site_id"),
    _ANSWERS.c.scope == bindparam("scope"),
    _ANSWERS.c.key_hash == bindparam("key_hash"),
)
_TAKE, _SPEND = insert(_ANSWERS), insert(table(SpentNonce))
_ANSWER = update(_ANSWERS).where(_ANSWERS.c.id == bindparam("row")).values(answer=bindparam("said"))


def _stored(site_id: int, scope: str, key_hash: str, body_hash: str) -> dict[str, Any] | None:
    named = {"site_id": site_id, "scope": scope, "key_hash": key_hash}
    known = db.session.connection().execute(_FIND, named).first()
    if known is None:
        return None
    if known.body_hash != body_hash:
        raise KeyReused
    return dict(known.answer)


def once(
    sent: Submission, scope: str, act: Callable[..., dict[str, Any]], *, prepare: Callable[[], Any] | None = None
) -> dict[str, Any]:
    """Return what `act` answers, doing it once for a key however often it is sent.

    Looked up first: the same key and content get the same answer; other content KeyReused; one that is being worked on
    InFlight. The answer, the spent token and the spent proof are written in the transaction of the act itself. The
    answer is stored, so `act` must leave secrets out of it. What takes long and only reads belongs in `prepare`: it
    runs before the store is locked, and `act` gets what it returned.
    """
    key_hash, body_hash = _hash(sent.key), _body_hash(sent)
    known = _stored(sent.site.id, scope, key_hash, body_hash)
    if known is not None:
        return known
    gate = the_gate()
    gate.begin(key_hash, PATIENCE_S if sent.without_script else 0)
    try:
        ready = (prepare(),) if prepare else ()
        answer = _do(sent, {"site_id": sent.site.id, "scope": scope, "key_hash": key_hash}, body_hash, act, ready)
        if sent.counter:
            # Counted when it is done: a mistake corrected or a retry costs a person nothing.
            for counter in (sent.counter, sent.site.key):
                gate.filings.hit(counter, FILING_WINDOW_S)
        return answer
    except IntegrityError:
        # Another process was quicker with the same key: its answer is the answer.
        known = _stored(sent.site.id, scope, key_hash, body_hash)
        if known is None:
            raise
        return known
    finally:
        gate.end(key_hash)


def _body_hash(sent: Submission) -> str:
    body = sent.body
    if sent.without_script:
        body = {**body, "files": files.contents(sent.site.id, body.get("files") or ())}
    return _plain_hash(body)


def _plain_hash(body: dict[str, Any]) -> str:
    return sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _do(
    sent: Submission, named: dict[str, Any], body_hash: str, act: Callable[..., dict[str, Any]], ready: tuple[Any, ...]
) -> dict[str, Any]:
    with write():
        # First of all: another process with the same key waits here for our commit, and then finds the answer. Later,
        # its act would meet what ours has done, and refuse a filing that was taken.
        row = put(_TAKE, {**named, "body_hash": body_hash, "answer": {}})
        _spend(sent.nonces)
        if sent.failed_at is not None:
            kept = {"site_id": sent.site.id, "scope": named["scope"], "first_at": sent.failed_at, "arrived_at": now()}
            db.session.add(FailedAttempt(**kept))
        answer = act(*ready)
        db.session.flush()  # what may not be written is found out here, while the key can still be given back
        db.session.connection().execute(_ANSWER, {"row": row, "said": answer})
    return answer


def _spend(nonces: tuple[tuple[str, datetime], ...]) -> None:
    rows = [{"nonce": nonce, "expires_at": expires_at} for nonce, expires_at in nonces]
    if not rows:
        return
    try:
        db.session.connection().execute(_SPEND, rows)
    except IntegrityError as error:
        # Spent before, for another key.
        raise tokens.TokenExpired from error


def forget_expired(_payload: dict[str, Any]) -> None:
    """Drop nonces past their life and answers older than 30 days (a widget gives up retrying after 7)."""
    with write():
        db.session.execute(delete(SpentNonce).where(SpentNonce.expires_at < now()))
        db.session.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < now() - timedelta(days=30)))


def slow_guesses(what: str) -> None:
    """Refuse for a moment, longer each time, who has guessed wrong often: call before a secret is looked at.

    Ten tries are free to a network; then the wait doubles up to an hour. Tries from everywhere at one thing wait 30 s
    at most: its rightful owner must get in between.
    """
    caller: Caller = g.caller
    for key, free, longest_s in (
        (f"{what} {caller.network}", 10, 3600),
        (f"{caller.network}", 40, 3600),
        (what, 30, 30),
    ):
        failures, age_s = the_gate().failures.count(key, 3600), the_gate().failures.age(key)
        wait_s = min(2 ** min(failures - free + 1, 12), longest_s) if failures >= free else 0
        if age_s < wait_s:
            raise RateLimited("errors.too-many-guesses", retry_after_s=int(wait_s - age_s) + 1)


def opened(what: str, look: Callable[[], Found | None]) -> Found | None:
    """Return what `look` finds behind a secret, or None; wrong guesses are slowed, then refused for a while."""
    slow_guesses(what)
    found = look()
    if found is None:
        count_failure(what)
    return found


def count_failure(what: str) -> None:
    caller: Caller = g.caller
    gate = the_gate()
    for key in (f"{what} {caller.network}", caller.network, what):
        gate.failures.hit(key, 3600)


def make_api() -> Blueprint:
    """Return the parent blueprint of all public APIs, with the gate in front.

    Made anew for each app: a blueprint that has been registered takes no more `before_request`.
    """
    api = Blueprint("api", __name__, url_prefix="/api/<site_key>")
    api.before_request(guard)
    api.after_request(add_cors)

    @api.url_value_preprocessor
    def _take_site(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.site_key = values.pop("site_key", "") if values else ""

    return api
