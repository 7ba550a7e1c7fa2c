"""A transfer brings petition, files and letter to the competent entity in the act that tells the person (S4-7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.cases import workflow
from app.cases.workflow import Transfer
from app.errors import Invalid
from tests.cases.conftest import case
from tests.conftest import PDF, Cast, HostPage


def moved(host: HostPage, address: str) -> Transfer:
    receipt = host.upload("oficio.pdf", PDF).json["receipt"]  # type: ignore[index]
    return Transfer("CAR", address, "OF-12", "El río es de la CAR.", (receipt,))


@pytest.mark.store
def test_the_entity_and_the_person_are_written_to_in_one_act(
    cast: Cast, file: Callable[..., int], host: HostPage, mails: Any
) -> None:
    receipt = host.upload("foto.pdf", PDF).json["receipt"]  # type: ignore[index]
    case_id = file(files=[receipt])
    mails()

    workflow.transfer(cast.staff("ana"), cast.tenjo, case_id, moved(host, "peticiones@car.example"))

    entity, person = mails()[-2:]
    assert (entity["To"], person["To"]) == ("peticiones@car.example", "luz@example.org")
    text = entity.get_body().get_content()
    assert all(part in text for part in ("Luz Marina Peña", "OF-12", case(case_id).radicado))
    assert [part.get_filename() for part in entity.iter_attachments()] == ["oficio.pdf", "foto.pdf"]
    assert "Luz" not in entity["Subject"]


@pytest.mark.parametrize("identity", ["anonymous", "reserved"])
def test_who_is_not_to_be_known_is_not_named_to_the_entity(
    cast: Cast, file: Callable[..., int], host: HostPage, mails: Any, identity: str
) -> None:
    case_id = file(identity=identity, despite_missing=True)
    workflow.transfer(cast.staff("ana"), cast.tenjo, case_id, moved(host, "peticiones@car.example"))

    text = next(mail for mail in mails() if mail["To"] == "peticiones@car.example").get_body().get_content()
    assert "Luz" not in text
    assert "52345678" not in text


def test_a_postal_address_mails_nobody_and_a_bad_one_is_refused(
    cast: Cast, file: Callable[..., int], host: HostPage, mails: Any
) -> None:
    first, second = file(), file()
    workflow.transfer(cast.staff("ana"), cast.tenjo, first, moved(host, "Calle 24 # 60-50, Bogotá"))

    assert {mail["To"] for mail in mails()} == {"luz@example.org"}
    with pytest.raises(Invalid) as refused:
        workflow.transfer(cast.staff("ana"), cast.tenjo, second, moved(host, "car@"))
    assert refused.value.fields == {"address": ["errors.email"]}
    assert case(second).state == "radicated"
