"""The one tree of errors that Cuepoint raises.

Every message is safe to show to a person and says what to do next: no path of the server that the
person did not type, no key, no header, no driver's text. Driver exceptions are translated at the
edge of the adapter that knows them, always ``raise ... from exc``, so the log keeps the cause.

``retryable`` is a property of the class: True means that the same call may succeed later without
anybody changing anything.
"""

from __future__ import annotations

from typing import ClassVar


class CuepointError(Exception):
    """Root of the tree; ``str(error)`` is the sentence to show."""

    retryable: ClassVar[bool] = False

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SettingsError(CuepointError):
    """A setting is wrong; the message names it and gives a value that works."""


class LibraryBusy(CuepointError):
    """Another process owns this data folder."""


class NotFound(CuepointError):
    """A video, job or stored thing that was named does not exist (any more)."""


class Cancelled(CuepointError):
    """The person cancelled the work; never shown as a failure."""


# -- what people hand in ------------------------------------------------------------------------


class InputRefused(CuepointError):
    """What was handed in cannot be used as it is."""


class MediaRefused(InputRefused):
    """A file is not a video that can be indexed; the message says why and what would work."""


class MediaOutOfLimits(MediaRefused):
    """A video is outside the engine's limits; where ``fit_helps``, a fitted copy of it is not."""

    def __init__(self, message: str, *, fit_helps: bool = False) -> None:
        super().__init__(message)
        self.fit_helps = fit_helps


class UrlRefused(InputRefused):
    """An address is not allowed, not reachable, or does not lead to a file."""


class DownloadInterrupted(UrlRefused):
    """The address may be right, but the transfer failed: a busy server, a stall, a cut connection."""

    retryable = True


class UploadRefused(InputRefused):
    """An upload was forged, came from another site, was cut off, or is too large."""


class UploadTooLarge(UploadRefused):
    """An upload is larger than the setting allows."""


class OriginRefused(UploadRefused):
    """A request that changes something came from another site."""


class QueryRefused(InputRefused):
    """A query cannot be searched as it stands (empty, no positive term, clip too long...)."""


class TokenRefused(InputRefused):
    """A signed media, upload or control token is forged or belongs to another installation."""


class TokenExpired(TokenRefused):
    """A signed token was ours but is too old; ask for a new one."""


# -- media ---------------------------------------------------------------------------------------


class MediaError(CuepointError):
    """Decoding or encoding failed for a file that was accepted before."""


class MediaMissing(MediaError):
    """The file behind a video is no longer where it was."""


class MediaFault(MediaError):
    """Reading the file met a fault of Cuepoint's own, not of the file; the log has it."""


class MediaTimeout(MediaError):
    """Decoding took longer, or more memory, than its bound."""


# -- engines -------------------------------------------------------------------------------------


class EngineError(CuepointError):
    """The embedding engine could not do its work."""


class EngineUnavailable(EngineError):
    """The engine cannot be reached or is overloaded just now."""

    retryable = True

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """How long the engine asked to be left alone, where it said so."""


class EngineBusy(EngineUnavailable):
    """The engine asked to be left alone for a while (a rate limit): waiting, not failing."""


class EngineOutcomeUnknown(EngineUnavailable):
    """A request that must not be sent twice may have been carried out; look before sending again."""


class EngineRefused(EngineError):
    """The engine refuses this input for good; the message says why."""


class EngineUnauthorized(EngineError):
    """The key is missing, wrong, or lacks the right; stops the queue, not only one job."""


class EngineLimitReached(EngineError):
    """A quota or our own daily ceiling is used up; jobs are parked."""


# -- stores --------------------------------------------------------------------------------------


class StoreError(CuepointError):
    """One of the three stores could not do its work."""


class IndexOutdated(StoreError):
    """The index was laid out by another version. The archive has all that is needed to write it anew."""


class IndexUnavailable(StoreError):
    """Milvus cannot be opened or does not answer."""

    retryable = True


class CatalogUnavailable(StoreError):
    """The catalog database cannot be opened or does not answer."""

    retryable = True


class ArchiveDamaged(StoreError):
    """An archive file is unreadable, incomplete, or holds something else than its name says."""


class SpaceMismatch(StoreError):
    """Vectors of one space met another space."""


class JobChanged(StoreError):
    """A job was changed by somebody else since it was read; read it again."""


class StorageFull(StoreError):
    """The disk is full."""

    retryable = True
