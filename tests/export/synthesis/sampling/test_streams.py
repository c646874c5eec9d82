"""Streams of random numbers: repeatable, and independent of each other."""

from export.synthesis.sampling import Aspect, RandomStreams


def first(streams, aspect):
    return streams[aspect].random()


def test_a_stream_restarts_each_time_it_is_requested():
    streams = RandomStreams(3, 5)
    assert first(streams, Aspect.HAIR) == first(streams, Aspect.HAIR) == first(RandomStreams(3, 5), Aspect.HAIR)


def test_aspects_pictures_and_seeds_have_different_streams():
    drawn = [first(RandomStreams(seed, index), aspect) for seed in (0, 1) for index in (0, 1) for aspect in Aspect]
    assert len(set(drawn)) == 4 * len(Aspect)
