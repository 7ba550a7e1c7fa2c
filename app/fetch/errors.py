"""What can be wrong with an errand outside."""

from app.errors import DomainError


class FetchError(DomainError):
    """The other side could not be reached, or did not answer as HTTP asks."""

    status = 502
    code = "fetch-failed"
    family = "fetch"


class AddressRefused(FetchError):
    """An address we don't go to. Says nothing of what it resolves to: that would map our network."""

    status = 422
    code = "address-refused"


class NameUnknown(FetchError):
    """The name of the host has no address."""

    status = 422
    code = "address-unknown"


class AnswerTooLarge(FetchError):
    """More bytes than the policy takes, on the wire or once decompressed."""

    code = "fetch-too-large"


class AnswerTooSlow(FetchError):
    """The time for the whole errand, all redirects included, is over."""

    status = 504
    code = "fetch-too-slow"


class TooManyRedirects(FetchError):
    """More hops than the policy follows."""

    code = "fetch-too-many-redirects"


class RedirectRefused(FetchError):
    """A redirect that would carry a body, or the caller's headers, to somebody else."""

    code = "fetch-redirect-refused"
