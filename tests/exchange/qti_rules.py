"""QTI 2.2's element rules for what we write, from its information model: children, attributes, references, values.

The schema itself is served by a web site alone, so these rules stand in for it. A rule lists the children that an
element may have and the attributes that it must and may have; what no rule names is a fault.
"""

from __future__ import annotations

import io
import zipfile
from xml.etree import ElementTree

Q = "{http://www.imsglobal.org/xsd/imsqti_v2p2}"
P = "{http://www.imsglobal.org/xsd/imscp_v1p1}"
M = "{http://www.w3.org/1998/Math/MathML}"
XML = "{http://www.w3.org/XML/1998/namespace}"
SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"

INLINE = {"code", "span", "br", "img", "math"}
BLOCK = {"p", "div", "ul", "ol", "pre"}
INTERACTIONS = {"choiceInteraction", "orderInteraction", "extendedTextInteraction"}
EXPRESSIONS = {"variable", "correct", "baseValue", "match", "equal", "or", "ordered", "product", "mapResponse", "sum"}
RULES: dict[str, tuple[set[str], set[str], set[str]]] = {
    # element: (children, attributes that it must have, attributes that it may have)
    "assessmentItem": (
        {"responseDeclaration", "outcomeDeclaration", "itemBody", "responseProcessing", "modalFeedback"},
        {"identifier", "title", "adaptive", "timeDependent"},
        {"toolName", f"{XML}lang", SCHEMA},
    ),
    "responseDeclaration": ({"correctResponse", "mapping"}, {"identifier", "cardinality", "baseType"}, set()),
    "outcomeDeclaration": ({"defaultValue"}, {"identifier", "cardinality"}, {"baseType"}),
    "correctResponse": ({"value"}, set(), set()),
    "defaultValue": ({"value"}, set(), set()),
    "value": (set(), set(), set()),
    "mapping": ({"mapEntry"}, {"defaultValue"}, set()),
    "mapEntry": (set(), {"mapKey", "mappedValue"}, {"caseSensitive"}),
    "itemBody": (BLOCK | INTERACTIONS | {"rubricBlock"}, set(), set()),
    "rubricBlock": (BLOCK, {"view"}, set()),
    "choiceInteraction": ({"simpleChoice"}, {"responseIdentifier", "shuffle", "maxChoices"}, set()),
    "orderInteraction": ({"simpleChoice"}, {"responseIdentifier", "shuffle"}, set()),
    "simpleChoice": (INLINE | BLOCK, {"identifier"}, {"fixed"}),
    "textEntryInteraction": (set(), {"responseIdentifier"}, {"expectedLength"}),
    "extendedTextInteraction": (set(), {"responseIdentifier"}, {"expectedLines", "format"}),
    "modalFeedback": (BLOCK, {"outcomeIdentifier", "identifier", "showHide"}, set()),
    "responseProcessing": ({"responseCondition", "setOutcomeValue"}, set(), set()),
    "responseCondition": ({"responseIf"}, set(), set()),
    "responseIf": (EXPRESSIONS | {"setOutcomeValue"}, set(), set()),
    "setOutcomeValue": (EXPRESSIONS, {"identifier"}, set()),
    "variable": (set(), {"identifier"}, set()),
    "correct": (set(), {"identifier"}, set()),
    "mapResponse": (set(), {"identifier"}, set()),
    "baseValue": (set(), {"baseType"}, set()),
    "match": (EXPRESSIONS, set(), set()),
    "or": (EXPRESSIONS, set(), set()),
    "ordered": (EXPRESSIONS, set(), set()),
    "product": (EXPRESSIONS, set(), set()),
    "equal": (EXPRESSIONS, {"toleranceMode"}, {"tolerance"}),
    "p": (INLINE | {"textEntryInteraction"}, set(), set()),
    "div": (BLOCK | INLINE, set(), {f"{XML}lang"}),
    "span": (INLINE, set(), {f"{XML}lang", "class"}),
    "pre": (INLINE - {"img"}, set(), set()),
    "code": (INLINE, set(), set()),
    "ul": ({"li"}, set(), set()),
    "ol": ({"li"}, set(), set()),
    "li": (INLINE | BLOCK, set(), set()),
    "br": (set(), set(), set()),
    "img": (set(), {"src", "alt"}, set()),
    "assessmentTest": (
        {"outcomeDeclaration", "testPart", "outcomeProcessing"},
        {"identifier", "title"},
        {"toolName"},
    ),
    "testPart": ({"assessmentSection"}, {"identifier", "navigationMode", "submissionMode"}, set()),
    "assessmentSection": ({"assessmentItemRef"}, {"identifier", "title", "visible"}, set()),
    "assessmentItemRef": (set(), {"identifier", "href"}, set()),
    "outcomeProcessing": ({"setOutcomeValue"}, set(), set()),
    "sum": ({"testVariables"}, set(), set()),
    "testVariables": (set(), {"variableIdentifier"}, set()),
}
BASE_TYPES = {"identifier", "float", "string"}
TEXTLESS = {"itemBody", "responseProcessing", "responseCondition", "ul", "ol", "choiceInteraction", "orderInteraction"}


def faults_of(data: bytes) -> list[str]:
    """What is wrong with a package; empty where nothing is."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = set(package.namelist())
        files = {name: package.read(name) for name in names}
    faults = [f"unsafe name {name}" for name in names if name.startswith("/") or ".." in name]
    parsed = {name: ElementTree.fromstring(raw) for name, raw in files.items()}  # noqa: S314 - our own export
    faults += _manifest(parsed["imsmanifest.xml"], names)
    for name, root in parsed.items():
        if name.endswith(".xml") and name != "imsmanifest.xml":
            faults += [f"{name}: {fault}" for fault in (*_element(root), *_meaning(root, name, names))]
    return faults


def _manifest(root: ElementTree.Element, names: set[str]) -> list[str]:
    resources = root.findall(f"{P}resources/{P}resource")
    listed = {file.get("href") or "" for file in root.iter(f"{P}file")}
    ids = [one.get("identifier") for one in resources]
    needed = {one.get("identifierref") for one in root.iter(f"{P}dependency")}
    faults = (
        []
        if [child.tag for child in root] == [P + n for n in ("metadata", "organizations", "resources")]
        else ["order"]
    )
    faults += [f"not in the manifest: {name}" for name in names - listed - {"imsmanifest.xml"}]
    faults += [f"not in the package: {name}" for name in listed - names]
    faults += ["a resource is there twice"] if len(set(ids)) < len(ids) else []
    faults += [f"no resource {one}" for one in needed - set(ids)]
    known = {"imsqti_test_xmlv2p2", "imsqti_item_xmlv2p2"}
    return faults + [f"type {one.get('type')}" for one in resources if one.get("type") not in known]


def _element(element: ElementTree.Element) -> list[str]:
    if element.tag == f"{M}math":
        return [f"{one.tag} within math" for one in element.iter() if not one.tag.startswith(M)]
    name = element.tag.removeprefix(Q)
    if name not in RULES or not element.tag.startswith(Q):
        return [f"unknown element {element.tag}"]
    children, required, optional = RULES[name]
    found = [f"{name} has no {one}" for one in required - set(element.attrib)]
    found += [f"{name} has an attribute {one}" for one in set(element.attrib) - required - optional]
    for child in element:
        inner = "math" if child.tag == f"{M}math" else child.tag.removeprefix(Q)
        found += [f"{inner} within {name}"] if inner not in children else []
        found += _element(child)
    text = (element.text or "") + "".join(child.tail or "" for child in element)
    return found + ([f"text within {name}"] if name in TEXTLESS and text.strip() else [])


def _meaning(root: ElementTree.Element, name: str, names: set[str]) -> list[str]:
    """References lead somewhere, and values have their types."""
    found = []
    declared = {one.get("identifier") for tag in ("response", "outcome") for one in root.iter(f"{Q}{tag}Declaration")}
    for one in root.iter():
        found += [
            f"{attribute} {one.get(attribute)} is not declared"
            for attribute in ("responseIdentifier", "outcomeIdentifier")
            if attribute in one.attrib and one.get(attribute) not in declared
        ]
        if one.tag in (f"{Q}variable", f"{Q}setOutcomeValue") and one.get("identifier") not in declared:
            found.append(f"{one.get('identifier')} is not declared")
        if one.get("baseType") not in (None, *BASE_TYPES):
            found.append(f"base type {one.get('baseType')}")
        if one.tag == f"{Q}img" and f"items/{one.get('src')}" not in names:
            found.append(f"no picture {one.get('src')}")
        if one.tag == f"{Q}assessmentItemRef" and one.get("href") not in names:
            found.append(f"no item {one.get('href')}")
    return found + _right(root) + ([] if name == "test.xml" or root.find(f"{Q}itemBody") is not None else ["no body"])


def _right(root: ElementTree.Element) -> list[str]:
    """The right response is among the choices, and is as many as its cardinality says."""
    response = root.find(f"{Q}responseDeclaration")
    if response is None:
        return []
    values = [one.text or "" for one in response.findall(f"{Q}correctResponse/{Q}value")]
    choices = {one.get("identifier") for one in root.iter(f"{Q}simpleChoice")}
    found = ["a right response is no choice"] if choices and not set(values) <= choices else []
    if response.get("cardinality") == "single" and len(values) > 1:
        found.append("more than one right response")
    if response.get("cardinality") == "ordered" and set(values) != choices:
        found.append("the order is not of all choices")
    if response.get("baseType") == "float" and values:
        float(values[0])
    return found
