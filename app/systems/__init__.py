"""Other systems of the entity: the keys by which they file and ask, and what they are told of by signed requests."""
