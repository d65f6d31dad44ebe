"""Being a witness, and asking one: the outside eyes that make a rolled back or rewritten log show."""
