"""The ELAN file keeps to its schema."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from lxml import etree

from tests.helpers.data import data_file
from tests.unit.report.interchange.conftest import Exported


def test_it_validates_against_the_schema_of_elan(written: Exported, hostile: Exported) -> None:
    schema = etree.XMLSchema(etree.parse(str(data_file("schemas/EAFv3.0.xsd"))))
    for each in (written, hostile):
        schema.assertValid(etree.parse(str(each.file(".eaf"))))


@pytest.mark.parametrize("kind", ["TIER", "TIME_SLOT", "ALIGNABLE_ANNOTATION"])
def test_names_are_unique_and_references_lead_somewhere(hostile: Exported, kind: str) -> None:
    root = ET.parse(hostile.file(".eaf")).getroot()
    attribute = {"ALIGNABLE_ANNOTATION": "ANNOTATION_ID"}.get(kind, f"{kind}_ID")
    names = [each.attrib[attribute] for each in root.iter(kind)]
    assert len(names) == len(set(names)) > 3
    slots = {
        each.attrib["TIME_SLOT_ID"]: int(each.attrib["TIME_VALUE"])
        for each in root.iter("TIME_SLOT")
    }
    for each in root.iter("ALIGNABLE_ANNOTATION"):
        assert slots[each.attrib["TIME_SLOT_REF1"]] < slots[each.attrib["TIME_SLOT_REF2"]]
    types = {each.attrib["LINGUISTIC_TYPE_ID"] for each in root.iter("LINGUISTIC_TYPE")}
    assert {each.attrib["LINGUISTIC_TYPE_REF"] for each in root.iter("TIER")} == types


def test_the_parts_come_in_the_schemas_order(written: Exported) -> None:
    root = ET.parse(written.file(".eaf")).getroot()
    order = list(dict.fromkeys(each.tag for each in root))
    assert order == ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE"]
    times = [int(each.attrib["TIME_VALUE"]) for each in root.iter("TIME_SLOT")]
    assert times == sorted(times)


def test_elan_finds_the_recording(written: Exported) -> None:
    root = ET.parse(written.file(".eaf")).getroot()
    media = next(root.iter("MEDIA_DESCRIPTOR")).attrib
    assert media["MEDIA_URL"] == written.recording.as_uri()
    assert Path(media["RELATIVE_MEDIA_URL"]).name == written.recording.name
    assert media["MIME_TYPE"].startswith("video/")
