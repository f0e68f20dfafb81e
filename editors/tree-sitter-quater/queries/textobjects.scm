(declaration) @class.outer
(declaration (block) @class.inside)
(block) @function.inside
(comment) @comment.outer
(documentation) @comment.outer
