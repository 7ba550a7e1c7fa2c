"""What time does to content: dates come, dates pass, and those who follow are told."""

from __future__ import annotations

from app.content import service
from app.jobs import Jobs


def register(jobs: Jobs) -> None:
    jobs.register(service.REFRESH, service.refresh, every_s=60)
    jobs.register(service.ANNOUNCE, service.announce)
