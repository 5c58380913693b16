"""Tokens for load: what the identity service would have signed, valid for the length of a benchmark."""

import time

import jwt

SECRET = "benchmark-secret-of-at-least-thirty-two-bytes"
USER = "teacher-1"


def mint(user_id: str = USER, *, lifetime_s: int = 86_400) -> str:
    """Return an HS256 token of ``user_id`` that lives ``lifetime_s`` seconds."""
    now = int(time.time())
    claims = {
        "sub": user_id,
        "iat": now,
        "exp": now + lifetime_s,
        "iss": "huleedu-identity-service",
        "aud": "huleedu-platform",
        "jti": f"bench-{user_id}",
        "org_id": "school-1",
        "roles": ["teacher"],
    }
    return jwt.encode(claims, SECRET, algorithm="HS256")
