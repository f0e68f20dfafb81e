[(block) (parentheses) (list)] @indent.begin
["}" ")" "]"] @indent.branch
