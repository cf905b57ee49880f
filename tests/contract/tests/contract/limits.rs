//! Connect's limits as they are known when a file is checked.

use test_support::{Bench, CannedPorts, Rules, upload_event};

/// Larger than Connect's default, and than the limit in the rules.
const SIZE_BYTES: u64 = 50_000_000;

#[tokio::test]
async fn no_file_is_refused_by_limits_that_were_never_read() {
    let rules = Rules::accepting("token").with("max_file_size_bytes = 2000000\n", "");
    let event = upload_event().member("fileSizeInBytes", SIZE_BYTES);
    for (max_file_size_bytes, expected) in [(SIZE_BYTES, 201), (SIZE_BYTES - 1, 413)] {
        let bench = Bench::over(&rules, CannedPorts::that_allow(max_file_size_bytes));
        let reply = bench.respond(&event).await;
        assert_eq!(reply.status, expected, "{max_file_size_bytes} bytes allowed");
    }
}
