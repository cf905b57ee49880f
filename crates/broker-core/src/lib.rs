//! What a caller may upload, decided without I/O, clock or environment.
