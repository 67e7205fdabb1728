"""Carriers and providers that can be run: for the demonstration, for tests, and for whoever tries the product out."""
