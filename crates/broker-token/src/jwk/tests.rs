use serde_json::json;

use super::*;
use crate::base64url::{decode, encode};
use crate::testing::{KEY_ID, SigningKey};

/// A published key with one member changed, or taken away where the value is null.
fn changed(algorithm: Algorithm, name: &str, value: Value) -> Value {
    let mut jwk = SigningKey::new(algorithm, KEY_ID).jwk();
    match value {
        Value::Null => drop(jwk.as_object_mut().expect("an object").remove(name)),
        value => jwk[name] = value,
    }
    jwk
}

fn loaded(jwk: &Value, pinned: &[Algorithm]) -> Result<Algorithm, KeyError> {
    VerifyingKey::from_jwk(jwk, pinned).map(|(key_id, key)| {
        assert_eq!(Some(&*key_id), jwk["kid"].as_str());
        key.algorithm()
    })
}

#[test]
fn a_published_key_loads_for_its_own_algorithm() {
    for &algorithm in Algorithm::ALL {
        let jwk = SigningKey::new(algorithm, KEY_ID).jwk();
        assert_eq!(loaded(&jwk, Algorithm::ALL), Ok(algorithm));
        let others: Vec<_> = Algorithm::ALL
            .iter()
            .copied()
            .filter(|other| *other != algorithm)
            .collect();
        assert_eq!(
            loaded(&jwk, &others),
            Err(KeyError::AlgorithmNotPinned),
            "{algorithm}"
        );
    }
}

#[test]
fn a_key_without_an_algorithm_takes_the_only_one_that_fits() {
    use Algorithm::{EdDSA, Es256, Es384, Ps256, Rs256};
    for (kind, pinned, expected) in [
        (Rs256, &[Rs256][..], Ok(Rs256)),
        (Rs256, &[Ps256, Es256, EdDSA], Ok(Ps256)),
        (Rs256, &[Rs256, Rs256], Ok(Rs256)),
        (Rs256, &[Rs256, Ps256], Err(KeyError::AlgorithmAmbiguous)),
        (Rs256, &[Es256], Err(KeyError::AlgorithmAmbiguous)),
        (Es256, &[Es384, Rs256, Es256], Ok(Es256)),
        (Es384, &[Es256], Err(KeyError::AlgorithmAmbiguous)),
        (EdDSA, &[Es256, EdDSA], Ok(EdDSA)),
    ] {
        let jwk = changed(kind, "alg", Value::Null);
        assert_eq!(loaded(&jwk, pinned), expected, "{kind} key, {pinned:?}");
    }
}

#[test]
fn optional_members_may_be_absent_or_say_what_we_do() {
    for (name, value) in [
        ("use", Value::Null),
        ("use", json!("sig")),
        ("key_ops", json!(["verify"])),
        ("key_ops", json!(["sign", "verify"])),
        ("x5c", json!(["MIIB"])),
        ("x5u", json!("http://127.0.0.1:9001/")),
        ("kid", json!("../../dev/null")),
        ("kid", json!("k".repeat(256))),
        ("ext", json!(true)),
    ] {
        let jwk = changed(Algorithm::Es256, name, value);
        assert_eq!(loaded(&jwk, &[Algorithm::Es256]), Ok(Algorithm::Es256), "{jwk}");
    }
}

#[test]
fn null_in_an_optional_member_is_absent_and_in_a_required_one_a_fault() {
    use Algorithm::{Es256, Rs256};
    for (algorithm, name, expected) in [
        (Es256, "use", Ok(Es256)),
        (Es256, "key_ops", Ok(Es256)),
        (Es256, "alg", Ok(Es256)),
        (Es256, "d", Ok(Es256)),
        (Es256, "x5c", Ok(Es256)),
        (Rs256, "crv", Ok(Rs256)),
        (Es256, "kid", Err(KeyError::KeyId)),
        (Es256, "kty", Err(KeyError::Kind)),
        (Es256, "crv", Err(KeyError::Kind)),
        (Es256, "x", Err(KeyError::Member("x"))),
        (Rs256, "e", Err(KeyError::Member("e"))),
    ] {
        let mut jwk = SigningKey::new(algorithm, KEY_ID).jwk();
        jwk[name] = Value::Null;
        assert_eq!(loaded(&jwk, &[algorithm]), expected, "{jwk}");
    }
    let mut unnamed = SigningKey::new(Rs256, KEY_ID).jwk();
    unnamed["alg"] = Value::Null;
    let ambiguous = loaded(&unnamed, &[Rs256, Algorithm::Ps256]);
    assert_eq!(ambiguous, Err(KeyError::AlgorithmAmbiguous));
}

#[test]
fn refuses_a_key_that_is_not_for_verifying_with_one_algorithm() {
    use Algorithm::{EdDSA, Es256, Rs256};
    let table = [
        (Es256, "kid", Value::Null, KeyError::KeyId),
        (Es256, "kid", json!(7), KeyError::KeyId),
        (Es256, "kid", json!(""), KeyError::KeyId),
        (Es256, "kid", json!([KEY_ID]), KeyError::KeyId),
        (Es256, "kid", json!("k".repeat(257)), KeyError::KeyId),
        (Es256, "d", json!("AQ"), KeyError::Private),
        (Es256, "d", json!(""), KeyError::Private),
        (Es256, "d", json!(false), KeyError::Private),
        (Rs256, "d", json!("AQ"), KeyError::Private),
        (Es256, "use", json!("enc"), KeyError::Use),
        (Es256, "use", json!("SIG"), KeyError::Use),
        (Es256, "use", json!(["sig"]), KeyError::Use),
        (Es256, "key_ops", json!([]), KeyError::Operations),
        (Es256, "key_ops", json!(["sign"]), KeyError::Operations),
        (Es256, "key_ops", json!(["verify", 1]), KeyError::Operations),
        (Es256, "key_ops", json!("verify"), KeyError::Operations),
        (Es256, "kty", Value::Null, KeyError::Kind),
        (Es256, "kty", json!("oct"), KeyError::Kind),
        (Es256, "kty", json!("ec"), KeyError::Kind),
        (Es256, "kty", json!("OKP"), KeyError::Kind),
        (Es256, "crv", Value::Null, KeyError::Kind),
        (Es256, "crv", json!("P-521"), KeyError::Kind),
        (Es256, "crv", json!("secp256k1"), KeyError::Kind),
        (Es256, "crv", json!("Ed25519"), KeyError::Kind),
        (EdDSA, "crv", json!("X25519"), KeyError::Kind),
        (EdDSA, "crv", json!("Ed448"), KeyError::Kind),
        (Es256, "crv", json!("P-384"), KeyError::AlgorithmNotOfKind),
        (Es256, "kty", json!("RSA"), KeyError::AlgorithmNotOfKind),
        (Es256, "alg", json!("ES384"), KeyError::AlgorithmNotOfKind),
        (Rs256, "alg", json!("ES256"), KeyError::AlgorithmNotOfKind),
        (Rs256, "alg", json!("HS256"), KeyError::AlgorithmNotPinned),
        (Rs256, "alg", json!("RSA-OAEP"), KeyError::AlgorithmNotPinned),
        (Rs256, "alg", json!("none"), KeyError::AlgorithmNotPinned),
        (Rs256, "alg", json!(["RS256"]), KeyError::AlgorithmNotPinned),
        (Es256, "x", Value::Null, KeyError::Member("x")),
        (Es256, "y", json!(1), KeyError::Member("y")),
        (EdDSA, "x", json!("="), KeyError::Member("x")),
        (Rs256, "n", json!(""), KeyError::Member("n")),
        (Rs256, "e", json!("AQAB="), KeyError::Member("e")),
    ];
    for (algorithm, name, value, expected) in table {
        let jwk = changed(algorithm, name, value);
        assert_eq!(loaded(&jwk, Algorithm::ALL), Err(expected), "{jwk}");
    }
    for jwk in [json!(null), json!("key"), json!([])] {
        assert_eq!(loaded(&jwk, Algorithm::ALL), Err(KeyError::NotAnObject));
    }
}

#[test]
fn refuses_a_symmetric_key_whatever_it_calls_itself() {
    let secret = json!({"kty": "oct", "kid": KEY_ID, "k": encode(&[7; 32])});
    for algorithm in [Value::Null, json!("HS256"), json!("RS256"), json!("ES256")] {
        let mut jwk = secret.clone();
        if !algorithm.is_null() {
            jwk["alg"] = algorithm;
        }
        assert_eq!(loaded(&jwk, Algorithm::ALL), Err(KeyError::Kind), "{jwk}");
    }
}

/// The least odd number of so many whole bytes that fills them.
fn least_odd_number(bytes: usize) -> Vec<u8> {
    [&[0x80][..], &vec![0; bytes - 2], &[1]].concat()
}

/// An odd number of so many bits.
fn odd_number(bits: usize) -> Vec<u8> {
    let mut bytes = vec![0xff; bits.div_ceil(8)];
    bytes[0] >>= (8 - bits % 8) % 8;
    bytes
}

#[test]
fn a_modulus_has_2048_to_8192_bits_and_is_odd() {
    let mut even = odd_number(2048);
    even[255] = 0xfe;
    let padded = [&[0], odd_number(2048).as_slice()].concat();
    for (modulus, is_sound) in [
        (least_odd_number(256), true),
        (odd_number(2048), true),
        (odd_number(2049), true),
        (odd_number(3072), true),
        (odd_number(8192), true),
        (odd_number(2047), false),
        (odd_number(1024), false),
        (odd_number(8193), false),
        (even, false),
        (padded, false),
        (vec![0; 256], false),
    ] {
        let jwk = changed(Algorithm::Rs256, "n", json!(encode(&modulus)));
        let expected = if is_sound {
            Ok(Algorithm::Rs256)
        } else {
            Err(KeyError::Modulus)
        };
        assert_eq!(
            loaded(&jwk, &[Algorithm::Rs256]),
            expected,
            "{} bytes",
            modulus.len()
        );
    }
}

#[test]
fn an_exponent_is_odd_and_at_least_three() {
    for (exponent, is_sound) in [
        (&[1, 0, 1][..], true),
        (&[3], true),
        (&[0xff; 4], true),
        (&[0], false),
        (&[1], false),
        (&[2], false),
        (&[0, 1, 0, 1], false),
        (&[1, 0, 0], false),
        (&[0xff; 5], false),
    ] {
        let jwk = changed(Algorithm::Rs256, "e", json!(encode(exponent)));
        let expected = if is_sound {
            Ok(Algorithm::Rs256)
        } else {
            Err(KeyError::Exponent)
        };
        assert_eq!(loaded(&jwk, &[Algorithm::Rs256]), expected, "{exponent:?}");
    }
}

#[test]
fn a_point_is_of_full_length_and_on_its_curve() {
    for (algorithm, size) in [
        (Algorithm::Es256, 32),
        (Algorithm::Es384, 48),
        (Algorithm::EdDSA, 32),
    ] {
        for x in [vec![1; size - 1], vec![1; size + 1], vec![0; 2 * size]] {
            let jwk = changed(algorithm, "x", json!(encode(&x)));
            assert_eq!(
                loaded(&jwk, &[algorithm]),
                Err(KeyError::Point),
                "{algorithm}, {} bytes",
                x.len()
            );
        }
    }
    for (algorithm, size) in [(Algorithm::Es256, 32), (Algorithm::Es384, 48)] {
        for y in [vec![0; size], vec![1; size], vec![0xff; size]] {
            let jwk = changed(algorithm, "y", json!(encode(&y)));
            assert_eq!(
                loaded(&jwk, &[algorithm]),
                Err(KeyError::Point),
                "{algorithm}, {y:?}"
            );
        }
    }
}

/// All that have one of the eight small orders, from the curve's equation; the sign of x is the last bit.
#[test]
fn a_key_for_which_anybody_could_sign_is_none() {
    let near = |first: u8, others: u8, last: u8| [&[first][..], &[others; 30], &[last]].concat();
    let of_order_8 = [
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ];
    let bytes = |hex: &str| -> Vec<u8> {
        let digits = (0..32).map(|at| &hex[2 * at..2 * at + 2]);
        digits
            .map(|digits| u8::from_str_radix(digits, 16).expect("hex"))
            .collect()
    };
    let mut points = vec![near(0, 0, 0), near(1, 0, 0)];
    points.extend([0xec, 0xed, 0xee].map(|first| near(first, 0xff, 0x7f)));
    points.extend(of_order_8.map(bytes));
    for point in points {
        for sign in [0, 0x80] {
            let mut point = point.clone();
            point[31] |= sign;
            let jwk = changed(Algorithm::EdDSA, "x", json!(encode(&point)));
            assert_eq!(
                loaded(&jwk, &[Algorithm::EdDSA]),
                Err(KeyError::Point),
                "{point:x?}"
            );
        }
    }
    let mut almost_of_order_8 = bytes(of_order_8[0]);
    almost_of_order_8[31] ^= 1;
    for point in [
        near(2, 0, 0),
        near(0, 0, 1),
        near(0xeb, 0xff, 0x7f),
        near(1, 0xff, 0),
        near(0x26, 0, 0x05),
        almost_of_order_8,
    ] {
        let jwk = changed(Algorithm::EdDSA, "x", json!(encode(&point)));
        assert_eq!(
            loaded(&jwk, &[Algorithm::EdDSA]),
            Ok(Algorithm::EdDSA),
            "{point:x?}"
        );
    }
}

#[test]
fn a_point_is_split_where_its_coordinates_meet() {
    for (algorithm, size) in [(Algorithm::Es256, 32), (Algorithm::Es384, 48)] {
        let jwk = SigningKey::new(algorithm, KEY_ID).jwk();
        let coordinate = |name: &str| decode(jwk[name].as_str().expect("text")).expect("base64url");
        let point = [coordinate("x"), coordinate("y")].concat();
        for at in [size - 1, size + 1] {
            let (x, y) = point.split_at(at);
            let mut jwk = jwk.clone();
            (jwk["x"], jwk["y"]) = (json!(encode(x)), json!(encode(y)));
            assert_eq!(
                loaded(&jwk, &[algorithm]),
                Err(KeyError::Point),
                "{algorithm}, {at}"
            );
        }
    }
}
