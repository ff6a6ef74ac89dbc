"""The whole migration as one HTML page, which needs nothing but itself."""

from al_codemod.report.html.page import render_html

__all__ = ["render_html"]
