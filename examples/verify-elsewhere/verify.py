"""Verifies access tokens of Tacit with the python3-jwt and python3-cryptography of Debian.

AUTH_URL=http://localhost:3000 python3 verify.py "$TOKEN"
"""
import json
import os
import socket
import sys

import jwt

AUTH_URL = os.environ.get("AUTH_URL", "http://localhost:3000")
ISSUER = os.environ.get("ISSUER", "http://localhost")
AUDIENCE = os.environ.get("AUDIENCE", ISSUER)
ALGORITHM = os.environ.get("ACCESS_TOKEN_ALG", "EdDSA")  # One, and never taken from the token.
REQUIRED = ["iss", "aud", "sub", "exp", "iat", "jti", "client_id", "sid", "role", "scope"]

socket.setdefaulttimeout(5)  # For the key set, which is kept for five minutes.
keys = jwt.PyJWKClient(f"{AUTH_URL}/.well-known/jwks.json", lifespan=300)


def verify(token):
    """Returns the claims. Raises jwt.PyJWTError if the token is no good access token."""
    header = jwt.get_unverified_header(token)
    if str(header.get("typ")).lower().removeprefix("application/") != "at+jwt":
        raise jwt.InvalidTokenError("The type is not at+jwt")
    key = keys.get_signing_key_from_jwt(token).key
    rules = {"algorithms": [ALGORITHM], "issuer": ISSUER, "audience": AUDIENCE}
    return jwt.decode(token, key, options={"require": REQUIRED}, **rules)


if __name__ == "__main__":
    try:
        print(json.dumps(verify(sys.argv[1])))
    except jwt.PyJWTError as error:
        sys.exit(f"refused: {error}")
