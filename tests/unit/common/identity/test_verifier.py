"""What the verifier is built with, and that nothing a stranger sends gets out of it but one kind of error."""

import hmac
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwt.utils import base64url_decode, base64url_encode

from common.correlation import bind_correlation_id, correlation_id
from common.errors.exceptions import HuleEduError
from common.identity.keys import StaticKeys, UnusableKeyError, hmac_key, published_key
from common.identity.verifier import TOKEN_MAX_BYTES, JwtVerifier
from tests.fakes.clock import FakeClock
from tests.support.signing import AUDIENCE, ISSUER, SECRET, claims, compact_form, hs_token, rsa_pair

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


def verifier(*, clock: FakeClock | None = None, algorithms: tuple[str, ...] = ("HS256",)) -> JwtVerifier:
    """Return a verifier of tokens signed with the tests' secret."""
    return JwtVerifier(
        StaticKeys(hmac_key(SECRET)),
        algorithms=algorithms,
        issuer=ISSUER,
        audience=AUDIENCE,
        clock=clock or FakeClock(),
        service="test-service",
    )


async def outcome(token: str) -> str:
    """Return the user a token proves, or the reason it is refused."""
    try:
        return str((await verifier().verify(token)).user_id)
    except HuleEduError as refused:
        return str(refused.error_detail.details["reason"])


def signed_as(payload: object, header: dict[str, object]) -> str:
    """Return a token with a good signature over whatever payload and header."""
    unsigned = compact_form({"alg": "HS256"} | header, payload).removesuffix(".")
    signature = hmac.digest(SECRET.encode(), unsigned.encode(), sha256)
    return f"{unsigned}.{base64url_encode(signature).decode()}"


@pytest.mark.parametrize("algorithms", [(), ("none",), ("HS256", "none"), ("EdDSA",), ("hs256",)])
def test_a_verifier_without_sound_algorithms_is_not_made(algorithms: tuple[str, ...]) -> None:
    """Not even by whoever wires it wrongly."""
    with pytest.raises(ValueError, match="algorithms"):
        verifier(algorithms=algorithms)


async def test_time_is_the_clocks() -> None:
    """The same token is good, and an hour later it is expired."""
    clock = FakeClock()
    token = hs_token()

    assert (await verifier(clock=clock).verify(token)).user_id == "teacher-1"

    clock.advance(3600)
    with pytest.raises(HuleEduError) as refused:
        await verifier(clock=clock).verify(token)
    assert refused.value.error_detail.details["reason"] == "token_expired"


@pytest.mark.parametrize("claim", ["sub", "org_id", "organization_id", "jti", "unused"])
async def test_half_a_character_in_a_claim_is_no_token(claim: str) -> None:
    """JSON can spell a surrogate without its other half; as a header, a key or JSON it can't be sent on."""
    token = hs_token(claims(**{claim: "a\ud800b"}))

    assert await outcome(token) == "token_invalid"


async def test_half_a_character_in_a_role_or_a_header_is_no_token() -> None:
    """Wherever it stands."""
    outcomes = [await outcome(hs_token(claims(roles=["\udfff"]))), await outcome(hs_token(kid="\ud800"))]

    assert outcomes == ["token_invalid", "token_invalid"]


async def test_a_refusal_carries_the_requests_correlation_id() -> None:
    """And the name of the service that refused."""
    bind_correlation_id(bound := correlation_id())

    with pytest.raises(HuleEduError) as refused:
        await verifier().verify("garbage")

    assert refused.value.error_detail.correlation_id == bound
    assert refused.value.service == "test-service"


async def test_a_token_of_8_kb_is_the_longest() -> None:
    """Counted as sent."""
    short = hs_token(claims(padding=""))
    longest = hs_token(claims(padding="x" * ((TOKEN_MAX_BYTES - len(short)) * 3 // 4)))

    assert len(longest) > TOKEN_MAX_BYTES - 8
    assert await outcome(longest) == "teacher-1"
    assert await outcome(hs_token(claims(padding="x" * 8000))) == "token_invalid"


def spellings(token: str) -> Iterator[str]:
    """Yield other texts that a lax decoder reads as the same three parts."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    parts = token.split(".")
    for number, part in enumerate(parts):
        last = [part[:-1] + letter for letter in alphabet if len(part) % 4 and letter != part[-1]]
        decoded = base64url_decode(part)
        same = [other for other in last if base64url_decode(other) == decoded]
        lax = [part + "=" * (-len(part) % 4 or 4), part + "\n", part[:3] + " " + part[3:], part[:5] + "!" + part[5:]]
        for other in same + lax + ([part.replace("-", "+").replace("_", "/")] if set("-_") & set(part) else []):
            yield ".".join([*parts[:number], other, *parts[number + 1 :]])


@pytest.mark.parametrize("padding", ["x" * length for length in range(6)], ids=len)
async def test_a_token_has_one_spelling(padding: str) -> None:
    """Another text of the same bytes is no token: it would have another id, which nobody has revoked."""
    token = hs_token(claims(jti=None, padding=padding), note=padding)

    outcomes = {spelled: await outcome(spelled) for spelled in spellings(token)}

    assert await outcome(token) == "teacher-1"
    assert len(outcomes) >= 12
    assert set(outcomes.values()) == {"token_invalid"}


async def test_a_token_without_jti_is_revoked_by_the_digest_of_its_signed_part() -> None:
    """The same each time it comes; one that has a ``jti`` by that."""
    token, verify = hs_token(claims(jti=None)), verifier().verify
    digest = sha256(token.rpartition(".")[0].encode()).hexdigest()

    ids = [(await verify(token)).token_id, (await verify(token)).token_id, (await verify(hs_token())).token_id]

    assert ids == [f"sha256:{digest}", f"sha256:{digest}", "token-1"]


@given(st.text() | st.from_regex(r"\A[\w-]{0,20}\.[\w-]{0,20}\.[\w-]{0,20}\Z"))
async def test_no_text_makes_the_verifier_fail(token: str) -> None:
    """What isn't a token is refused, never an error of ours."""
    assert await outcome(token) == "token_invalid"


@given(JSON_VALUES)
async def test_no_signed_payload_makes_the_verifier_fail(payload: object) -> None:
    """Not even one that a broken issuer signs."""
    assert await outcome(signed_as(payload, {})) == "token_invalid"


@given(st.sampled_from(sorted(claims())), JSON_VALUES)
async def test_no_claim_makes_the_verifier_fail(name: str, value: object) -> None:
    """Any value of any claim has an outcome."""
    assert await outcome(signed_as(claims() | {name: value}, {}))


@pytest.mark.parametrize("extension", [{"b64": False}, {"crit": ["b64"], "b64": True}], ids=str)
async def test_no_extension_is_understood(extension: dict[str, object]) -> None:
    """A signed token that says it is to be read in another way is refused (RFC 7515 section 4.1.11, RFC 7797)."""
    assert await outcome(signed_as(claims(), extension)) == "token_invalid"


@pytest.mark.parametrize("key_id", [None, 7, ["k"], {}], ids=str)
async def test_a_key_id_is_text(key_id: object) -> None:
    """RFC 7515 section 4.1.4; null is no text either, though the only key there is would have signed it."""
    assert await outcome(signed_as(claims(), {"kid": key_id})) == "token_invalid"


@given(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "jku", "x5c", "zip", "cty"]), JSON_VALUES)
async def test_no_header_makes_the_verifier_fail(name: str, value: object) -> None:
    """Any value of any header member has an outcome."""
    assert await outcome(signed_as(claims(), {name: value}))


@given(st.sampled_from(["kty", "n", "e", "kid", "alg", "use", "crv", "x", "y", "k", "d"]), JSON_VALUES)
def test_no_published_key_makes_the_key_source_fail(name: str, value: object) -> None:
    """Any member of a key set is a key or unusable."""
    members = rsa_pair().jwk(kid="k") | {name: value}

    with suppress(UnusableKeyError):
        assert published_key(members).algorithms
