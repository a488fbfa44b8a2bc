"""Reads .npy files of numbers with nothing but the standard library."""

import array
import ast
import struct


def read(path, element=None):
    """Shape and flat values; `element` "bf16" says what two opaque bytes are."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:6] != b"\x93NUMPY":
        raise ValueError(f"{path}: expected a .npy file")
    width = 2 if data[6] == 1 else 4
    end = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    header = ast.literal_eval(data[8 + width : end].decode("latin-1"))
    if header["fortran_order"]:
        raise ValueError(f"{path}: expected rows one after another")
    kind, body = header["descr"].lstrip("<|"), data[end:]
    if element == "bf16":
        halves = array.array("H", body)
        return header["shape"], [struct.unpack("<f", struct.pack("<I", half << 16))[0] for half in halves]
    code = {"f2": "e", "f4": "f", "f8": "d", "i8": "q"}[kind]
    return header["shape"], list(struct.unpack(f"<{len(body) // int(kind[1:])}{code}", body))
