"""How the interface says no: `{"error": {"code", "message", "field"}}`."""

from __future__ import annotations


class ApiError(Exception):
    """A refusal; nothing was changed. `message` is a sentence that says what to do."""

    def __init__(self, status: int, code: str, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field

    def payload(self) -> dict[str, dict[str, str | None]]:
        """The JSON of the answer."""
        return {"error": {"code": self.code, "message": self.message, "field": self.field}}


def invalid(message: str, *, field: str | None = None) -> ApiError:
    """422: understood, and not acceptable."""
    return ApiError(422, "validationFailed", message, field=field)


def not_found(message: str) -> ApiError:
    """404."""
    return ApiError(404, "notFound", message)


def conflict(message: str) -> ApiError:
    """409: not in the state the record is in now."""
    return ApiError(409, "wrongState", message)
