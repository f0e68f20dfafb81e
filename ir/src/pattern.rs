//! Regular expressions: what the linear engine of Rust and ECMAScript (with its flag `u`) both have, read as
//! ECMAScript reads it. Schemas hold a pattern as it is written; whoever matches texts takes [`for_rust`].
use std::fmt::Write;
use std::iter::Peekable;
use std::str::Chars;

/// Why a pattern is none of both, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong.
    pub why: String,
    /// What to write.
    pub instead: String,
}

type Read<T> = Result<T, Refused>;

/// What white space is in ECMAScript.
const SPACE: &str =
    r"\t\n\x0B\x0C\r \x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}\x{FEFF}";

/// What a word is made of in ECMAScript.
const WORD: &str = "0-9A-Za-z_";

/// What ends a line in ECMAScript.
const LINE_ENDS: &str = r"\n\r\x{2028}\x{2029}";

/// What an escape may stand before, to mean the letter itself.
const SYNTAX: &str = r"^$\.*+?()[]{}|/";

/// General categories and the properties that are true or false, as ECMAScript spells them.
const PROPERTIES: &[&str] = &[
    "L",
    "Letter",
    "LC",
    "Cased_Letter",
    "Lu",
    "Uppercase_Letter",
    "Ll",
    "Lowercase_Letter",
    "Lt",
    "Titlecase_Letter",
    "Lm",
    "Modifier_Letter",
    "Lo",
    "Other_Letter",
    "M",
    "Mark",
    "Mn",
    "Nonspacing_Mark",
    "Mc",
    "Spacing_Mark",
    "Me",
    "Enclosing_Mark",
    "N",
    "Number",
    "Nd",
    "Decimal_Number",
    "Nl",
    "Letter_Number",
    "No",
    "Other_Number",
    "P",
    "Punctuation",
    "Pc",
    "Connector_Punctuation",
    "Pd",
    "Dash_Punctuation",
    "Ps",
    "Open_Punctuation",
    "Pe",
    "Close_Punctuation",
    "Pi",
    "Initial_Punctuation",
    "Pf",
    "Final_Punctuation",
    "Po",
    "Other_Punctuation",
    "S",
    "Symbol",
    "Sm",
    "Math_Symbol",
    "Sc",
    "Currency_Symbol",
    "Sk",
    "Modifier_Symbol",
    "So",
    "Other_Symbol",
    "Z",
    "Separator",
    "Zs",
    "Space_Separator",
    "Zl",
    "Line_Separator",
    "Zp",
    "Paragraph_Separator",
    "C",
    "Other",
    "Cc",
    "Control",
    "Cf",
    "Format",
    "Co",
    "Private_Use",
    "Cn",
    "Unassigned",
    "Any",
    "ASCII",
    "Assigned",
    "Alphabetic",
    "Lowercase",
    "Uppercase",
    "White_Space",
    "ASCII_Hex_Digit",
    "Hex_Digit",
    "Ideographic",
    "ID_Start",
    "ID_Continue",
    "Math",
    "Emoji",
];

/// What may stand before `=` in a property.
const KEYS: &[&str] = &["General_Category", "gc", "Script", "sc", "Script_Extensions", "scx"];

/// The pattern as the engine of Rust reads it, of the same meaning.
///
/// # Errors
/// Where ECMAScript does not have it, or the engine of Rust does not.
pub fn for_rust(pattern: &str) -> Read<String> {
    let mut reading = Reading { rest: pattern.chars().peekable(), made: String::new(), open: 0 };
    while let Some(letter) = reading.rest.next() {
        reading.term(letter)?;
    }
    if reading.open > 0 {
        return refuse("a group does not close", "write `)` behind it");
    }
    Ok(reading.made)
}

fn refuse<T>(why: impl Into<String>, instead: impl Into<String>) -> Read<T> {
    Err(Refused { why: why.into(), instead: instead.into() })
}

struct Reading<'p> {
    rest: Peekable<Chars<'p>>,
    made: String,
    open: u32,
}

impl Reading<'_> {
    /// One thing and how often it may stand there.
    fn term(&mut self, letter: char) -> Read<()> {
        match letter {
            '|' | '^' | '$' => {
                self.made.push(letter);
                return Ok(());
            }
            '(' => return self.group(),
            ')' if self.open > 0 => {
                self.open -= 1;
                self.made.push(')');
            }
            '.' => self.push(&format!("[^{LINE_ENDS}]")),
            '[' => self.class()?,
            '\\' => {
                if self.escape()? {
                    return Ok(());
                }
            }
            '*' | '+' | '?' => return nothing_to_repeat(),
            ')' | ']' | '{' | '}' => {
                return refuse(
                    format!("`{letter}` stands for itself only behind `\\`"),
                    format!("write `\\{letter}`"),
                );
            }
            _ => self.letter(letter),
        }
        self.quantifier()
    }

    fn push(&mut self, text: &str) {
        self.made.push_str(text);
    }

    /// A letter that stands for itself, wherever it stands.
    fn letter(&mut self, letter: char) {
        if letter.is_ascii_alphanumeric() || !letter.is_ascii() {
            self.made.push(letter);
        } else {
            let written = write!(self.made, r"\x{{{:X}}}", u32::from(letter));
            debug_assert!(written.is_ok(), "a String takes everything");
        }
    }

    fn next_is(&mut self, letter: char) -> bool {
        self.rest.next_if_eq(&letter).is_some()
    }

    /// Behind `(`.
    fn group(&mut self) -> Read<()> {
        self.open += 1;
        self.push("(?:");
        if !self.next_is('?') || self.next_is(':') {
            return Ok(());
        }
        if self.next_is('P') {
            return refuse("ECMAScript has no `(?P<name>…)`", "write `(?:…)`");
        }
        if !self.next_is('<') {
            return match self.rest.peek() {
                Some('=' | '!') => refuse("there is no look-around", "say it without"),
                _ => refuse(
                    "ECMAScript has no flags inside of a pattern",
                    "write `[aA]` for both cases, or let the text be `lower` or `upper`",
                ),
            };
        }
        let mut name = String::new();
        for letter in self.rest.by_ref() {
            let good = letter.is_ascii_alphabetic()
                || letter == '_'
                || (letter.is_ascii_digit() && !name.is_empty());
            match letter {
                '>' if !name.is_empty() => return Ok(()),
                '=' | '!' if name.is_empty() => return refuse("there is no look-around", "say it without"),
                _ if !good => break,
                _ => name.push(letter),
            }
        }
        refuse("this is no name of a group", "write `(?:…)`")
    }

    fn quantifier(&mut self) -> Read<()> {
        let Some(sign) = self.rest.next_if(|letter| "*+?{".contains(*letter)) else { return Ok(()) };
        self.made.push(sign);
        if sign == '{' {
            self.counts()?;
        }
        if self.next_is('?') {
            self.made.push('?');
        }
        match self.rest.peek() {
            Some('*' | '+' | '?' | '{') => nothing_to_repeat(),
            _ => Ok(()),
        }
    }

    /// Behind `{`.
    fn counts(&mut self) -> Read<()> {
        let mut counts = String::new();
        while let Some(letter) = self.rest.next_if(|letter| letter.is_ascii_digit() || *letter == ',') {
            counts.push(letter);
        }
        let good =
            counts.starts_with(|first: char| first.is_ascii_digit()) && counts.matches(',').count() < 2;
        if !good || !self.next_is('}') {
            return refuse(
                "this is no number of times",
                r"write `{2}`, `{2,}` or `{2,4}`; `\{` stands for the brace itself",
            );
        }
        self.push(&counts);
        self.made.push('}');
        Ok(())
    }

    /// Behind `\`, outside of a class; whether it is a place rather than a letter, and so never repeated.
    fn escape(&mut self) -> Read<bool> {
        if self.next_is('b') {
            self.push(r"(?-u:\b)");
            return Ok(true);
        }
        match self.escaped(false)? {
            Escaped::Letter(letter) => self.letter(letter),
            Escaped::Set(set, true) => self.push(&format!("[{set}]")),
            Escaped::Set(set, false) => self.push(&format!("[^{set}]")),
            Escaped::Property(property) => self.push(&property),
        }
        Ok(false)
    }

    fn escaped(&mut self, in_class: bool) -> Read<Escaped> {
        let Some(letter) = self.rest.next() else {
            return refuse("nothing stands behind `\\`", r"write `\\` for the sign itself");
        };
        Ok(match letter {
            'd' | 'D' => Escaped::Set("0-9", letter == 'd'),
            'w' | 'W' => Escaped::Set(WORD, letter == 'w'),
            's' | 'S' => Escaped::Set(SPACE, letter == 's'),
            't' => Escaped::Letter('\t'),
            'n' => Escaped::Letter('\n'),
            'r' => Escaped::Letter('\r'),
            'v' => Escaped::Letter('\u{B}'),
            'f' => Escaped::Letter('\u{C}'),
            'x' => self.hexadecimal(2, 'x').map(Escaped::Letter)?,
            'u' => self.hexadecimal(4, 'u').map(Escaped::Letter)?,
            'p' | 'P' => self.property(letter)?,
            '-' if in_class => Escaped::Letter('-'),
            _ if SYNTAX.contains(letter) => Escaped::Letter(letter),
            '0'..='9' | 'k' => return refuse("there are no back-references", "say it without"),
            'A' | 'z' | 'Z' => {
                return refuse(
                    format!("ECMAScript has no `\\{letter}`"),
                    "leave it out: a text is matched as a whole",
                );
            }
            _ if letter.is_ascii_alphabetic() => {
                return refuse(format!("`\\{letter}` has no meaning that both have"), "say it without");
            }
            _ => return refuse(format!("`{letter}` needs no `\\`"), format!("write `{letter}`")),
        })
    }

    /// Behind `\x` or `\u`.
    fn hexadecimal(&mut self, digits: u32, kind: char) -> Read<char> {
        let braces = self.next_is('{');
        if braces && kind == 'x' {
            return refuse(r"ECMAScript has no `\x{…}`", r"write `\u{41}`");
        }
        let mut number = String::new();
        while (braces && number.len() < 6 || number.len() < digits as usize && !braces)
            && let Some(digit) = self.rest.next_if(char::is_ascii_hexdigit)
        {
            number.push(digit);
        }
        let closed = if braces { self.next_is('}') } else { number.len() == digits as usize };
        let letter = u32::from_str_radix(&number, 16).ok().and_then(char::from_u32).filter(|_| closed);
        letter.map_or_else(|| refuse(format!("this is no letter of `\\{kind}`"), r"write `\u{1F600}`"), Ok)
    }

    /// Behind `\p`.
    fn property(&mut self, kind: char) -> Read<Escaped> {
        if !self.next_is('{') {
            return refuse(
                format!("ECMAScript has `\\{kind}` only with braces"),
                format!("write `\\{kind}{{L}}`"),
            );
        }
        let mut name = String::new();
        while let Some(letter) =
            self.rest.next_if(|letter| letter.is_ascii_alphanumeric() || "_=".contains(*letter))
        {
            name.push(letter);
        }
        let known = match name.split_once('=') {
            Some((key, value)) => {
                KEYS.contains(&key) && value.starts_with(|first: char| first.is_ascii_uppercase())
            }
            None => PROPERTIES.contains(&name.as_str()),
        };
        if !known || !self.next_is('}') {
            return refuse(
                format!("ECMAScript has no property `{name}`"),
                format!("write one as in `\\{kind}{{L}}` or `\\{kind}{{Script=Greek}}`"),
            );
        }
        Ok(Escaped::Property(format!("\\{kind}{{{name}}}")))
    }

    /// Behind `[`.
    fn class(&mut self) -> Read<()> {
        self.made.push('[');
        if self.next_is('^') {
            self.made.push('^');
        }
        let mut empty = true;
        while !self.next_is(']') {
            let first = self.class_part()?;
            empty = false;
            // At the end it is the sign itself.
            let mut ahead = self.rest.clone();
            if ahead.next() != Some('-') || matches!(ahead.next(), None | Some(']')) {
                continue;
            }
            self.rest.next();
            self.made.push('-');
            if !(first && self.class_part()?) {
                return refuse(
                    "a range of a class goes from a letter to a letter",
                    r"write `\-` for the sign itself",
                );
            }
        }
        if empty {
            return refuse("a class without letters", r"write `\]` for the bracket itself");
        }
        self.made.push(']');
        Ok(())
    }

    /// One part of a class; whether it is a single letter.
    fn class_part(&mut self) -> Read<bool> {
        match self.rest.next() {
            None => refuse("a class does not close", "write `]` behind it"),
            Some('\\') => {
                if self.next_is('b') {
                    self.letter('\u{8}');
                    return Ok(true);
                }
                let escaped = self.escaped(true)?;
                let single = matches!(escaped, Escaped::Letter(_));
                match escaped {
                    Escaped::Letter(letter) => self.letter(letter),
                    Escaped::Set(set, true) => self.push(set),
                    Escaped::Set(set, false) => self.push(&format!("[^{set}]")),
                    Escaped::Property(property) => self.push(&property),
                }
                Ok(single)
            }
            // Elsewhere these are classes inside of classes.
            Some('[') => refuse("`[` in a class means two things", r"write `\[`"),
            Some(letter) => {
                self.letter(letter);
                Ok(true)
            }
        }
    }
}

/// What an escape stands for.
enum Escaped {
    Letter(char),
    /// One of a set, or none of it.
    Set(&'static str, bool),
    Property(String),
}

fn nothing_to_repeat<T>() -> Read<T> {
    refuse(
        "there is nothing here that could be repeated",
        r"put what is repeated into `(?:…)`, or write `\+` for the sign itself",
    )
}
