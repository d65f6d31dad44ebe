"""Making records of the rows of a list: what each column means, and what its values state."""
