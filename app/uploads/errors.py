"""Why a file was not taken, each with a code of its own so that the person is told what to do.

None of them carries the file's name: it may hold personal data, and these reach the logs.
"""

from app.errors import DomainError


class UploadError(DomainError):
    """All that can go wrong with a file; its words stand beside this module, under its code."""

    family = "uploads"


class UploadRefused(UploadError):
    """This one file can't be taken; the rest of the filing goes on without it."""

    status = 422
    code = "file-refused"


class FileEmpty(UploadRefused):
    code = "file-empty"


class FileTooLarge(UploadRefused):
    status = 413
    code = "file-too-large"


class TypeNotTaken(UploadRefused):
    """Its extension is not one of those taken."""

    status = 415
    code = "file-type-not-taken"


class HeicNotTaken(TypeNotTaken):
    """A photo as some phones keep it, where the library that converts it is not installed."""

    code = "file-heic"


class TypeMismatch(UploadRefused):
    """What is inside is not what the extension says, or is nothing that we know."""

    status = 415
    code = "file-type-mismatch"


class FileDamaged(UploadRefused):
    """It begins as its type does, and can't be read to the end."""

    code = "file-damaged"


class HasMacros(UploadRefused):
    code = "file-macros"


class ArchiveUnsafe(UploadRefused):
    """A document whose archive would unpack to far too much, or outside its folder."""

    code = "file-archive-unsafe"


class ImageTooLarge(UploadRefused):
    """More pixels than we decode."""

    code = "file-image-too-large"


class Infected(UploadRefused):
    code = "file-infected"


class StorageFailed(UploadError):
    """The system's fault, not the person's: nothing half-written stays, and trying later may help."""

    status = 503
    code = "storage-failed"


class StorageFull(StorageFailed):
    """No room, or nowhere to write."""

    code = "storage-full"


class FileUnknown(UploadError):
    """No stored file has this key."""

    status = 404
    code = "file-unknown"


class ScannerDown(UploadError):
    """No verdict: the file stays in quarantine and is asked about again."""

    status = 503
    code = "scanner-down"
