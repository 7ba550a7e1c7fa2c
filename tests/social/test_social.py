"""The list of official profiles: shown as plain links, kept by communications alone."""

from __future__ import annotations

from typing import Any

import pytest

from app.errors import Invalid
from tests.conftest import Cast, HostPage
from widgets.social import service

GOOD = [("facebook", "Alcaldía", "https://www.facebook.com/alcaldia"), ("mastodon", "@a", "https://masto.example/@a")]


def test_the_widget_starts_with_names_that_can_be_said(host: HostPage, cast: Cast) -> None:
    service.save_profiles(cast.tenjo, GOOD, "system")

    answer = host.get("/boot?w=social").json

    assert answer is not None
    profiles = answer["widgets"]["social"]["options"]["profiles"]
    assert profiles[0]["label"] == "Facebook: Alcaldía. Abre otro sitio"


@pytest.mark.parametrize(
    "row",
    [("facebook", "a", "https://evil.example/facebook.com"), ("facebook", "a", "https://facebook.com.evil.example/a"),
     ("x", "a", "javascript:alert(1)"), ("x", "a", "http://x.com/a"), ("orkut", "a", "https://orkut.com/a"),
     ("x", "a", "https://user@x.com/a")],
)  # fmt: skip
def test_an_address_that_is_not_of_its_network_is_refused(cast: Cast, row: tuple[str, str, str]) -> None:
    with pytest.raises(Invalid):
        service.save_profiles(cast.tenjo, [*GOOD, row], "system")

    assert service.profiles(cast.tenjo) == []


def test_the_page_without_script_lists_them(host: HostPage, cast: Cast) -> None:
    service.save_profiles(cast.tenjo, GOOD, "system")

    html = host.client.get("/tenjo/social").text

    assert 'href="https://www.facebook.com/alcaldia"' in html


@pytest.mark.store
def test_only_communications_may_change_the_list(sign_in: Any) -> None:
    assert sign_in("beto").post("/social", {}).status_code == 403
    assert sign_in("olga").post("/social", {}).status_code == 302
