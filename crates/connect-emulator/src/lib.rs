//! Amazon Connect's attached-file API, as its public model describes it, for tests and local work.
