//! The naive function as its user would harden it: a verified access token, typed bodies, JSON logs.

use std::collections::HashMap;
use std::env;

use aws_sdk_connect::Client;
use aws_sdk_connect::types::CreatedByInfo;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use lambda_http::{Body, Error, Request, Response, run, service_fn};
use serde::{Deserialize, Serialize};
use tracing::info;

#[derive(Deserialize)]
struct Claims {
    sub: String,
    token_use: String,
    client_id: String,
    scope: String,
    connect_user_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UploadRequest {
    file_name: String,
    file_size_in_bytes: i64,
    associated_resource_arn: String,
}

#[derive(Serialize)]
struct Ticket<'a> {
    url: Option<&'a str>,
    headers: Option<&'a HashMap<String, String>>,
}

struct Function {
    client: Client,
    instance: String,
    keys: JwkSet,
    issuer: String,
    audience: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(tracing_subscriber::EnvFilter::new("info"))
        .without_time()
        .init();
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let function = Function {
        client: Client::new(&config),
        instance: env::var("CONNECT_INSTANCE_ARN")?,
        keys: serde_json::from_slice(&std::fs::read(env::var("JWKS_FILE")?)?)?,
        issuer: env::var("ISSUER")?,
        audience: env::var("AUDIENCE")?,
    };
    run(service_fn(|request| function.start_upload(request))).await
}

impl Function {
    fn caller(&self, request: &Request) -> Result<Claims, Error> {
        let header = request.headers().get("authorization").ok_or("no token")?;
        let token = header
            .to_str()?
            .strip_prefix("Bearer ")
            .ok_or("no bearer token")?;
        let kid = decode_header(token)?.kid.ok_or("no kid")?;
        let key = DecodingKey::from_jwk(self.keys.find(&kid).ok_or("unknown kid")?)?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[&self.issuer]);
        validation.validate_aud = false;
        let claims = decode::<Claims>(token, &key, &validation)?.claims;
        let is_access = claims.token_use == "access" && claims.client_id == self.audience;
        let may_write = claims
            .scope
            .split(' ')
            .any(|scope| scope == "broker/attachments.write");
        if is_access && may_write {
            Ok(claims)
        } else {
            Err("forbidden".into())
        }
    }

    async fn start_upload(&self, request: Request) -> Result<Response<Body>, Error> {
        let claims = self.caller(&request)?;
        let asked: UploadRequest = serde_json::from_slice(request.body())?;
        let upload = self
            .client
            .start_attached_file_upload()
            .instance_id(&self.instance)
            .file_name(asked.file_name)
            .file_size_in_bytes(asked.file_size_in_bytes)
            .file_use_case_type("ATTACHMENT".into())
            .associated_resource_arn(asked.associated_resource_arn)
            .created_by(CreatedByInfo::ConnectUserArn(claims.connect_user_arn))
            .send()
            .await?;
        info!(
            caller = claims.sub,
            size = asked.file_size_in_bytes,
            "upload started"
        );
        let target = upload.upload_url_metadata().ok_or("no URL")?;
        let ticket = Ticket {
            url: target.url(),
            headers: target.headers_to_include(),
        };
        let response = Response::builder()
            .status(201)
            .header("content-type", "application/json");
        Ok(response.body(serde_json::to_string(&ticket)?.into())?)
    }
}
