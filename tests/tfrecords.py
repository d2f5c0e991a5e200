"""A writer of TFRecord files and protocol buffers, from their definitions: what the readers are tested against."""

import struct


def checksum(content):
    """Masked CRC-32C, bit by bit."""
    state = 0xFFFFFFFF
    for byte in content:
        state ^= byte
        for _ in range(8):
            state = state >> 1 ^ 0x82F63B78 * (state & 1)
    state ^= 0xFFFFFFFF
    return struct.pack("<I", ((state >> 15 | state << 17) + 0xA282EAD8) % 2**32)


def framed(content):
    """One record."""
    length = struct.pack("<Q", len(content))
    return length + checksum(length) + content + checksum(content)


def message(*fields):
    """A protocol buffer of (number, value) pairs: floats are doubles, integers varints, bytes have a length."""
    return b"".join(_field(number, value) for number, value in fields)


def _field(number, value):
    if isinstance(value, float):
        return _varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value):
    digits = []
    while value > 0x7F:
        digits.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*digits, value])
