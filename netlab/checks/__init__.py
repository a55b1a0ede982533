"""Свойства: что должна уметь программа каждого рода и чем это проверяется.

Один и тот же список судит исходный код лекции, каждый шаг, готовый сервер netlab и файл студента.
"""

from netlab.checks.kind import Kind, Property, Report, Verdict, WrongKind, check
from netlab.checks.kinds import KINDS

__all__ = ["KINDS", "Kind", "Property", "Report", "Verdict", "WrongKind", "check"]
