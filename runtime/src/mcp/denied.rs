//! Requests that end before a tool is called.
use crate::call::{Refusal, RequestId};
use quater_ir::Program;
use quater_ir::fault::MALFORMED;
use rmcp::model::ErrorCode;
use serde::de::IgnoredAny;
use serde_json::json;

/// The JSON-RPC code of a refusal whose HTTP status says more.
pub(super) const REFUSED: ErrorCode = ErrorCode(-32000);

/// A refusal, as the JSON-RPC error that MCP clients read from a response of any status.
#[derive(Debug)]
pub(crate) struct Denied {
    code: ErrorCode,
    /// What HTTP says of it.
    pub(crate) refusal: Refusal,
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self { code: REFUSED, refusal }
    }
}

impl Denied {
    /// A body that is not one JSON-RPC message.
    pub(super) fn unreadable(body: &[u8]) -> Self {
        let (code, why) = match serde_json::from_slice::<IgnoredAny>(body) {
            Ok(_) => (
                ErrorCode::INVALID_REQUEST,
                "the body is not one JSON-RPC message; batches are not taken".to_owned(),
            ),
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                (
                    ErrorCode::PARSE_ERROR,
                    format!("the body is not JSON: it breaks at line {line}, column {column}"),
                )
            }
        };
        Self { code, refusal: Refusal::saying(MALFORMED, why) }
    }

    /// The message; its id is null, since a denied request may not have been read (JSON-RPC 2.0, section 5).
    pub(crate) fn message(&self, program: &Program, request: RequestId) -> String {
        let fault = &program.faults[self.refusal.fault];
        let data = json!({ "code": fault.name, "status": fault.status, "request_id": request.0 });
        let error = json!({ "code": self.code.0, "message": self.refusal.message, "data": data });
        json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string()
    }
}
