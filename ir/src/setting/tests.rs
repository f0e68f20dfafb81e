#![allow(clippy::unwrap_used, reason = "tests")]
use super::Setting;
use crate::Service;

/// Each line: variable, text, and how it is shown; or `refused`.
const CASES: &str = r#"
    QUATER_BASE | /api/ | /api
    QUATER_BASE | / | /
    QUATER_BASE | /api/{x} | refused
    QUATER_HOSTS | Shop.example, www.shop.example:8443 | "shop.example" "www.shop.example:8443"
    QUATER_HOSTS | https://shop.example | refused
    QUATER_HOSTS | -shop.example | refused
    QUATER_CORS | * | "*"
    QUATER_CORS | https://App.example:443 http://localhost:3000 | "https://app.example" "http://localhost:3000"
    QUATER_CORS | https://app.example/page | refused
    QUATER_CORS | app.example | refused
    QUATER_PROXIES | 2 | 2
    QUATER_PROXIES | 17 | refused
    QUATER_LIMIT | 300/min per ip, 5/sec per actor | 300/min per ip 5/sec per actor
    QUATER_LIMIT | off | none
    QUATER_LIMIT | 0/min per ip | refused
    QUATER_LIMIT | 5/week per ip | refused
    QUATER_LIMIT | 5/min per ip or so | refused
    QUATER_DOCS | off | off
    QUATER_DOCS | /manual | /manual
    QUATER_DOCS | /mcp | refused
    QUATER_ERRORS | {"errors":{"body":"fault.messages"},"ok":false} | {"errors":{"body":"fault.messages"},"ok":false}
    QUATER_ERRORS | problem | problem details
    QUATER_ERRORS | {"errors":"fault.nothing"} | refused
    QUATER_UNKNOWN_MEMBERS | ignore | ignore
    QUATER_UNKNOWN_MEMBERS | yes | refused
    QUATER_DECIMALS | numbers | numbers
    QUATER_BODY | 1536kb | 1536kb
    QUATER_BODY | 2048kb | 2mb
    QUATER_BODY | 512 | 512b
    QUATER_BODY | 0 | refused
    QUATER_BODY | 2gb | refused
    QUATER_UPLOAD | 2gb | 2gb
    QUATER_TIMEOUT | 90s | 90s
    QUATER_TIMEOUT | 60s | 1m
    QUATER_TIMEOUT | 30 | refused
    QUATER_TIMEOUT | 2h | refused
    QUATER_PATIENCE | 5s | 5s
    QUATER_PATIENCE | 500ms | refused
    QUATER_HEADERS | 16kb | 16kb
    QUATER_HEADERS | 4kb | refused
    QUATER_CONNECTIONS | 64 | 64
    QUATER_CONNECTIONS | 0 | refused
    QUATER_REQUESTS | 65536 | 65536
    QUATER_REQUESTS | many | refused"#;

#[test]
fn variables_say_what_files_say() {
    for case in CASES.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut parts = case.splitn(3, " | ");
        let (variable, text, expected) =
            (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
        let setting = Setting::of_variable(variable).unwrap();
        let shown = match setting.read(text) {
            Ok(value) => {
                let mut service = Service::new("s".into(), 1, String::new());
                value.tell(&mut service);
                setting.shown(&service).join(" ")
            }
            Err(_) => "refused".to_owned(),
        };
        assert_eq!(shown, expected, "{case}");
    }
}

#[test]
fn what_the_table_calls_default_holds_for_a_service_that_is_told_nothing() {
    let service = Service::new("s".into(), 1, String::new());
    for setting in Setting::ALL {
        let about = setting.about();
        assert_eq!(setting.shown(&service).join(" "), about.default, "{}", about.word);
        assert_eq!(Setting::of_variable(about.variable), Some(*setting));
    }
}
