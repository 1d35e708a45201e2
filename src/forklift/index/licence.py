"""A guess at a repository's licence and version, from the files that usually say so."""

import re
import tomllib
from typing import Any

NAMED = re.compile(r"(^|/)(licen[sc]e|copying|unlicense)[^/]*$", re.IGNORECASE)
PHRASES = (
    ("Apache-2.0", r"Apache License,?\s+Version 2\.0"),
    ("AGPL-3.0", r"GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3"),
    ("LGPL-3.0", r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3"),
    ("LGPL-2.1", r"GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1"),
    ("GPL-3.0", r"GNU GENERAL PUBLIC LICENSE\s+Version 3"),
    ("GPL-2.0", r"GNU GENERAL PUBLIC LICENSE\s+Version 2"),
    ("MPL-2.0", r"Mozilla Public License,? (Version|v\.) ?2\.0"),
    (
        "BSD-3-Clause",
        r"Redistribution and use in source and binary forms.*(Neither the name|names? of .{0,80}contributors)",
    ),
    ("BSD-2-Clause", r"Redistribution and use in source and binary forms"),
    ("MIT", r"Permission is hereby granted, free of charge, to any person obtaining a copy"),
    ("ISC", r"Permission to use, copy, modify, and(/or)? distribute this software for any\s+purpose"),
    ("Unlicense", r"free and unencumbered software released into the public domain"),
    ("PSF-2.0", r"PYTHON SOFTWARE FOUNDATION LICENSE"),
    ("Zlib", r"This software is provided 'as-is', without any express or implied"),
)


def is_telling(path: str) -> bool:
    """Whether the file at `path` may name the licence or version: at the top, or one below for licences."""
    return path in ("pyproject.toml", "PKG-INFO", "setup.cfg") or (path.count("/") <= 1 and bool(NAMED.search(path)))


def licence_of(texts: dict[str, str]) -> str:
    """An SPDX identifier for the files {path: text}, "" when unknown. The project's own metadata goes first."""
    declared = project_of(texts).get("license")
    declared = declared.get("text", "") if isinstance(declared, dict) else declared
    if isinstance(declared, str) and re.fullmatch(r"[\w.+-]+( (AND|OR|WITH) [\w.+-]+)*", declared):
        return declared
    for path in sorted(texts, key=lambda path: (path.count("/"), path)):
        if NAMED.search(path):
            for name, phrase in PHRASES:
                if re.search(phrase, texts[path], re.IGNORECASE | re.DOTALL):
                    return name
    return ""


def version_of(texts: dict[str, str]) -> str:
    """The version that the metadata states, "" when it states none."""
    version = project_of(texts).get("version")
    if isinstance(version, str):
        return version
    found = re.search(r"^Version: (\S+)$", texts.get("PKG-INFO", ""), re.MULTILINE)
    return found[1] if found else ""


def project_of(texts: dict[str, str]) -> dict[str, Any]:
    """[project] of pyproject.toml, {} when there is none that can be read."""
    try:
        project = tomllib.loads(texts.get("pyproject.toml", "")).get("project", {})
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    return project if isinstance(project, dict) else {}
