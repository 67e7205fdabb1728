"""Python values as XML, for tests: written by the standard library, so that ours is read against another."""

from typing import Any
from xml.etree.ElementTree import Element, SubElement


def planted(parent: Element, name: str, value: Any, item: str) -> None:
    """Add a value below `parent`; `item` names the items of lists, empty for the list's own name."""
    element = SubElement(parent, name)
    if isinstance(value, dict):
        for key, member in value.items():
            planted(element, key, member, item)
    elif isinstance(value, list):
        for each in value:
            planted(element, item or name, each, item)
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
