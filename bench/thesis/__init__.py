"""One picture task in seven representations: what each of them costs to learn."""
