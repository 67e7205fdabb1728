"""What a client may ask: one verb a module, without HTTP and without SQL."""
