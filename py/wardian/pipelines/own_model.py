"""A model of a visitor's own in place of the one that a pipeline runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wardian.errors import ModelError, WardianError
from wardian.hub import LOCAL, ModelFile, open_model
from wardian.pipelines.base import Pipeline
from wardian.session import open_session

if TYPE_CHECKING:
    from wardian.task import Interface

__all__ = ["local_name", "use_own_model"]


def local_name(model_id: str) -> str:
    """What a visitor calls a model: the id of one of their own without what tells two of one name apart.

    >>> local_name("local/my-bart-0123abcd"), local_name("all-MiniLM-L6-v2")
    ('my-bart', 'all-MiniLM-L6-v2')
    """
    return model_id.removeprefix(LOCAL).rpartition("-")[0] if model_id.startswith(LOCAL) else model_id


async def use_own_model(
    pipe: Pipeline,
    model: bytes | str | None,
    device: str,
    threads: int,
    interface: Interface | None = None,
    name: str = "model",
) -> None:
    """Run `model` from now on: an ONNX file's content, the local id of a model, or None for the folder's.

    What ran before stays where the new one cannot be opened or does not have the `interface`. `name` is what
    the visitor's file is called.

    Raises ModelError when the model is broken or does not fit, besides what `open_session` raises.
    """
    source: bytes | ModelFile
    if isinstance(model, str):
        source = await (await open_model(model)).onnx()
    else:
        source = await pipe.folder.onnx(pipe.dtype) if model is None else model
    try:
        session = await open_session(source, device=device, threads=threads, owner=pipe.owner)
    except ModelError as error:
        # The engine saw bytes; the visitor gave a file with a name.
        error.value = name if model is not None else error.value
        raise
    try:
        if model is not None and interface is not None:
            interface.check(session, name)
    except WardianError:
        await session.close()
        raise
    await pipe.use_session(session)
