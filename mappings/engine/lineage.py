"""Which source paths every target path is made from, by reading the mapping alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mappings.engine.nodes import Fold, Get, Node, Scope, children, is_path
from mappings.engine.plan import Item, Plan

Levels = tuple[str, ...]  # the source path of each level, "" for the record and for what has none


def field_sources(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """Target path → source paths in order of reading; both look like `lines[].amount`."""
    return {target: tuple(dict.fromkeys(sources)) for target, sources in _items(plan.items, ("",), "")}


def _items(items: tuple[Item, ...], levels: Levels, prefix: str) -> Iterator[tuple[str, list[str]]]:
    for item in items:
        target = prefix + ".".join(item.spec.to)
        nodes = [n for n in (item.when, item.node) if n is not None]
        inner = levels
        if item.rows is not None:
            nodes.append(item.rows.each)
            inner = (*levels, _list_path(item.rows.each, levels))
        if item.rows is not None and item.rows.each2 is not None:
            inner = (*inner, _list_path(item.rows.each2, inner))
        if item.fields is None or item.rows is not None:
            yield target, [path for node in nodes for path in paths(node, levels)]
        rows = "[]" if item.rows is not None and not item.spec.first else ""
        yield from _items(item.fields or (), inner, f"{target}{rows}.")


def paths(node: Node, levels: Levels) -> list[str]:
    """Every source path an expression reads."""
    if isinstance(node, Get | Scope) and is_path(node):
        path = _path(node, levels).removesuffix("[]")
        return [path] if path else []
    if isinstance(node, Fold):
        inner = (*levels[: node.level], _list_path(node.items, levels))
        below = [paths(n, inner) for n in (node.body, node.where) if n is not None]
        return paths(node.items, levels) + [path for found in below for path in found]
    return [path for child in children(node) for path in paths(child, levels)]


def _list_path(node: Node, levels: Levels) -> str:
    found = paths(node, levels)
    return "" if not found else found[0] if isinstance(node, Scope) else f"{found[0]}[]"


def _path(node: Node, levels: Levels) -> str:
    if isinstance(node, Scope):
        return levels[node.level]
    assert isinstance(node, Get)
    base = _path(node.of, levels)
    if isinstance(node.key, int):
        return f"{base}[]"
    return f"{base}.{node.key}" if base else node.key
