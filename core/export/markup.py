"""XML on the way out."""

from __future__ import annotations

from xml.etree import ElementTree as ET


def child(parent: ET.Element, tag: str, text: object = None, /, **attributes: object) -> ET.Element:
    """Append an element and return it; an attribute that is None is not written."""
    written = {name: str(value) for name, value in attributes.items() if value is not None}
    element = ET.SubElement(parent, tag, written)
    if text is not None:
        element.text = str(text)
    return element


def document(root: ET.Element) -> bytes:
    """Return the file: UTF-8, with the document type that the reading programs look for."""
    ET.indent(root, " ")
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE {root.tag}>\n{body}\n'.encode()
