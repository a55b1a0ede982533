"""Макросы сайта: показывают на страницах программы и записи их запусков.

Страница называет программу по имени, а текст, вывод, таблицы и подсветку изменений макросы берут
из `snippets/` и записей. Сборка ничего не запускает и ни с кем не соединяется. Вход для mkdocs —
entry.py.
"""

from netlab.pages.macros import define_env, on_post_build, on_post_page_macros, on_pre_page_macros

__all__ = ["define_env", "on_post_build", "on_post_page_macros", "on_pre_page_macros"]
