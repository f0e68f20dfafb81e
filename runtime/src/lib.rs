//! Serves a checked program.
