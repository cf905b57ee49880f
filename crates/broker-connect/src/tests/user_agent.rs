use aws_config::AppName;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use broker_core::ports::CaseRecords;
use broker_core::upload_hosts::UploadHosts;

use crate::Connect;
use crate::testing::{CASE, Service, deployment, json, pace, sdk_config, soon};

/// How Connect and Cases are told who calls, by a deployment of this name.
async fn user_agents(app_name: Option<&'static str>) -> Vec<String> {
    let service = Service::answering([json(200, "{}")]);
    let mut config = sdk_config(SharedHttpConnector::new(service.clone()), None).into_builder();
    config.set_app_name(app_name.map(|name| AppName::new(name).expect("a name")));
    let connect = Connect::new(&config.build(), deployment(), UploadHosts::default(), pace());
    let _ = connect.start().await;
    let _ = connect.customer_of(&CASE.parse().expect("valid"), soon()).await;
    service.sent().into_iter().map(|sent| sent.user_agent).collect()
}

#[tokio::test]
async fn both_services_are_told_the_broker_its_version_and_its_deployment() {
    let broker = concat!("upload-broker/", env!("CARGO_PKG_VERSION"), " aws-sdk-rust");
    assert_eq!(user_agents(None).await, [broker, broker]);
    let named = format!("{broker} app/portal");
    assert_eq!(user_agents(Some("portal")).await, [named.clone(), named]);
}
