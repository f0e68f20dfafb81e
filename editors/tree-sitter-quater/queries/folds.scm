[(block) (parentheses) (list)] @fold
