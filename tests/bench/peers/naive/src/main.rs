//! A function as the SDK's examples suggest it: it makes the call without authentication.

use std::env;

use aws_sdk_connect::Client;
use aws_sdk_connect::types::CreatedByInfo;
use lambda_http::{Body, Error, Request, Response, run, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let client = Client::new(&config);
    let instance = env::var("CONNECT_INSTANCE_ARN")?;
    run(service_fn(|request| start_upload(&client, &instance, request))).await
}

async fn start_upload(client: &Client, instance: &str, request: Request) -> Result<Response<Body>, Error> {
    let body: Value = serde_json::from_slice(request.body())?;
    let upload = client
        .start_attached_file_upload()
        .instance_id(instance)
        .file_name(body["fileName"].as_str().ok_or("fileName is missing")?)
        .file_size_in_bytes(
            body["fileSizeInBytes"]
                .as_i64()
                .ok_or("fileSizeInBytes is missing")?,
        )
        .file_use_case_type("ATTACHMENT".into())
        .associated_resource_arn(
            body["associatedResourceArn"]
                .as_str()
                .ok_or("associatedResourceArn is missing")?,
        )
        .created_by(CreatedByInfo::ConnectUserArn(env::var("CONNECT_USER_ARN")?))
        .send()
        .await?;
    let target = upload.upload_url_metadata().ok_or("no URL")?;
    let ticket = json!({"url": target.url(), "headers": target.headers_to_include()});
    let response = Response::builder()
        .status(201)
        .header("content-type", "application/json");
    Ok(response.body(ticket.to_string().into())?)
}
