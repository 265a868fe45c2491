"""Moodle XML's element rules, as Moodle's own reader has them: what each question type must hold.

There is no schema; these rules say which elements a type needs, which it may have, and their values. They were read in
Moodle's `question/format/xml/format.php` (`import_headers`, `import_answer`, and `import_*` of each type), which reads
`matching` as its type `match`, a `tolerance` as an absolute one, and pictures from `file` elements in base64.
"""

from __future__ import annotations

import base64
import re
from xml.etree import ElementTree

COMMON = ("name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden")
OPTIONAL = ("idnumber", "tags", "hint")
TYPES = {
    "multichoice": (("single", "shuffleanswers", "answernumbering"), ("answer",)),
    "numerical": (("unitgradingtype", "unitpenalty", "showunits", "unitsleft"), ("answer",)),
    "shortanswer": (("usecase",), ("answer",)),
    "matching": (("shuffleanswers",), ("subquestion",)),
    "essay": (
        (
            *("responseformat", "responserequired", "responsefieldlines", "attachments", "attachmentsrequired"),
            *("graderinfo", "responsetemplate"),
        ),
        (),
    ),
}
FORMATS = {"html", "plain_text", "markdown", "moodle_auto_format"}
FRACTIONS = {
    *(0, 5, 10, 11.11111, 12.5, 14.28571, 16.66667, 20, 25, 30, 33.33333, 40, 50, 60, 66.66667, 70, 75, 80, 83.33333),
    *(90, 100, -100),
}
"""The shares of the mark that Moodle has; by default an import with any other stops, a hundred-thousandth apart."""


def faults_of(document: bytes) -> list[str]:
    """What is wrong with a document; empty where Moodle would take it."""
    root = ElementTree.fromstring(document)  # noqa: S314 - our own export
    found = [] if root.tag == "quiz" else ["the root is not quiz"]
    for element in root:
        kind = element.get("type", "")
        name = f"{kind} {element.findtext('name/text')}"
        found += [f"{name}: {fault}" for fault in _question(element, kind)]
    names = [element.findtext("idnumber") for element in root if element.get("type") != "category"]
    return found + (["an idnumber is used twice"] if len(set(names)) < len(names) else [])


def _question(element: ElementTree.Element, kind: str) -> list[str]:
    if element.tag != "question":
        return ["is no question"]
    if kind == "category":
        path = element.findtext("category/text") or ""
        return [] if path.startswith("$course$/top/") else ["has no category"]
    if kind not in TYPES:
        return ["has an unknown type"]
    once, repeated = TYPES[kind]
    allowed = {*COMMON, *OPTIONAL, *once, *repeated}
    tags = [child.tag for child in element]
    found = [f"unknown element {tag}" for tag in tags if tag not in allowed]
    found += [f"{tag} is there {tags.count(tag)} times" for tag in (*COMMON, *once) if tags.count(tag) != 1]
    found += [f"no {tag}" for tag in repeated if tag not in tags]
    found += [
        f"{tag} is empty" for tag in ("name", "questiontext") if not (element.findtext(f"{tag}/text") or "").strip()
    ]
    formats = {one.get("format") for one in element.iter() if "format" in one.attrib}
    found += [f"unknown format {one}" for one in formats - FORMATS]
    return [*found, *_answers(element, kind), *_files(element)]


def _answers(element: ElementTree.Element, kind: str) -> list[str]:
    found, fractions = [], []
    for answer in element.iter("answer"):
        if kind == "matching":
            continue
        fractions.append(float(answer.get("fraction", "nan")))
        found += [f"fraction {fractions[-1]}"] if fractions[-1] not in FRACTIONS else []
        found += [] if (answer.findtext("text") or "").strip() else ["an empty answer"]
        found += [] if answer.find("feedback") is not None else ["an answer without feedback"]
        if kind == "numerical":
            float(answer.findtext("text") or "")
            found += [] if float(answer.findtext("tolerance") or "-1") >= 0 else ["no tolerance"]
    if kind == "multichoice" and abs(sum(one for one in fractions if one > 0) - 100) > 0.01:
        found.append("the right fractions are not 100 together")
    if kind in ("numerical", "shortanswer") and 100 not in fractions:
        found.append("no answer has full marks")
    return found


def _files(element: ElementTree.Element) -> list[str]:
    """Every picture that a text names is in the file, and every file is named."""
    found = []
    for text in element.iter("questiontext"):
        named = set(re.findall(r"@@PLUGINFILE@@/([\w.-]+)", text.findtext("text") or ""))
        files = {file.get("name"): file for file in text.iter("file")}
        found += [] if named == set(files) else ["pictures and files differ"]
        for file in files.values():
            svg = base64.b64decode(file.text or "", validate=True)
            ElementTree.fromstring(svg)  # noqa: S314 - our own drawing
    return found
