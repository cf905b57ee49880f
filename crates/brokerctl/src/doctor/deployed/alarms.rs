//! Judges whether somebody hears the alarms.

use super::{Deployed, elements, refused, text};
use crate::doctor::aws_cli::ask;
use crate::doctor::question::SUBSCRIPTIONS;
use crate::doctor::report::{Finding, Outcome};

/// What SNS writes in place of the ARN of a subscription that nobody confirmed.
const PENDING: &str = "PendingConfirmation";

pub(super) async fn alarms(deployed: &Deployed<'_>) -> Outcome {
    let stack = deployed.stack;
    let Some(topic) = stack
        .output("TopicArn")
        .or_else(|| stack.parameter("AlarmTopicArn"))
    else {
        return Outcome::Skipped("the stack names no topic".into());
    };
    let answer = match ask(&SUBSCRIPTIONS, &["--topic-arn", topic]).await {
        Ok(answer) => answer,
        Err(error) => return refused(&SUBSCRIPTIONS, &error, topic),
    };
    let subscriptions = elements(&answer["Subscriptions"]);
    if subscriptions.is_empty() {
        return Outcome::fault(
            format!("nobody is subscribed to {topic}"),
            "deploy with AlarmEmail, or `aws sns subscribe`, because nobody hears an alarm now",
        );
    }
    let pending = subscriptions
        .iter()
        .filter(|subscription| text(subscription, "SubscriptionArn") == PENDING);
    let findings: Vec<_> = pending
        .map(|subscription| {
            let protocol = text(subscription, "Protocol");
            Finding::fault(
                format!("a subscription by {protocol} to {topic} was never confirmed"),
                "follow the link in AWS's message (\"AWS Notification - Subscription Confirmation\"); after three days, deploy \
                 with another AlarmEmail and back, or `aws sns subscribe` again",
            )
        })
        .collect();
    Outcome::of(findings, || format!("{} confirmed", subscriptions.len()))
}
