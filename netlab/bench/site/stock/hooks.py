"""Единственное, без чего страниц после макросов не прочесть."""

from mkdocs.config.defaults import MkDocsConfig

from netlab.pages.lab_blocks import LabBlocks


def on_config(config: MkDocsConfig) -> None:
    """Подключает к Markdown блоки, которые написали макросы."""
    config.markdown_extensions.append(LabBlocks())
