"""XML both ways: documents to what msgspec converts to a struct (`reading`), structs to documents (`writing`)."""
