"""Final Cut Pro 7 XML (xmeml 5), which Premiere, Resolve and Avid's converters read.

Written here and not by OpenTimelineIO's adapter: that one counts frames rightly, but calls every
timecode non-drop (a timeline from 01:00:00;00 becomes one from 00:59:56:12), and leaves out the linked
sound, the reels and the notes.

Times as the format has them: ``start`` and ``end`` are frames of the sequence from its beginning;
``in``, ``out`` and ``duration`` of a clip item are frames of the file, at the item's own rate. So a source
of another rate keeps an exact In and Out, and only its length on the timeline is rounded. Timecode is
written three times, as text, as a frame number (which readers trust first) and as a way of counting.
"""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree as ET

from core.export import rates
from core.export.events import Event, EventList
from core.export.markup import child, document
from core.export.taking import Source
from core.timecode import label, nominal

# How many channels a file has is not noted in the catalog. Two are what cameras write; of a mono file the
# second one stays silent, while of a stereo file a single one would lose half.
_CHANNELS = 2
_HOST = "localhost"


def written(events: EventList) -> bytes:
    """Return the file."""
    root = ET.Element("xmeml", version="5")
    sequence = child(root, "sequence", id="sequence-1")
    child(sequence, "name", events.name)
    child(sequence, "duration", events.frames)
    _rate(sequence, events.rate)
    _timecode(sequence, events.start, events.rate, drop=events.drop)
    media = child(sequence, "media")
    _video(media, events)
    _audio(media, events)
    return document(root)


def _video(media: ET.Element, events: EventList) -> None:
    video = child(media, "video")
    size = child(child(video, "format"), "samplecharacteristics")
    _rate(size, events.rate)
    frame = events.sources[0]
    child(size, "width", frame.width)
    child(size, "height", frame.height)
    child(size, "pixelaspectratio", "square")
    track = child(video, "track")
    described: set[int] = set()
    for event in events.events:
        item = _item(track, events, event, f"v{event.number}")
        _file(item, event.take.source, whole=event.take.source.number not in described)
        described.add(event.take.source.number)
        _links(item, event)
        _words(item, event)


def _audio(media: ET.Element, events: EventList) -> None:
    sounding = [event for event in events.events if event.take.source.has_audio]
    if not sounding:
        return
    audio = child(media, "audio")
    _sound(child(audio, "format"))
    for channel in range(1, _CHANNELS + 1):
        track = child(audio, "track")
        for event in sounding:
            item = _item(track, events, event, f"a{channel}-{event.number}")
            child(item, "file", id=f"file-{event.take.source.number}")
            from_track = child(item, "sourcetrack")
            child(from_track, "mediatype", "audio")
            child(from_track, "trackindex", channel)
            _links(item, event)
        child(track, "outputchannelindex", channel)


def _item(track: ET.Element, events: EventList, event: Event, name: str) -> ET.Element:
    take = event.take
    item = child(track, "clipitem", id=f"clipitem-{name}")
    child(item, "name", take.name)
    child(item, "enabled", "TRUE")
    child(item, "duration", take.source.frames)
    _rate(item, take.source.rate)
    child(item, "start", event.record_first - events.start)
    child(item, "end", event.record_after - events.start)
    child(item, "in", take.first)
    child(item, "out", take.after)
    return item


def _file(item: ET.Element, source: Source, *, whole: bool) -> None:
    # A file is described where it first occurs; afterwards its id is enough.
    file = child(item, "file", id=f"file-{source.number}")
    if not whole:
        return
    child(file, "name", source.name)
    child(file, "pathurl", source.media.url(_HOST))
    _rate(file, source.rate)
    child(file, "duration", source.frames)
    timecode = _timecode(file, source.clock.start, source.rate, drop=source.clock.drop)
    child(child(timecode, "reel"), "name", source.reel)
    media = child(file, "media")
    picture = child(child(media, "video"), "samplecharacteristics")
    _rate(picture, source.rate)
    child(picture, "width", source.width)
    child(picture, "height", source.height)
    if source.has_audio:
        sound = child(media, "audio")
        _sound(sound)
        child(sound, "channelcount", _CHANNELS)


def _links(item: ET.Element, event: Event) -> None:
    """Tie picture and sound of one shot together, so that they are moved and trimmed as one."""
    if not event.take.source.has_audio:
        return
    places = [("v", "video", 1), *((f"a{n}-", "audio", n) for n in range(1, _CHANNELS + 1))]
    for prefix, kind, track in places:
        link = child(item, "link")
        child(link, "linkclipref", f"clipitem-{prefix}{event.number}")
        child(link, "mediatype", kind)
        child(link, "trackindex", track)


def _words(item: ET.Element, event: Event) -> None:
    take = event.take
    if take.note:
        # Premiere and Resolve show markers; log notes and comments are columns of the project panel.
        marker = child(item, "marker")
        child(marker, "name", take.note.split("\n")[0])
        child(marker, "comment", take.note)
        child(marker, "in", take.marked_first)
        child(marker, "out", take.marked_after)
        child(child(item, "logginginfo"), "lognote", take.note)
    if take.note or take.rating:
        comments = child(item, "comments")
        child(comments, "mastercomment1", take.note)
        child(comments, "mastercomment2", f"Rating {take.rating} of 5" if take.rating else "")


def _rate(parent: ET.Element, rate: Fraction) -> None:
    element = child(parent, "rate")
    child(element, "timebase", nominal(rate))
    child(element, "ntsc", "TRUE" if rates.is_ntsc(rate) else "FALSE")


def _timecode(parent: ET.Element, frame: int, rate: Fraction, *, drop: bool) -> ET.Element:
    element = child(parent, "timecode")
    _rate(element, rate)
    child(element, "string", label(frame, rate, drop=drop))
    child(element, "frame", frame)
    child(element, "displayformat", "DF" if drop else "NDF")
    return element


def _sound(parent: ET.Element) -> None:
    element = child(parent, "samplecharacteristics")
    child(element, "depth", 16)
    child(element, "samplerate", 48000)
