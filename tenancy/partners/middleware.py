"""Finds the partner by host name. Unknown and suspended hosts get an answer that names nobody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django_tenants.middleware.main import TenantMainMiddleware

from tenancy.partners.models import PartnerStatus


class PartnerMiddleware(TenantMainMiddleware):
    """Sets the schema for the request and puts it back to public afterwards."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if answer := super().process_request(request):
            return answer
        if request.tenant.status == PartnerStatus.SUSPENDED:
            return _plain("This service is paused. Please speak to the company that provides it to you.", 503)
        return None

    def no_tenant_found(self, request: HttpRequest, hostname: str) -> HttpResponse:
        return _plain("There is nothing at this address.", 404)


def _plain(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence + "\n", status=status, content_type="text/plain; charset=utf-8")
