; Words are told apart here by where they stand and what they are; a later line wins.

(identifier) @variable
((identifier) @type
  (#match? @type "^[A-Z]"))
((identifier) @type.builtin
  (#any-of? @type.builtin "bool" "int" "float" "decimal" "text" "bytes" "uuid" "date" "instant" "duration"
    "json" "url" "email" "password" "file"))
((identifier) @keyword
  (#any-of? @keyword "http" "mcp" "cli" "allow" "deny" "limit" "idempotent" "approve" "on" "timeout" "cache" "compress"
    "audit" "effects" "fails" "impl" "retry" "every" "each" "across" "receives" "tenant" "unique" "index"
    "search" "let" "require" "for" "find" "list" "exists" "create" "upsert" "update" "delete" "call" "link"
    "read" "enqueue" "emit" "send" "ask" "progress" "reveal" "where" "filter" "sort" "page" "take" "batch" "group"
    "lock" "of" "by" "when" "within" "as" "per" "from" "via" "returns" "sends" "key" "secret" "was" "cascade"
    "restrict" "desc" "asc" "public" "signed_in" "role" "tool" "task" "rust" "version" "given" "gives"
    "succeeds" "nobody" "expect" "stub" "run" "at" "with" "write" "all" "new" "patch" "stream" "bearer" "jwt"
    "opaque" "oauth" "header" "cookie" "basic" "actor" "hosts" "cors" "base" "docs" "errors" "proxies"))
((identifier) @keyword.control.conditional
  (#any-of? @keyword.control.conditional "if" "else" "match"))
((identifier) @keyword.control.return
  (#eq? @keyword.control.return "return"))
((identifier) @keyword.operator
  (#any-of? @keyword.operator "and" "or" "not" "in" "is" "has"))
((identifier) @constant.builtin
  (#any-of? @constant.builtin "null" "true" "false"))

(call name: (identifier) @function)
(member name: (identifier) @property)
(access name: (identifier) @property)

(declaration keyword: (declaration_word) @keyword)
(prefix keyword: (prefix_word) @keyword)
(declaration name: (identifier) @type)
(declaration title: (text) @markup.heading)

(method) @keyword
(route) @string.special
(text) @string
(escape) @string.escape
(interpolation) @embedded
(regex) @string.regexp
(number) @number
(operator) @operator
(documentation) @comment.documentation
(comment) @comment

["{" "}" "(" ")" "[" "]"] @punctuation.bracket
["," ":" "."] @punctuation.delimiter
