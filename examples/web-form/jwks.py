"""Prints the key document (`jwks_file`) of a KMS key of 2,048 bits.

    jwks.py KEY_ID >broker-rules-folder/form.jwks.json
"""

import base64
import json
import sys

import boto3

# How the public key of 2,048 bits begins (SubjectPublicKeyInfo) before its modulus, and how it ends: 65537.
BEFORE = bytes.fromhex("30820122300d06092a864886f70d01010105000382010f003082010a0282010100")
AFTER = bytes.fromhex("0203010001")


def jwks(key_id):
    der = boto3.client("kms").get_public_key(KeyId=key_id)["PublicKey"]
    if not (der.startswith(BEFORE) and der.endswith(AFTER) and len(der) == len(BEFORE) + 256 + len(AFTER)):
        raise ValueError("the key is not RSA of 2,048 bits")
    modulus = base64.urlsafe_b64encode(der[len(BEFORE) : -len(AFTER)]).rstrip(b"=").decode()
    return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": key_id, "n": modulus, "e": "AQAB"}]}


if __name__ == "__main__":
    print(json.dumps(jwks(sys.argv[1]), indent=1))
