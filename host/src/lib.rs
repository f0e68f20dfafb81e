//! A checked service as an executable: what `quater`, the services that it builds and the crates that `quater gen rust`
//! makes share.
//!
//! Such a crate calls it `quater` and sees nothing else of Quater: the types of values, the [`Context`] of a call,
//! and [`serve`].

pub mod atomic;
pub mod bar;
pub mod bug;
pub mod built;
pub mod carried;
pub mod catalogue;
pub mod command;
pub mod ended;
pub mod env_file;
pub mod exit;
pub mod failure;
pub mod given_file;
pub mod listen;
pub mod near;
pub mod output;
mod own;
mod production;
pub mod secret;
mod serve;
pub mod service;
pub mod text_file;
pub mod words;

pub use own::main as own;
pub use quater_ir::Program;
pub use quater_runtime::native::{
    Asked, Bodies, Bytes, Context, Date, Decimal, Duration, Failure, File, Json, Level, Map, OffsetPage,
    Page, Patch, Root, Secret, Timestamp, UpstreamError, Uuid,
};
pub use quater_runtime::{Service, Settings};
pub use serde_json::json;
pub use serve::{program, serve};
