//! Prints docs/api.md.

fn main() {
    print!("{}", contract_tests::api_page(&contract_tests::OpenApi::read()));
}
