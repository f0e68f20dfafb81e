/**
 * Highlighting, folding and text objects for `.qtr` files.
 *
 * This grammar knows how a file is cut into declarations and what pairs in them: blocks, parentheses, texts
 * with their interpolations, regexes, routes. Which words may stand where is the compiler's to know, and the
 * language server's to say; words are told apart in `queries/highlights.scm`.
 */
module.exports = grammar({
  name: "quater",

  word: ($) => $.identifier,

  // A declaration starts at column 0, which only the scanner can see.
  externals: ($) => [$.declaration_word, $.prefix_word],

  extras: ($) => [/\s/, $.documentation, $.comment],

  rules: {
    source_file: ($) => repeat(choice($.declaration, $.prefix)),

    declaration: ($) => prec.right(seq(field("keyword", $.declaration_word), $._declared)),
    _declared: ($) =>
      prec.right(
        choice(
          seq(field("name", $.identifier), repeat($._part)),
          seq(field("title", $.text), repeat($._part)),
          seq(choice($.block, $.route), repeat($._part)),
        ),
      ),
    prefix: ($) => prec.right(seq(field("keyword", $.prefix_word), repeat($._part))),

    _part: ($) =>
      choice(
        $.block,
        $.parentheses,
        $.list,
        $.text,
        $.number,
        $.door,
        $.member,
        $.access,
        $.call,
        $.identifier,
        $.operator,
        ",",
        ":",
        ".",
      ),

    block: ($) => seq("{", repeat($._part), "}"),
    parentheses: ($) => seq("(", repeat(choice($._part, $.regex)), ")"),
    list: ($) => seq("[", repeat($._part), "]"),

    door: ($) => prec.right(seq(field("method", $.method), optional($.route))),
    method: () => choice("GET", "POST", "PUT", "PATCH", "DELETE"),
    route: () => token(prec(1, /\/[A-Za-z0-9_{}\-.~!$&'*+;=:@%?/]*/)),

    member: ($) => prec(2, seq(field("name", $.identifier), ":")),
    access: ($) => prec(2, seq(".", field("name", $.identifier))),
    call: ($) => prec(1, seq(field("name", $.identifier), $.parentheses)),

    text: ($) =>
      seq('"', repeat(choice($._letters, $.escape, $.interpolation)), token.immediate('"')),
    _letters: () => token.immediate(prec(1, /[^"\\{}\n]+/)),
    escape: () => token.immediate(prec(2, /\\(u\{[0-9A-Fa-f]*\}|.)|\{\{|\}\}/)),
    interpolation: ($) => seq(token.immediate("{"), repeat($._part), "}"),

    regex: () => token(prec(1, /\/(\\.|\[(\\.|[^\]\n])*\]|[^\/\n\[\\* ])(\\.|\[(\\.|[^\]\n])*\]|[^\/\n\[\\])*\//)),

    number: () => /\d+(\.\d+)?[A-Za-z0-9_]*/,
    identifier: () => /[A-Za-z_][A-Za-z0-9_]*/,
    operator: () =>
      token(
        choice("==", "!=", "<=", ">=", "=>", "->", "..", "+", "-", "*", "/", "<", ">", "=", "|", "?"),
      ),

    documentation: () => token(prec(3, /\/\/\/[^\n]*/)),
    comment: () => token(prec(2, /\/\/[^\n]*/)),
  },
});
