"""Questions as a QTI 2.2 content package: a manifest, a test by sections, an item a question, figures beside them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from itertools import groupby

from quizdl.exchange import qti_items
from quizdl.exchange.markup import Markup, as_namespaced_mathml
from quizdl.exchange.parcel import Languages, Ledger, Parcel
from quizdl.exchange.qti_items import QTI, Item
from quizdl.exchange.xml_out import tag, text
from quizdl.model import Asked

PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
_SCHEMA = "http://www.imsglobal.org/xsd/qti/qtiv2p2/imsqti_v2p2.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the package: the same questions give the same bytes."""


def write_qti(questions: Sequence[Asked], languages: Languages) -> Parcel:
    """The package's bytes."""
    markup, ledger = Markup(languages, as_namespaced_mathml, "xml:lang"), Ledger()
    written = [(asked, qti_items.item_of(asked, markup, ledger)) for asked in questions]
    kept = [(asked, item) for asked, item in written if item is not None]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        _add(package, "imsmanifest.xml", _manifest([item for _, item in kept]))
        _add(package, "test.xml", _test(kept, markup))
        for asked, item in kept:
            _add(package, f"items/{item.name}.xml", _item(asked, item, markup))
            for name, svg in item.pictures:
                _add(package, f"items/{name}", svg)
    return ledger.parcel(packed.getvalue(), questions)


def _add(package: zipfile.ZipFile, name: str, content: str) -> None:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    package.writestr(entry, content.encode())


def _item(asked: Asked, item: Item, markup: Markup) -> str:
    return _DECLARATION + tag(
        "assessmentItem",
        *item.content,
        xmlns=QTI,
        xmlns_xsi=_XSI,
        xsi_schemaLocation=f"{QTI} {_SCHEMA}",
        identifier=item.name,
        title=asked.question.id,
        adaptive="false",
        timeDependent="false",
        xml_lang=markup.languages[0],
        toolName="quizdl",
    )


def _test(kept: Sequence[tuple[Asked, Item]], markup: Markup) -> str:
    """Every item, a section of the bank a section."""
    sections = [
        tag(
            "assessmentSection",
            *(tag("assessmentItemRef", identifier=item.name, href=f"items/{item.name}.xml") for _, item in group),
            identifier=f"section-{number}",
            title=title,
            visible="true",
        )
        for number, (title, group) in enumerate(groupby(kept, lambda pair: _title(pair[0], markup)), 1)
    ]
    part = tag("testPart", *sections, identifier="questions", navigationMode="nonlinear", submissionMode="individual")
    score = tag("outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
    total = tag("setOutcomeValue", tag("sum", tag("testVariables", variableIdentifier="SCORE")), identifier="SCORE")
    return _DECLARATION + tag(
        "assessmentTest",
        score,
        part,
        tag("outcomeProcessing", total),
        xmlns=QTI,
        identifier="quizdl",
        title="quizdl",
        toolName="quizdl",
    )


def _title(asked: Asked, markup: Markup) -> str:
    return asked.question.section_title.of(markup.languages[0]) or asked.question.section or "quizdl"


def _manifest(items: Sequence[Item]) -> str:
    resources = [
        tag(
            "resource",
            tag("file", href="test.xml"),
            *(tag("dependency", identifierref=item.name) for item in items),
            identifier="test",
            type="imsqti_test_xmlv2p2",
            href="test.xml",
        )
    ]
    resources += [
        tag(
            "resource",
            *(tag("file", href=f"items/{name}") for name in (f"{item.name}.xml", *(name for name, _ in item.pictures))),
            identifier=item.name,
            type="imsqti_item_xmlv2p2",
            href=f"items/{item.name}.xml",
        )
        for item in items
    ]
    about = tag("metadata", text("schema", "QTIv2.2 Package"), text("schemaversion", "1.0.0"))
    return _DECLARATION + tag(
        "manifest", about, "<organizations/>", tag("resources", *resources), xmlns=PACKAGE, identifier="quizdl-package"
    )
