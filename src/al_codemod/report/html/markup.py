"""Text to markup, without a chance for somebody's code to become some."""

from html import escape

_NOT_HTML = dict.fromkeys((*range(9), 11, *range(14, 32), 127), "�")


def text(value: object) -> str:
    """Escaped text. What UTF-8 or HTML cannot hold becomes a replacement character."""
    clean = str(value).encode("utf-8", errors="replace").decode("utf-8")
    return escape(clean.translate(_NOT_HTML), quote=True)


def element(name: str, content: str, **attributes: str | int | bool | None) -> str:
    """An element with content that is markup already. `class_` is `class`, `data_x` is `data-x`; `None` leaves one out."""
    return f"<{name}{_attributes(attributes)}>{content}</{name}>"


def _attributes(attributes: dict[str, str | int | bool | None]) -> str:
    parts = []
    for name, value in attributes.items():
        key = name.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(f" {key}")
        elif value is not None and value is not False:
            parts.append(f' {key}="{text(value)}"')
    return "".join(parts)


def prose(value: str) -> str:
    """Text in which `code` is marked as in Markdown."""
    return "".join(
        element("code", text(part)) if number % 2 else text(part) for number, part in enumerate(value.split("`"))
    )
