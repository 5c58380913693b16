"""What ``Proxy-Status`` says of an answer the gateway made or changed (RFC 9209)."""

from enum import StrEnum

from api_gateway.domain import SERVICE_NAME, UpstreamName


class ProxyError(StrEnum):
    """Why there is no answer of the upstream's (RFC 9209 section 2.3)."""

    CIRCUIT_OPEN = "destination_unavailable"
    LIMIT_REACHED = "connection_limit_reached"
    NAME_ERROR = "dns_error"
    UNROUTABLE = "destination_ip_unroutable"
    REFUSED = "connection_refused"
    TERMINATED = "connection_terminated"
    CONNECT_TIMEOUT = "connection_timeout"
    ANSWER_TIMEOUT = "http_response_timeout"
    INCOMPLETE = "http_response_incomplete"
    BODY_TOO_LARGE = "http_response_body_size"
    HEAD_TOO_LARGE = "http_response_header_section_size"
    BAD_CODING = "http_response_content_coding"
    BAD_FRAMING = "http_response_transfer_coding"
    NOT_HTTP = "http_protocol_error"
    CERTIFICATE = "tls_certificate_error"
    TLS = "tls_protocol_error"


def no_answer(upstream: UpstreamName, error: ProxyError) -> dict[str, str]:
    """Return the field for a failure on the way to ``upstream``."""
    return {"Proxy-Status": f"{SERVICE_NAME}; error={error}; next-hop={upstream}"}


def answer_replaced(upstream: UpstreamName, status: int) -> dict[str, str]:
    """Return the field for an answer of ``upstream``'s with ``status`` whose content the gateway replaced."""
    return {"Proxy-Status": f"{SERVICE_NAME}; received-status={status}; next-hop={upstream}"}
