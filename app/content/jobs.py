"""What time does to content: dates come, dates pass, and those who follow are told."""

from __future__ import annotations

from app.content import reviews, service, sources
from app.jobs import READING, Jobs


def register(jobs: Jobs) -> None:
    jobs.register(service.REFRESH, service.refresh, every_s=60)
    jobs.register(service.ANNOUNCE, service.announce)
    jobs.register("content.reviews", reviews.remind, every_s=3600)
    jobs.register(sources.READ, sources.read, aside=READING)
    jobs.register(sources.DUE, sources.begin_due, every_s=600)
