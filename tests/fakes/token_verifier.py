"""A verifier that knows its tokens by heart."""

from collections.abc import Mapping

from common.correlation import correlation_id
from common.errors.challenges import AuthReason
from common.errors.factories import raise_authentication_error
from common.identity.principal import Principal


class FakeTokenVerifier:
    """Accepts exactly the tokens it was given; implements :class:`common.identity.principal.TokenVerifier`.

    Args:
        principals: who each token proves.
        expired: tokens that are refused as expired; every other unknown one is refused as invalid.
        service: the name its errors are signed with.
    """

    def __init__(
        self,
        principals: Mapping[str, Principal],
        *,
        expired: frozenset[str] = frozenset(),
        service: str = "test-service",
    ) -> None:
        self._principals = dict(principals)
        self._expired = expired
        self._service = service
        self.verified: list[str] = []

    async def verify(self, token: str) -> Principal:
        """Return the token's principal; ``verified`` tells how often was asked."""
        self.verified.append(token)
        principal = self._principals.get(token)
        if principal is None:
            raise_authentication_error(
                service=self._service,
                operation="verify_token",
                message="The access token is not valid.",
                correlation_id=correlation_id(),
                reason=AuthReason.TOKEN_EXPIRED if token in self._expired else AuthReason.TOKEN_INVALID,
            )
        return principal
