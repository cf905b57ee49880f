use serde_json::json;

use super::*;
use crate::testing;

#[test]
fn every_profile_is_read_from_its_own_name() {
    assert_eq!(
        <Profile as strum::VariantNames>::VARIANTS,
        ["cognito-access", "oidc-id", "rfc9068", "oidc-access"]
    );
    for &profile in Profile::ALL {
        assert_eq!(profile.to_string().parse(), Ok(profile));
    }
    for name in ["", "cognito", "OIDC-ID", "oidc_id", "rfc9068 "] {
        assert!(name.parse::<Profile>().is_err(), "{name:?}");
    }
}

#[test]
fn a_type_is_a_media_type() {
    use Profile::{CognitoAccess, OidcAccess, OidcId, Rfc9068};
    let none: &[Profile] = &[];
    for (typ, expected) in [
        (None, &[CognitoAccess, OidcId, OidcAccess][..]),
        (Some("JWT"), &[CognitoAccess, OidcId, OidcAccess]),
        (Some("jwt"), &[CognitoAccess, OidcId, OidcAccess]),
        (Some("application/JWT"), &[CognitoAccess, OidcId, OidcAccess]),
        (Some("at+jwt"), &[Rfc9068, OidcAccess]),
        (Some("AT+JWT"), &[Rfc9068, OidcAccess]),
        (Some("application/at+jwt"), &[Rfc9068, OidcAccess]),
        (Some("Application/at+JWT"), &[Rfc9068, OidcAccess]),
        (Some("logout+jwt"), none),
        (Some("dpop+jwt"), none),
        (Some("secevent+jwt"), none),
        (Some("text/jwt"), none),
        (Some("application-jwt"), none),
        (Some("application/application/jwt"), none),
        (Some("jwt "), none),
        (Some("JWE"), none),
        (Some(""), none),
        (Some("ääääääääää"), none),
    ] {
        let admitted: Vec<_> = Profile::ALL
            .iter()
            .copied()
            .filter(|profile| profile.admits_type(typ))
            .collect();
        assert_eq!(admitted, expected, "{typ:?}");
    }
}

/// The claims beside `base` that tell kinds of token apart, and what each profile says to them.
fn verdict(profile: Profile, claims: &Value) -> Result<(), TokenError> {
    let policy = IssuerPolicy {
        audiences: vec!["ours".to_owned(), "also-ours".to_owned()],
        authorized_parties: vec!["our-app".to_owned()],
        resources: vec!["https://api.example.com".to_owned(), "api".to_owned()],
        ..testing::policy()
    };
    profile.check(claims.as_object().expect("an object"), &policy)
}

#[test]
fn a_cognito_access_token_is_of_our_client_and_for_nobody_else() {
    use TokenError::{Audience, Claim, ClaimNotAllowed, Resource, TokenUse};
    for (claims, expected) in [
        (json!({"token_use": "access", "client_id": "ours"}), Ok(())),
        (json!({"token_use": "access", "client_id": "also-ours"}), Ok(())),
        (json!({"token_use": "id", "client_id": "ours"}), Err(TokenUse)),
        (json!({"token_use": "Access", "client_id": "ours"}), Err(TokenUse)),
        (
            json!({"token_use": ["access"], "client_id": "ours"}),
            Err(TokenUse),
        ),
        (json!({"client_id": "ours"}), Err(TokenUse)),
        (json!({"token_use": "access", "client_id": "our"}), Err(Audience)),
        (
            json!({"token_use": "access", "client_id": "ours2"}),
            Err(Audience),
        ),
        (
            json!({"token_use": "access", "client_id": ["ours"]}),
            Err(Claim("client_id")),
        ),
        (
            json!({"token_use": "access", "client_id": ""}),
            Err(Claim("client_id")),
        ),
        (json!({"token_use": "access"}), Err(Claim("client_id"))),
        (
            json!({"token_use": "access", "client_id": "ours", "aud": "https://api.example.com"}),
            Ok(()),
        ),
        (
            json!({"token_use": "access", "client_id": "ours", "aud": ["theirs", "api"]}),
            Ok(()),
        ),
        (
            json!({"token_use": "access", "client_id": "theirs", "aud": "api"}),
            Err(Audience),
        ),
        (
            json!({"token_use": "id", "client_id": "ours", "aud": "api"}),
            Err(TokenUse),
        ),
        (
            json!({"token_use": "access", "client_id": "ours", "aud": "ours"}),
            Err(Resource),
        ),
        (
            json!({"token_use": "access", "client_id": "ours", "aud": ["https://api.example.com/"]}),
            Err(Resource),
        ),
        (
            json!({"token_use": "access", "client_id": "ours", "aud": ""}),
            Err(Resource),
        ),
        (
            json!({"token_use": "access", "client_id": "ours", "aud": null}),
            Err(Claim("aud")),
        ),
        (
            json!({"token_use": "access", "client_id": "ours", "aud": ["api", 1]}),
            Err(Claim("aud")),
        ),
        (
            json!({"token_use": "access", "client_id": "ours", "events": {}}),
            Err(ClaimNotAllowed("events")),
        ),
    ] {
        assert_eq!(verdict(Profile::CognitoAccess, &claims), expected, "{claims}");
    }
}

#[test]
fn an_id_token_was_issued_to_us() {
    use TokenError::{AuthorizedParty, Claim, ClaimNotAllowed, PayloadType, TokenUse};
    for (claims, expected) in [
        (json!({"aud": "ours"}), Ok(())),
        (json!({"aud": ["ours"]}), Ok(())),
        (
            json!({"aud": "ours", "token_use": "id", "nonce": "n", "at_hash": "h"}),
            Ok(()),
        ),
        (json!({"aud": "ours", "azp": "ours"}), Ok(())),
        (json!({"aud": "ours", "azp": "our-app"}), Ok(())),
        (json!({"aud": "ours", "azp": "theirs"}), Err(AuthorizedParty)),
        (json!({"aud": "ours", "azp": null}), Err(Claim("azp"))),
        (json!({"aud": "ours", "azp": ["ours"]}), Err(Claim("azp"))),
        (json!({"aud": "ours", "azp": ""}), Err(Claim("azp"))),
        (
            json!({"aud": "our-app", "azp": "ours"}),
            Err(TokenError::Audience),
        ),
        (json!({"aud": ["ours", "theirs"], "azp": "our-app"}), Ok(())),
        (json!({"aud": ["ours", "theirs"], "azp": "ours"}), Ok(())),
        (json!({"aud": ["theirs", "ours"], "azp": "also-ours"}), Ok(())),
        (json!({"aud": ["ours", "theirs"]}), Err(Claim("azp"))),
        (json!({"aud": ["ours", "ours"]}), Err(Claim("azp"))),
        (
            json!({"aud": ["ours", "theirs"], "azp": "theirs"}),
            Err(AuthorizedParty),
        ),
        (
            json!({"aud": ["ours", "theirs"], "azp": ["ours"]}),
            Err(Claim("azp")),
        ),
        (json!({"aud": "ours", "typ": "ID"}), Ok(())),
        (json!({"aud": "ours", "typ": "Bearer"}), Err(PayloadType)),
        (json!({"aud": "ours", "typ": "Refresh"}), Err(PayloadType)),
        (json!({"aud": "ours", "typ": "id"}), Err(PayloadType)),
        (json!({"aud": "ours", "typ": ["ID"]}), Err(PayloadType)),
        (json!({"aud": "ours", "typ": null}), Err(PayloadType)),
        (
            json!({"aud": "ours", "scope": "openid"}),
            Err(ClaimNotAllowed("scope")),
        ),
        (
            json!({"aud": "ours", "scope": null}),
            Err(ClaimNotAllowed("scope")),
        ),
        (
            json!({"aud": "ours", "scp": ["openid"]}),
            Err(ClaimNotAllowed("scp")),
        ),
        (json!({"aud": "ours", "scp": []}), Err(ClaimNotAllowed("scp"))),
        (json!({"aud": "ours", "token_use": "access"}), Err(TokenUse)),
        (json!({"aud": "ours", "token_use": null}), Err(TokenUse)),
        (
            json!({"aud": "ours", "events": {}}),
            Err(ClaimNotAllowed("events")),
        ),
    ] {
        assert_eq!(verdict(Profile::OidcId, &claims), expected, "{claims}");
    }
}

#[test]
fn an_id_of_a_token_is_text_whatever_its_kind() {
    for &profile in Profile::ALL {
        let mut claims = match profile {
            Profile::CognitoAccess => json!({"token_use": "access", "client_id": "ours"}),
            Profile::OidcId | Profile::Rfc9068 | Profile::OidcAccess => {
                json!({"aud": "ours", "client_id": "ours"})
            }
        };
        claims["jti"] = "1".into();
        assert_eq!(verdict(profile, &claims), Ok(()), "{claims}");
        for id in [
            json!(1),
            json!(null),
            json!(["1"]),
            json!({}),
            json!(true),
            json!(""),
        ] {
            claims["jti"] = id;
            assert_eq!(
                verdict(profile, &claims),
                Err(TokenError::Claim("jti")),
                "{claims}"
            );
        }
    }
}

#[test]
fn an_rfc_9068_token_has_all_its_claims() {
    use TokenError::Claim;
    for (claims, expected) in [
        (json!({"aud": "ours", "client_id": "app", "jti": "1"}), Ok(())),
        (
            json!({"aud": ["theirs", "ours"], "client_id": "app", "jti": "1"}),
            Ok(()),
        ),
        (json!({"aud": "ours", "jti": "1"}), Err(Claim("client_id"))),
        (json!({"aud": "ours", "client_id": "app"}), Err(Claim("jti"))),
        (
            json!({"aud": "ours", "client_id": "app", "jti": 1}),
            Err(Claim("jti")),
        ),
        (
            json!({"client_id": "app", "jti": "1"}),
            Err(TokenError::NoAudience),
        ),
    ] {
        assert_eq!(verdict(Profile::Rfc9068, &claims), expected, "{claims}");
    }
}

#[test]
fn an_access_token_has_nothing_of_an_id_token() {
    use TokenError::{ClaimNotAllowed, PayloadType, TokenUse};
    for (claims, expected) in [
        (json!({"aud": "ours"}), Ok(())),
        (json!({"aud": "ours", "azp": "theirs"}), Ok(())),
        (json!({"aud": "ours", "typ": "Bearer"}), Ok(())),
        (json!({"aud": "ours", "typ": "ID"}), Err(PayloadType)),
        (json!({"aud": "ours", "typ": "Refresh"}), Err(PayloadType)),
        (json!({"aud": "ours", "token_use": "access"}), Ok(())),
        (json!({"aud": "ours", "token_use": "id"}), Err(TokenUse)),
        (json!({"aud": "ours", "token_use": null}), Err(TokenUse)),
        (
            json!({"aud": "ours", "nonce": null}),
            Err(ClaimNotAllowed("nonce")),
        ),
        (
            json!({"aud": "ours", "at_hash": "h"}),
            Err(ClaimNotAllowed("at_hash")),
        ),
        (
            json!({"aud": "ours", "c_hash": "h", "scope": "a"}),
            Err(ClaimNotAllowed("c_hash")),
        ),
        (
            json!({"aud": "ours", "s_hash": null, "scope": "a"}),
            Err(ClaimNotAllowed("s_hash")),
        ),
        (
            json!({"aud": "ours", "events": {}}),
            Err(ClaimNotAllowed("events")),
        ),
    ] {
        assert_eq!(verdict(Profile::OidcAccess, &claims), expected, "{claims}");
    }
}

#[test]
fn a_nonce_refuses_what_has_no_mark_of_an_access_token() {
    let refused = Err(TokenError::ClaimNotAllowed("nonce"));
    for mark in ["scope", "scp", "client_id", "cid", "appid"] {
        for (value, expected) in [
            (json!("a"), Ok(())),
            (json!(["a", "b"]), Ok(())),
            (json!(""), refused),
            (json!([]), refused),
            (json!(["a", 1]), refused),
            (json!(null), refused),
            (json!(true), refused),
            (json!(7), refused),
            (json!({"a": "b"}), refused),
        ] {
            let mut claims = json!({"aud": "ours", "nonce": "n"});
            claims[mark] = value;
            assert_eq!(verdict(Profile::OidcAccess, &claims), expected, "{claims}");
        }
    }
    for no_mark in ["roles", "groups", "azp", "sid", "amr"] {
        let mut claims = json!({"aud": "ours", "nonce": "n"});
        claims[no_mark] = json!(["a"]);
        assert_eq!(verdict(Profile::OidcAccess, &claims), refused, "{claims}");
    }
}

#[test]
fn an_audience_is_a_string_or_strings_and_one_is_ours() {
    use TokenError::{Audience, Claim};
    for (audience, expected) in [
        (json!("ours"), Ok(())),
        (json!(["theirs", "ours"]), Ok(())),
        (json!("theirs"), Err(Audience)),
        (json!("our"), Err(Audience)),
        (json!("ours/"), Err(Audience)),
        (json!("OURS"), Err(Audience)),
        (json!("ours also-ours"), Err(Audience)),
        (json!(""), Err(Audience)),
        (json!(["theirs"]), Err(Audience)),
        (json!([["ours"]]), Err(Claim("aud"))),
        (json!(["ours", 1]), Err(Claim("aud"))),
        (json!(["ours", null]), Err(Claim("aud"))),
        (json!([]), Err(Claim("aud"))),
        (json!(null), Err(Claim("aud"))),
        (json!(1), Err(Claim("aud"))),
        (json!(true), Err(Claim("aud"))),
        (json!({"ours": "ours"}), Err(Claim("aud"))),
    ] {
        let claims = json!({"aud": audience, "azp": "ours", "client_id": "app", "jti": "1"});
        for profile in [Profile::OidcId, Profile::Rfc9068, Profile::OidcAccess] {
            assert_eq!(verdict(profile, &claims), expected, "{profile:?} {audience}");
        }
    }
}
