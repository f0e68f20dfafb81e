(declaration keyword: (declaration_word) @context name: (identifier) @name) @item
(declaration keyword: (declaration_word) @context title: (text) @name) @item
