"""Which keys are taken, and for which algorithms."""

import pytest
from jwt.algorithms import HMACAlgorithm

from common.identity.keys import UnusableKeyError, hmac_key, public_key, published_key
from tests.support.signing import SECRET, ec_pair, rsa_pair


def test_a_secret_offers_the_algorithms_it_is_long_enough_for() -> None:
    """RFC 7518 section 3.2: a key as long as the hash."""
    assert hmac_key("k" * 32).algorithms == {"HS256"}
    assert hmac_key("k" * 48).algorithms == {"HS256", "HS384"}
    assert hmac_key("k" * 64).algorithms == {"HS256", "HS384", "HS512"}


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param("k" * 31, id="31 bytes"),
        pytest.param("", id="empty"),
        pytest.param(rsa_pair().public_pem, id="a public key"),
    ],
)
def test_weak_or_public_secrets_are_refused(secret: str) -> None:
    """Either could be guessed or is known."""
    with pytest.raises(UnusableKeyError):
        hmac_key(secret)


def test_a_short_secret_makes_the_signatures_it_always_made() -> None:
    """Taken all the same where that is asked for: HMAC itself fills such a key up with zero bytes (RFC 2104)."""
    signed = HMACAlgorithm(HMACAlgorithm.SHA256).sign(b"payload", b"k" * 15)
    short = hmac_key("k" * 15, even_if_short=True)

    assert short.algorithms == {"HS256"}
    assert isinstance(short.material, bytes)
    assert HMACAlgorithm(HMACAlgorithm.SHA256).verify(b"payload", short.material, signed)


def test_a_secret_is_measured_in_bytes() -> None:
    """Sixteen two-byte characters are thirty-two bytes."""
    assert "HS256" in hmac_key("å" * 16).algorithms


def test_a_public_key_offers_only_its_own_kind() -> None:
    """Which is what makes HMAC by a public key impossible."""
    assert public_key(rsa_pair().public_pem).algorithms == {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
    assert public_key(ec_pair().public_pem).algorithms == {"ES256"}


def test_a_pem_may_be_on_one_line() -> None:
    """Environment variables often can't hold line ends."""
    assert public_key(rsa_pair().public_pem.replace("\n", "\\n")).algorithms


@pytest.mark.parametrize(
    "pem",
    [
        pytest.param("", id="empty"),
        pytest.param("-----BEGIN PUBLIC KEY-----\ngarbage\n-----END PUBLIC KEY-----", id="garbage"),
        pytest.param(rsa_pair().private_pem, id="the private half"),
        pytest.param(rsa_pair(bits=1024).public_pem, id="1024 bits"),
        pytest.param(SECRET, id="a secret"),
    ],
)
def test_what_is_no_strong_public_key_is_refused(pem: str) -> None:
    """The message says why and quotes nothing."""
    with pytest.raises(UnusableKeyError) as refused:
        public_key(pem)

    assert "PRIVATE" not in str(refused.value)


def test_a_published_key_is_bound_to_its_alg() -> None:
    """RFC 8725 section 3.1: the key says its algorithm, not the token."""
    key = published_key(rsa_pair().jwk(kid="k1", alg="RS256", use="sig"))

    assert key.algorithms == {"RS256"}
    assert key.key_id == "k1"


@pytest.mark.parametrize(
    "jwk",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"}, id="symmetric"),
        pytest.param({"kty": "RSA"}, id="RSA without numbers"),
        pytest.param({"kty": "RSA", "n": "!!", "e": "AQAB"}, id="RSA with bad numbers"),
        pytest.param({"kty": "RSA", "n": 5, "e": []}, id="RSA with numbers of another kind"),
        pytest.param(rsa_pair().jwk(use="enc"), id="for encryption"),
        pytest.param(rsa_pair().jwk(d="AQAB"), id="private"),
        pytest.param(rsa_pair().jwk(alg="HS256"), id="RSA that calls itself HMAC"),
        pytest.param(rsa_pair().jwk(alg="none"), id="RSA that calls itself none"),
        pytest.param(rsa_pair().jwk(alg=["RS256"]), id="alg a list"),
        pytest.param(rsa_pair().jwk(kid=7), id="kid a number"),
        pytest.param(rsa_pair(bits=1024).jwk(), id="1024 bits"),
        pytest.param(ec_pair().jwk(crv="P-384"), id="a curve its point isn't on"),
        pytest.param(ec_pair().jwk(crv="P-999"), id="an unknown curve"),
        pytest.param({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}, id="OKP"),
    ],
)
def test_an_unusable_published_key_is_refused(jwk: dict[str, object]) -> None:
    """Whatever a lying key server puts there, it is one kind of failure."""
    with pytest.raises(UnusableKeyError):
        published_key(jwk)
