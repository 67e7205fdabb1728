"""The `viber` block."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, field

from omnibound.dialects.infobip_omni.blocks.base import Block, UpTo100, UpTo1000
from omnibound.dialects.infobip_omni.errors import Faults

FileType = Literal[
    "doc", "docx", "rtf", "dot", "dotx", "odt", "odf", "fodt", "txt", "info", "pdf", "xps", "pdax", "eps", "xls",
    "xlsx", "ods", "fods", "csv", "xlsm", "xltx",
]  # fmt: skip

SHAPES = {
    frozenset({"text"}),
    frozenset({"image"}),
    frozenset({"file"}),
    frozenset({"text", "button"}),
    frozenset({"text", "image", "button"}),
}
"""What a message may consist of (OpenAPI 3.210)."""

_WORDS = "must be a text, an image, a file, a text with a button, or a text with an image and a button"


class ViberIn(Block):
    """A message on Viber. Capitals as the vendor has them: imageURL, buttonURL, but fileUrl."""

    image_url: UpTo1000 | None = field(name="imageURL", default=None)
    button_text: Annotated[str, Meta(max_length=30)] | None = None
    button_url: UpTo1000 | None = field(name="buttonURL", default=None)
    is_promotional: bool | None = None
    file_name: Annotated[str, Meta(max_length=25)] | None = None
    file_type: FileType | None = None
    file_url: Annotated[str, Meta(pattern="^https?://")] | None = None
    tracking_data: UpTo100 | None = None
    force_primary_device: bool | None = None

    SAYS: ClassVar[tuple[str, ...]] = ("text", "image_url", "file_url", "button_text", "button_url")

    def faults(self) -> Faults:
        """A button has text and address; not everything goes with everything."""
        if bool(self.button_text) != bool(self.button_url):
            return {"buttonURL" if self.button_text else "buttonText": ["must not be empty: a button has both"]}
        parts = {"text": self.text, "image": self.image_url, "file": self.file_url, "button": self.button_text}
        shape = frozenset(name for name, part in parts.items() if part)
        return {} if not shape or shape in SHAPES else {"": [_WORDS]}
