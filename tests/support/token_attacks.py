"""Tokens that prove nothing, each made as its forger would, from a service's real key pair."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

import jwt
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from tests.support.signing import AUDIENCE, ISSUER, KeyPair, compact_form, ec_pair, rsa_pair, sign_token

HOUR_S = 3600
FORGERS_KEY = rsa_pair("forger").jwk(kid="forger")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@dataclass(frozen=True, slots=True)
class Target:
    """What a forger knows: the issuer's key pair with its id, the time, and an address under the forger's control.

    The private half signs what the issuer itself would never sign: well-signed tokens with other claims.
    """

    pair: KeyPair
    key_id: str
    now_s: int
    own_url: str

    def claims(self, **overrides: object) -> dict[str, object]:
        """Return sound claims of a teacher; an override of None leaves a claim out."""
        sound = {"sub": "teacher-victim", "iss": ISSUER, "aud": AUDIENCE, "exp": self.now_s + HOUR_S, "roles": []}
        return {name: value for name, value in (sound | overrides).items() if value is not None}

    def signed(self, *, header: Mapping[str, object] | None = None, **overrides: object) -> str:
        """Return a well-signed token whose claims are overridden."""
        return sign_token(self.pair, self.claims(**overrides), **{"kid": self.key_id, **(header or {})})

    def signed_text(self, header: str, payload: str) -> str:
        """Return a well-signed token of parts that are written by hand."""
        unsigned = ".".join(_encode(part.encode(errors="surrogatepass")) for part in (header, payload))
        assert isinstance(self.pair.private, RSAPrivateKey)
        return f"{unsigned}.{_encode(self.pair.private.sign(unsigned.encode(), PKCS1v15(), SHA256()))}"

    def unsigned(self, signature: bytes = b"", **header: object) -> str:
        """Return a token with any header and any signature."""
        return compact_form({"kid": self.key_id, **header}, self.claims(), signature)

    def with_secret(self, secret: bytes, **header: object) -> str:
        """Return a token signed by HMAC."""
        parts = compact_form({"alg": "HS256", "kid": self.key_id, **header}, self.claims()).rpartition(".")[0]
        return f"{parts}.{_encode(hmac.digest(secret, parts.encode(), sha256))}"

    @property
    def header(self) -> str:
        """The header of a sound token, as JSON."""
        return json.dumps({"alg": "RS256", "kid": self.key_id})


Attack = Callable[[Target], str]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _parts(target: Target) -> tuple[str, str, str]:
    header, payload, signature = target.signed().split(".")
    return header, payload, signature


def _other_last_bits(target: Target) -> str:
    """Return a token whose signature is the same bytes in another spelling: its spare bits aren't zero."""
    signed = target.signed()
    return signed[:-1] + ALPHABET[ALPHABET.index(signed[-1]) + 1]


def _flipped(target: Target) -> str:
    header, payload, signature = _parts(target)
    return f"{header}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def _swapped(target: Target) -> str:
    """Return one token's claims under another's signature."""
    header, _, signature = _parts(target)
    payload = target.signed(sub="teacher-other").split(".")[1]
    return f"{header}.{payload}.{signature}"


def _alg(name: str) -> Attack:
    return lambda target: target.unsigned(alg=name)


def _kid(key_id: str) -> Attack:
    return lambda target: sign_token(rsa_pair("forger"), target.claims(), kid=key_id)


def _address(name: str, key_id: str | None = None) -> Attack:
    """Return a token that says where its key is; under the real key's id unless one is given."""
    return lambda target: sign_token(
        rsa_pair("forger"), target.claims(), kid=key_id or target.key_id, **{name: target.own_url}
    )


def _without(claim: str) -> Attack:
    return lambda target: target.signed(**{claim: None})


def _saying(**claims: object) -> Attack:
    """Return a well-signed token with claims of any type; no library would sign some of them."""
    return lambda target: target.signed_text(target.header, json.dumps(target.claims() | claims))


def _payload(change: Callable[[str], str]) -> Attack:
    """Return a well-signed token whose payload is the changed text of sound claims."""
    return lambda target: target.signed_text(target.header, change(json.dumps(target.claims())))


_KIDS = (
    "../../../../etc/passwd",
    "' UNION SELECT 'k' -- ",
    "$(id)",
    "http://127.0.0.1/key",
    "",
    "\x00",
    "\r\nSET a b\r\n",
    "å" * 200,
    "k" * 4000,
)
_ALGS = ("none", "None", "NONE", "nOnE", "", "RS", "RS256 ", "rs256", "HS256", "RS512", "PS256", "ES256")
_ADDRESSES = ("jku", "x5u", "jwks_uri")

FORGED: dict[str, Attack] = {
    **{f"alg {name!r}": _alg(name) for name in _ALGS},
    "alg none with a real signature": lambda target: target.signed_text('{"alg":"none"}', json.dumps(target.claims())),
    "no alg": lambda target: target.unsigned(),
    "alg a list": lambda target: target.unsigned(alg=["RS256"]),
    "alg null": lambda target: target.unsigned(alg=None),
    "HS256 by the public key": lambda target: target.with_secret(target.pair.public_pem.encode()),
    "HS256 by the public key on one line": lambda target: target.with_secret(target.pair.public_pem.strip().encode()),
    "HS256 by the published modulus": lambda target: target.with_secret(str(target.pair.jwk()["n"]).encode()),
    "HS256 by nothing": lambda target: target.with_secret(b""),
    "HS256 by a known secret": lambda target: target.with_secret(b"your-secret-key-here"),
    "HS256 by NUL, kid /dev/null": lambda target: target.with_secret(b"\0", kid="../../../../dev/null"),
    "ES256 by a curve": lambda target: sign_token(ec_pair("forger"), target.claims(), kid=target.key_id),
    "a stranger's key": lambda target: sign_token(rsa_pair("forger"), target.claims(), kid=target.key_id),
    "a stranger's key without kid": lambda target: sign_token(rsa_pair("forger"), target.claims()),
    "RS512 by the right key": lambda target: jwt.encode(
        target.claims(), target.pair.private, "RS512", headers={"kid": target.key_id}
    ),
    "an embedded key": lambda target: sign_token(rsa_pair("forger"), target.claims(), jwk=FORGERS_KEY),
    "an embedded key under the real kid": lambda target: sign_token(
        rsa_pair("forger"), target.claims(), jwk=FORGERS_KEY, kid=target.key_id
    ),
    "x5c": lambda target: sign_token(rsa_pair("forger"), target.claims(), x5c=["MIIB"], kid=target.key_id),
    **{f"{name} under the real kid": _address(name) for name in _ADDRESSES},
    **{f"{name} under the forger's kid": _address(name, "forger") for name in _ADDRESSES},
    **{f"kid {key_id[:20]!r}": _kid(key_id) for key_id in _KIDS},
    "kid a list": lambda target: target.unsigned(alg="RS256", kid=[target.key_id]),
    "no signature": lambda target: ".".join([*_parts(target)[:2], ""]),
    "two parts": lambda target: ".".join(_parts(target)[:2]),
    "four parts": lambda target: target.signed() + ".e30",
    "a dot behind": lambda target: target.signed() + ".",
    "another signature": _flipped,
    "another payload": _swapped,
    "a cut signature": lambda target: target.signed()[:-4],
    "a longer signature": lambda target: target.signed() + "AAAA",
    "spare bits": _other_last_bits,
    "padding": lambda target: target.signed() + "==",
    "a letter of the standard alphabet": lambda target: target.signed() + "+",
    "letters of another script": lambda target: target.signed().replace("e", "\u0435", 1),
    "full-width dots": lambda target: target.signed().replace(".", "\uff0e"),
    "JSON serialisation": lambda target: json.dumps(
        dict(zip(("protected", "payload", "signature"), _parts(target), strict=True)), separators=(",", ":")
    ),
    "an encrypted token": lambda target: ".".join([*_parts(target), "AAAA", "AAAA"]),
}
"""What a stranger can make who knows what is published."""

REJECTED: dict[str, Attack] = {
    "nested": lambda target: target.signed_text(
        json.dumps({"alg": "RS256", "kid": target.key_id, "cty": "JWT"}), json.dumps(target.signed())
    ),
    "crit b64": lambda target: target.signed(header={"crit": ["b64"], "b64": False}),
    "crit unknown": lambda target: target.signed(header={"crit": ["exp"], "exp": 1}),
    "crit empty": lambda target: target.signed(header={"crit": []}),
    "crit no list": lambda target: target.signed(header={"crit": "exp"}),
    "typ of a logout token": lambda target: target.signed(header={"typ": "logout+jwt"}),
    "typ of an event": lambda target: target.signed(header={"typ": "secevent+jwt"}),
    "a refresh token": _saying(typ="refresh"),
    "a token of another use": _saying(typ="id"),
    "expired": lambda target: target.signed(exp=target.now_s - 1),
    "expired long ago": _saying(exp=0),
    "exp in words": _saying(exp="4102444800"),
    "exp true": _saying(exp=True),
    "exp a list": _saying(exp=[4102444800]),
    "exp beyond time": _saying(exp=1e300),
    "exp infinite": _saying(exp=float("inf")),
    "exp not a number": _saying(exp=float("nan")),
    "exp negative": _saying(exp=-1),
    "nbf ahead": lambda target: target.signed(nbf=target.now_s + HOUR_S),
    "nbf in words": _saying(nbf="soon"),
    "iat ahead": lambda target: target.signed(iat=target.now_s + HOUR_S),
    "iat in words": _saying(iat="now"),
    **{f"no {name}": _without(name) for name in ("exp", "sub", "iss", "aud")},
    "another issuer": _saying(iss="somebody"),
    "an issuer that begins alike": _saying(iss=f"{ISSUER}.evil.example"),
    "an issuer with a blank": _saying(iss=f"{ISSUER} "),
    "a list of issuers": _saying(iss=[ISSUER]),
    "another audience": _saying(aud="another-platform"),
    "an audience that begins alike": _saying(aud=f"{AUDIENCE}-admin"),
    "no audience of several": _saying(aud=["one", "two"]),
    "an audience in an object": _saying(aud={"a": AUDIENCE}),
    "sub empty": _saying(sub=""),
    "sub blank": _saying(sub=" \t"),
    "sub a number": _saying(sub=7),
    "sub an object": _saying(sub={"$ne": ""}),
    "sub half a character": _saying(sub="a\ud800"),
    "jti empty": _saying(jti=""),
    "jti a number": _saying(jti=7),
    "roles in words": _saying(roles="admin"),
    "roles of numbers": _saying(roles=[1]),
    "claims a list": _payload(lambda claims: f"[{claims}]"),
    "claims a string": _payload(lambda _: '"teacher-victim"'),
    "claims empty": _payload(lambda _: "{}"),
    "claims nothing": _payload(lambda _: ""),
    "claims cut": _payload(lambda claims: claims[:-1]),
    "claims and more": _payload(lambda claims: claims + "{}"),
    "claims with a comment": _payload(lambda claims: claims + "/**/"),
    "claims in UTF-16": _payload(lambda claims: claims.encode("utf-16").decode("latin-1")),
    "claims deeply nested": _payload(lambda claims: f'{claims[:-1]}, "a": {"[" * 2800}{"]" * 2800}}}'),
    "a header that is a list": lambda target: target.signed_text("[]", json.dumps(target.claims())),
    "two algs, none last": lambda target: target.signed_text(
        '{"alg":"RS256","alg":"none"}', json.dumps(target.claims())
    ),
    "two exps, the last passed": _payload(lambda claims: claims[:-1] + ', "exp": 1}'),
    "two auds, the last another's": _payload(lambda claims: claims[:-1] + ', "aud": "another-platform"}'),
    "too long": _saying(padding="x" * 8192),
    "far too long": _saying(padding="x" * 20_000),
}
"""What bears the issuer's own signature, and still is no access token for this platform now."""

ATTACKS: dict[str, Attack] = FORGED | REJECTED
