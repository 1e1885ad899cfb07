"""What the file says of itself (XMP): the same input gives the same bytes, so there is no date in it.

When the file was sealed stands in the seal, where it is proved. There is no document information dictionary, so
nothing can contradict the XMP (ISO 19005-2, 6.7.3).
"""

from __future__ import annotations

from xml.sax.saxutils import escape

_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" \
xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>{level}</pdfaid:conformance>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>{creator}</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>vi-VN</rdf:li></rdf:Bag></dc:language>
<xmp:CreatorTool>Sohoa</xmp:CreatorTool>
<pdf:Producer>{producer}</pdf:Producer>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


def xmp_packet(*, title: str, creator: str, producer: str, level: str = "U") -> bytes:
    """Return the XMP packet of a PDF/A-2 file, UTF-8."""
    fields = {"title": title, "creator": creator, "producer": producer}
    return _PACKET.format(level=level, **{name: escape(_printable(text)) for name, text in fields.items()}).encode()


def _printable(text: str) -> str:
    """Drop what XML 1.0 has no way to write; a title is never worth a broken file."""
    return "".join(letter for letter in text if letter.isprintable())
