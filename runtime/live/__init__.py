"""The live demo, `landmarks live`: a camera or a video with its faces in a window.

Frames flow one way: feed -> capture (a thread) -> networks -> scene -> recorder and window. Keys change the
:class:`~runtime.live.state.controls.Controls`, nothing else.
"""
