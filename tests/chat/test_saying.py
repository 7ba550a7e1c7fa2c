"""Many speak at once: each is acknowledged once, numbered without doubling, and refused alone."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask

from app.db import db
from app.errors import DomainError
from tests.conftest import Cast
from widgets.chat import log, service


@pytest.mark.parametrize("writers", [24])
def test_a_crowd_is_written_together_and_nobody_suffers_for_another(
    app: Flask, talk: Any, cast: Cast, writers: int
) -> None:
    open_ones, over = [talk(duty=("ana",) if not n else ()).id for n in range(3)], talk(duty=()).id
    service.leave(over, "leaving-1")
    service.say(open_ones[0], "person", "said-before", "hola")
    answers: dict[int, Any] = {}
    ready = threading.Barrier(writers)

    def speak(number: int) -> None:
        with app.app_context():
            ready.wait()
            # One in eight to a conversation that is over, one in eight an id that was used, the others new.
            kind = number % 8
            where = over if kind == 0 else open_ones[number % 3] if kind != 1 else open_ones[0]
            id, body = ("said-before", "hola") if kind == 1 else (f"message-{number:03}", f"texto {number}")
            try:
                answers[number] = service.say(where, "person", id, body)
            except DomainError as error:
                answers[number] = error.code
            finally:
                db.session.remove()

    threads = [threading.Thread(target=speak, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.rollback()
    said = {row.body: row.seq for id in open_ones for row in log.rows(id, 0, 100, private=True) if row.kind == "text"}
    for number, answer in answers.items():
        if number % 8 == 0:
            assert answer == "chat-ended"
        else:
            assert answer == said["hola" if number % 8 == 1 else f"texto {number}"]
    assert len(answers) == writers
    assert len(said) == 1 + sum(1 for number in range(writers) if number % 8 > 1)
