"""Every way an Authorization header can be wrong, from the header's values to status, challenge and reason."""

import hmac
from collections.abc import Sequence
from hashlib import sha256

import jwt
import pytest

from common.errors.exceptions import HuleEduError
from common.identity.keys import StaticKeys, public_key
from common.identity.principal import Principal, bearer_token
from common.identity.verifier import JwtVerifier
from tests.fakes.clock import FakeClock
from tests.support.signing import (
    AUDIENCE,
    ISSUER,
    NOW_S,
    SECRET,
    claims,
    compact_form,
    ec_pair,
    hs_token,
    rsa_pair,
    sign_token,
)

REALM = 'Bearer realm="huleedu"'
BAD_REQUEST = f'{REALM}, error="invalid_request"'
BAD_TOKEN = f'{REALM}, error="invalid_token"'
PAIR = rsa_pair()


def signed_with_the_public_key() -> str:
    """Return what a forger makes who takes the published RSA key for an HMAC secret."""
    parts = compact_form({"alg": "HS256", "typ": "JWT"}, claims()).rpartition(".")[0]
    return (
        f"{parts}.{jwt.utils.base64url_encode(hmac.digest(PAIR.public_pem.encode(), parts.encode(), sha256)).decode()}"
    )


async def authenticate(values: Sequence[str]) -> Principal:
    """Do what both services do with a request's Authorization values, keys being RSA."""
    verifier = JwtVerifier(
        StaticKeys(public_key(PAIR.public_pem)),
        algorithms=("RS256",),
        issuer=ISSUER,
        audience=AUDIENCE,
        clock=FakeClock(),
        service="test-service",
    )
    return await verifier.verify(bearer_token(values, service="test-service"))


def bearer(token: str) -> list[str]:
    """Return the one header value that carries ``token``."""
    return [f"Bearer {token}"]


MISSING = [
    pytest.param([], id="no header"),
    pytest.param([""], id="empty header"),
    pytest.param(["  "], id="blank header"),
    pytest.param(["Basic dGVhY2hlcjpzZWNyZXQ="], id="other scheme"),
    pytest.param([sign_token(PAIR)], id="token without a scheme"),
    pytest.param([f"Bearer{sign_token(PAIR)}"], id="no space"),
]
MALFORMED = [
    pytest.param(["Bearer"], id="nothing behind Bearer"),
    pytest.param(["Bearer    "], id="spaces behind Bearer"),
    pytest.param([f"Bearer {sign_token(PAIR)} {sign_token(PAIR)}"], id="two tokens"),
    pytest.param([f"Bearer {sign_token(PAIR)}, Bearer {sign_token(PAIR)}"], id="two headers joined by a proxy"),
    pytest.param([*bearer(sign_token(PAIR)), *bearer(sign_token(PAIR))], id="two headers"),
    pytest.param([*bearer(sign_token(PAIR)), ""], id="two headers, one empty"),
]
EXPIRED = [
    pytest.param(bearer(sign_token(PAIR, claims(exp=NOW_S - 1))), id="a second ago"),
    pytest.param(bearer(sign_token(PAIR, claims(exp=NOW_S))), id="this second: exp gets no leeway"),
]
INVALID = [
    pytest.param(bearer("garbage"), id="garbage"),
    pytest.param(bearer("..."), id="dots"),
    pytest.param(bearer("a.b.c"), id="three bad parts"),
    pytest.param(bearer("eyJhbGciOiJSUzI1NiJ9"), id="header alone"),
    pytest.param(bearer("\u00e5\u00e4\u00f6.\u00e5.\u00e4"), id="not ASCII"),
    pytest.param(bearer(sign_token(PAIR)[:-4]), id="cut signature"),
    pytest.param(bearer(sign_token(rsa_pair("stranger"))), id="a stranger's key"),
    pytest.param(bearer(sign_token(PAIR, claims(nbf=NOW_S + 11))), id="not yet valid"),
    pytest.param(bearer(sign_token(PAIR, claims(iat=NOW_S + 11))), id="issued in the future"),
    pytest.param(bearer(sign_token(PAIR, claims(exp=None))), id="no exp"),
    pytest.param(bearer(sign_token(PAIR, claims(typ="refresh"))), id="refresh token"),
    pytest.param(bearer(sign_token(PAIR, claims(sub=None))), id="no sub"),
    pytest.param(bearer(sign_token(PAIR, claims(sub=""))), id="empty sub"),
    pytest.param(bearer(sign_token(PAIR, claims(sub="  "))), id="blank sub"),
    pytest.param(bearer(compact_form({"alg": "RS256"}, claims(sub=7))), id="number as sub"),
    pytest.param(bearer(sign_token(PAIR, claims(aud="another-platform"))), id="wrong aud"),
    pytest.param(bearer(sign_token(PAIR, claims(aud=None))), id="no aud"),
    pytest.param(bearer(compact_form({"alg": "RS256"}, claims(iss="somebody"))), id="wrong iss"),
    pytest.param(bearer(sign_token(PAIR, claims(iss="somebody"))), id="wrong iss, well signed"),
    pytest.param(bearer(sign_token(PAIR, claims(iss=None))), id="no iss"),
    pytest.param(bearer(sign_token(ec_pair())), id="wrong alg: ES256"),
    pytest.param(bearer(hs_token(secret=SECRET)), id="wrong alg: HS256"),
    pytest.param(bearer(jwt.encode(claims(), PAIR.private, "RS512")), id="right key, alg not listed"),
    pytest.param(bearer(compact_form({"alg": "none", "typ": "JWT"}, claims())), id="alg none"),
    pytest.param(bearer(compact_form({"alg": "None", "typ": "JWT"}, claims())), id="alg None"),
    pytest.param(bearer(compact_form({"typ": "JWT"}, claims())), id="no alg"),
    pytest.param(bearer(compact_form({"alg": ["RS256"]}, claims())), id="list as alg"),
    pytest.param(bearer(compact_form([], claims())), id="list as header"),
    pytest.param(bearer(signed_with_the_public_key()), id="HS256 signed with the RSA public key"),
    pytest.param(bearer(sign_token(PAIR, claims(padding="x" * 8192))), id="over 8 KB"),
    pytest.param(bearer(sign_token(PAIR, typ="secevent+jwt")), id="typ of another kind of token"),
    pytest.param(bearer(sign_token(PAIR, crit=["b64"], b64=False)), id="detached payload"),
    pytest.param(bearer(sign_token(PAIR, crit=["b64"])), id="crit, rightly signed"),
    pytest.param(bearer(compact_form({"alg": "RS256", "crit": ["exp"], "exp": 1}, claims())), id="unknown crit"),
    pytest.param(bearer(sign_token(PAIR, claims(exp=NOW_S - 1, aud="another-platform"))), id="expired and foreign"),
]


@pytest.mark.parametrize("values", MISSING)
async def test_a_request_without_a_credential_is_challenged_without_an_error(values: list[str]) -> None:
    """RFC 6750 section 3.1: who sent nothing is told how, not what was wrong."""
    with pytest.raises(HuleEduError) as refused:
        await authenticate(values)

    assert refused.value.status_code == 401
    assert refused.value.headers["WWW-Authenticate"] == REALM
    assert refused.value.error_detail.details["reason"] == "token_missing"


@pytest.mark.parametrize("values", MALFORMED)
async def test_a_malformed_request_is_400(values: list[str]) -> None:
    """Two credentials, or Bearer without one, is a broken client, not a broken token."""
    with pytest.raises(HuleEduError) as refused:
        await authenticate(values)

    assert refused.value.status_code == 400
    assert refused.value.error_code == "INVALID_REQUEST"
    assert refused.value.headers["WWW-Authenticate"] == BAD_REQUEST


@pytest.mark.parametrize("values", EXPIRED)
async def test_an_expired_token_says_so(values: list[str]) -> None:
    """The client can refresh: only time is wrong."""
    with pytest.raises(HuleEduError) as refused:
        await authenticate(values)

    assert refused.value.status_code == 401
    assert refused.value.headers["WWW-Authenticate"] == BAD_TOKEN
    assert refused.value.error_detail.details["reason"] == "token_expired"


@pytest.mark.parametrize("values", INVALID)
async def test_an_invalid_token_proves_nothing(values: list[str]) -> None:
    """Any fault of structure, algorithm, key or claims is the same 401, without saying which."""
    with pytest.raises(HuleEduError) as refused:
        await authenticate(values)

    assert refused.value.status_code == 401
    assert refused.value.error_code == "AUTHENTICATION_ERROR"
    assert refused.value.headers["WWW-Authenticate"] == BAD_TOKEN
    assert refused.value.error_detail.details == {"reason": "token_invalid"}


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(bearer(sign_token(PAIR)), id="plain"),
        pytest.param([f"bearer {sign_token(PAIR)}"], id="scheme in lower case"),
        pytest.param([f"  Bearer   {sign_token(PAIR)} "], id="more than one space between"),
        pytest.param(bearer(sign_token(PAIR, typ="at+jwt")), id="typ of RFC 9068"),
        pytest.param(bearer(sign_token(PAIR, typ=None)), id="no typ"),
        pytest.param(bearer(sign_token(PAIR, claims(iat=None, jti=None))), id="no iat, no jti: today's issuer"),
        pytest.param(bearer(sign_token(PAIR, claims(typ="access"))), id="access by its own word"),
        pytest.param(bearer(sign_token(PAIR, claims(iat=NOW_S + 10))), id="issuer's clock 10 s ahead"),
        pytest.param(bearer(sign_token(PAIR, claims(nbf=NOW_S + 10))), id="nbf 10 s ahead"),
        pytest.param(bearer(sign_token(PAIR, claims(exp=NOW_S + 1))), id="one second left"),
        pytest.param(bearer(sign_token(PAIR, claims(aud=["other", AUDIENCE]))), id="several audiences"),
        pytest.param(
            bearer(sign_token(PAIR, jku="https://evil.example/jwks", x5u="https://evil.example")), id="jku, x5u"
        ),
        pytest.param(bearer(sign_token(PAIR, kid="anything")), id="kid, with one key"),
    ],
)
async def test_a_good_token_makes_its_principal(values: list[str]) -> None:
    """What the contract allows is accepted, and foreign key addresses are never looked at."""
    principal = await authenticate(values)

    assert principal.user_id == "teacher-1"
