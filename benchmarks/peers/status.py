"""What the peers have in common: read and verify a bearer token, compare the owner, answer.

As the status floor, they have no limits, revocation, logs, metrics, error format or deadlines. Configured by
``UPSTREAM_URL`` and ``JWT_SECRET_KEY``.
"""

import os
from typing import Annotated

import jwt
import orjson
from fastapi import Depends, Header, Response

PATH = "/v1/batches/{batch_id}/status"


async def verified_user(authorization: Annotated[str, Header()]) -> str:
    """Verify the bearer token and return its user."""
    claims = jwt.decode(
        authorization.removeprefix("Bearer "),
        os.environ["JWT_SECRET_KEY"],
        algorithms=["HS256"],
        audience="huleedu-platform",
        issuer="huleedu-identity-service",
    )
    return str(claims["sub"])


User = Annotated[str, Depends(verified_user)]


def upstream_url(batch_id: str) -> str:
    """Return where the upstream keeps the batch's status."""
    return f"{os.environ['UPSTREAM_URL']}/internal/v1/batches/{batch_id}/status"


def answer(body: bytes, user: str) -> Response:
    """Return the upstream's status to its owner, 403 to others."""
    batch = orjson.loads(body)
    if batch.pop("user_id") != user:
        return Response(b"{}", status_code=403, media_type="application/json")
    return Response(orjson.dumps({"status": "processing", "details": batch}), media_type="application/json")
