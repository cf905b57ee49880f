//! Makes callers from checked claims, for the broker and for `brokerctl explain`: they share it so that an explanation
//! cannot differ from a decision.

use broker_core::caller::{Caller, CallerClaims, CallerIssuer, Claim, ClaimSource};
use serde_json::{Map, Value};

/// The caller whose claims were checked: those of a token, or those of a JWT authorizer's context.
#[must_use]
pub fn checked_caller(source: ClaimSource, claims: &broker_token::Claims) -> Caller {
    let issuer = CallerIssuer::Token(claims.issuer().into());
    caller(source, issuer, claims.subject(), claims.members())
}

/// The caller that a Lambda authorizer vouches for, with its context as claims.
#[must_use]
pub fn lambda_caller(source: ClaimSource, subject: &str, context: &Map<String, Value>) -> Caller {
    caller(source, CallerIssuer::LambdaAuthorizer, subject, context)
}

/// The caller that signed its request with the IAM role `role`; it has no claims.
#[must_use]
pub fn iam_caller(role: &str) -> Caller {
    caller(ClaimSource::Nowhere, CallerIssuer::AwsIam, role, &Map::new())
}

/// The caller `subject` of `issuer`, with the claims that `source` wrote.
#[must_use]
pub fn caller(
    source: ClaimSource,
    issuer: CallerIssuer,
    subject: &str,
    claims: &Map<String, Value>,
) -> Caller {
    Caller {
        issuer,
        subject: subject.into(),
        claims: CallerClaims::new(source, members(claims)),
    }
}

fn members(members: &Map<String, Value>) -> impl Iterator<Item = (Box<str>, Claim)> {
    members
        .iter()
        .map(|(name, value)| (name.as_str().into(), claim(value)))
}

/// INVARIANT: an array counts as a list only if every element is a string; skipping the odd one would let
/// `["agents", 7]` match a rule about `agents`.
fn claim(value: &Value) -> Claim {
    match value {
        Value::String(text) => Claim::Text(text.as_str().into()),
        Value::Bool(flag) => Claim::Flag(*flag),
        Value::Array(elements) => {
            let texts = elements.iter().map(|element| element.as_str().map(Into::into));
            texts
                .collect::<Option<Vec<_>>>()
                .map_or(Claim::MixedList, Claim::List)
        }
        Value::Object(object) => Claim::Object(members(object).collect()),
        Value::Number(_) => Claim::Number,
        Value::Null => Claim::Null,
    }
}

#[cfg(test)]
mod tests {
    use broker_core::claim_name::ClaimName;
    use serde_json::json;

    use super::*;

    fn name(text: &str) -> ClaimName {
        text.parse().expect("a claim's name")
    }

    #[test]
    fn each_value_keeps_its_shape() {
        let claims = json!({
            "text": "a", "flag": true, "list": ["a", "b"], "empty": [], "mixed": ["a", 7], "nested": [["a"]],
            "number": 1.5, "null": null, "object": {"list": ["a"], "object": {"text": "b"}},
        });
        let claims = claims.as_object().expect("an object");
        let caller = caller(ClaimSource::Token, CallerIssuer::named("i"), "s", claims);
        assert_eq!((caller.issuer.as_str(), &*caller.subject), ("i", "s"));
        for (pointer, shape) in [
            ("text", "a string"),
            ("flag", "a boolean"),
            ("list", "an array of strings"),
            ("empty", "an array of strings"),
            ("mixed", "an array with an element that is not a string"),
            ("nested", "an array with an element that is not a string"),
            ("number", "a number"),
            ("null", "null"),
            ("object", "an object"),
            ("/object/list", "an array of strings"),
            ("/object/object/text", "a string"),
            ("/object/text", "absent"),
        ] {
            assert_eq!(
                caller.claims.shape(&name(pointer)).to_string(),
                shape,
                "{pointer}"
            );
        }
        assert_eq!(
            caller.claims.get(&name("flag")),
            Some(&Claim::Flag(true)),
            "values are kept too"
        );
        assert_eq!(caller.claims.text(&name("/object/object/text")), Some("b"));
    }

    #[test]
    fn callers_without_an_issuer_entry_have_the_issuer_of_their_kind() {
        let context = json!({"sub": "ada", "tier": "gold"});
        let context = context.as_object().expect("an object");
        let customer = lambda_caller(ClaimSource::LambdaAuthorizerV2, "ada", context);
        assert_eq!(
            (customer.issuer.as_str(), &*customer.subject),
            ("lambda-authorizer", "ada")
        );
        assert_eq!(customer.claims.text(&name("tier")), Some("gold"));
        let role = "arn:aws:iam::111122223333:role/portal";
        let backend = iam_caller(role);
        assert_eq!((backend.issuer.as_str(), &*backend.subject), ("aws-iam", role));
        assert_eq!(backend.claims, CallerClaims::default());
    }
}
