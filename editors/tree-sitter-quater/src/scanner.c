// Words that start a declaration, or what stands before one: they stand at column 0.
#include "tree_sitter/parser.h"
#include <string.h>

enum { DECLARATION, PREFIX };

static const char *const DECLARATIONS[] = {"service", "use",  "env",    "resource",  "static",  "auth", "type", "enum",
                                           "error",   "fn",   "entity", "operation", "channel", "job",  "test"};
static const char *const PREFIXES[] = {"since", "deprecated", "allow"};

static bool is_one_of(const char *word, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(word, words[i]) == 0) {
      return true;
    }
  }
  return false;
}

void *tree_sitter_quater_external_scanner_create(void) { return NULL; }

void tree_sitter_quater_external_scanner_destroy(void *payload) { (void)payload; }

unsigned tree_sitter_quater_external_scanner_serialize(void *payload, char *buffer) {
  (void)payload;
  (void)buffer;
  return 0;
}

void tree_sitter_quater_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
  (void)payload;
  (void)buffer;
  (void)length;
}

bool tree_sitter_quater_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
  (void)payload;
  while (lexer->lookahead == ' ' || lexer->lookahead == '\t' || lexer->lookahead == '\r' || lexer->lookahead == '\n') {
    lexer->advance(lexer, true);
  }
  if (lexer->get_column(lexer) != 0) {
    return false;
  }
  char word[16];
  size_t length = 0;
  while (lexer->lookahead >= 'a' && lexer->lookahead <= 'z' && length < sizeof word - 1) {
    word[length++] = (char)lexer->lookahead;
    lexer->advance(lexer, false);
  }
  word[length] = '\0';
  bool ends = lexer->lookahead == ' ' || lexer->lookahead == '\t' || lexer->lookahead == '{';
  if (length == 0 || !ends) {
    return false;
  }
  if (valid[DECLARATION] && is_one_of(word, DECLARATIONS, sizeof DECLARATIONS / sizeof *DECLARATIONS)) {
    lexer->result_symbol = DECLARATION;
    return true;
  }
  if (valid[PREFIX] && is_one_of(word, PREFIXES, sizeof PREFIXES / sizeof *PREFIXES)) {
    lexer->result_symbol = PREFIX;
    return true;
  }
  return false;
}
