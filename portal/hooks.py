"""The doorbell of other systems: a notification is verified, stored and answered; the work comes afterwards."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from connectors.errors import ConnectorError
from connectors.models import Connection
from portal.shell.access import open_to_everybody
from sync.runs import notifications

LARGEST_BYTES = 256 * 1024


@open_to_everybody  # what is let in is the signature
@csrf_exempt
@require_POST
def receive(request: HttpRequest, connection_id: UUID) -> HttpResponse:
    """202 when the notification is stored (again or anew), 400 with a sentence when it is not believed."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST_BYTES:
        return _refused("The notification is larger than this address takes.", 413)
    if not Connection.objects.filter(pk=connection_id).exists():
        return _refused("There is no such address.", 404)
    try:
        notifications.receive(connection_id, request.headers, request.body)
    except ConnectorError as fault:
        return _refused(fault.sentence, 400)
    return HttpResponse(status=202)


def _refused(sentence: str, status: int) -> JsonResponse:
    return JsonResponse({"detail": sentence}, status=status, content_type="application/problem+json")
