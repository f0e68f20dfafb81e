//! The PEG grammar of `.qtr` files; only `quater-compiler` names its rules.
