//! The typed program between compiler and runtime.
