"""Photos and documents, up and down."""

from typing import TYPE_CHECKING

from simulator.errors import bad
from simulator.files import MOST_PHOTO, File, is_picture, photo_sizes
from simulator.methods.common import JSON, put, read_caption
from simulator.params import Params
from simulator.people import document_data

if TYPE_CHECKING:
    from simulator.server import Simulator


def send_photo(simulator: "Simulator", params: Params) -> JSON:
    """A picture, uploaded or known by its file_id."""
    caption = read_caption(params)
    file = _file(simulator, params, "photo")
    return put(simulator, params, {"photo": photo_sizes(file), **caption})


def send_document(simulator: "Simulator", params: Params) -> JSON:
    """Any file, uploaded or known by its file_id."""
    caption = read_caption(params)
    file = _file(simulator, params, "document")
    return put(simulator, params, {"document": document_data(file), **caption})


def get_file(simulator: "Simulator", params: Params) -> JSON:
    """Where to download a file."""
    file = simulator.files.for_download(params.text("file_id"))
    return {**file.reference(), "file_path": file.path}


def _file(simulator: "Simulator", params: Params, kind: str) -> File:
    upload = params.upload(kind)
    if upload is None:
        return _known(simulator, params.text(kind), kind)
    if not upload.data:
        raise bad("file must be non-empty")
    if kind == "photo":
        if len(upload.data) > MOST_PHOTO:
            raise bad(
                f"file of size {len(upload.data)} bytes is too big for a photo;"
                f" the maximum size is {MOST_PHOTO} bytes"
            )
        if not is_picture(upload.data):
            raise bad("IMAGE_PROCESS_FAILED")
    return simulator.files.add(kind, upload.name or "file", upload.data, 0, upload.mime_type)


def _known(simulator: "Simulator", reference: str, kind: str) -> File:
    if not reference:
        raise bad(f"there is no {kind} in the request")
    if reference.startswith(("http://", "https://")):
        raise bad("failed to get HTTP URL content")
    file = simulator.files.find(reference)
    if file is None:
        raise bad("wrong file identifier/HTTP URL specified")
    if file.kind != kind:
        raise bad(f"can't use file of type {file.kind.title()} as {kind.title()}")
    return file


METHODS = {
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "getFile": get_file,
}
