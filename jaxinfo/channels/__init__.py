"""Channels: what they can carry, and what compression must keep.

Each verb solves its problem to a tolerance and gives, beside the result, the gap that
is left: a bound that holds however the solution was found.
"""

from jaxinfo.channels._bottleneck import (
    InformationBottleneck,
    information_bottleneck,
)
from jaxinfo.channels._capacity import ChannelCapacity, channel_capacity
from jaxinfo.channels._rate import (
    RateDistortion,
    rate_at_distortion,
    rate_distortion,
)

__all__ = [
    "ChannelCapacity",
    "InformationBottleneck",
    "RateDistortion",
    "channel_capacity",
    "information_bottleneck",
    "rate_at_distortion",
    "rate_distortion",
]
