"""Random damage to IR text, .npy files and command lines. `rng` is a random.Random."""

import io
import re

import numpy as np

INTERESTING = ["0", "1", "-1", "2", "3", "7", "8", "64", "65", "255", "256", "2147483647", "2147483648", "4294967296",
               "9223372036854775807", "9223372036854775808", "-9223372036854775808", "99999999999999999999", "1.0e400",
               "0x7FC00000", "nan", "*", "?", "[]", "<>", "()", '""', "-0.0", "1e-320"]
TOKEN = re.compile(r"#?[A-Za-z_][\w.$]*|%\w+|@\w+|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|->|\s+|.", re.S)


def damage_text(rng, text, vocabulary):
    tokens = TOKEN.findall(text)
    for _ in range(rng.choice([1, 1, 1, 2, 3, 6])):
        if not tokens:
            return ""
        at, kind = rng.randrange(len(tokens)), rng.randrange(10)
        if kind == 0:
            del tokens[at:at + rng.choice([1, 1, 2, 5, 20])]
        elif kind == 1:
            tokens[at:at] = tokens[at:at + rng.choice([1, 2, 6])]
        elif kind == 2:
            other = rng.randrange(len(tokens))
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif kind == 3:
            tokens[at] = rng.choice(vocabulary)
        elif kind == 4:
            numbers = [k for k, token in enumerate(tokens) if token[-1].isdigit() and not token.startswith(("%", "#", "@"))]
            if numbers:
                tokens[rng.choice(numbers)] = rng.choice(INTERESTING)
        elif kind == 5:
            tokens[at] = "".join(chr(rng.randrange(1, 256)) for _ in range(rng.choice([1, 2, 9])))
        elif kind == 6:
            names = [k for k, token in enumerate(tokens) if token.startswith("%")]
            if len(names) > 1:
                a, b = rng.sample(names, 2)
                tokens[a] = tokens[b]
        elif kind == 7:
            types = [k for k, token in enumerate(tokens) if re.fullmatch(r"x?(f32|f64|f16|bf16|i1|i32|index)", token)]
            if types:
                tokens[rng.choice(types)] = rng.choice(["f32", "f64", "f16", "bf16", "i1", "i32", "index", "xf32", "complex<f32>"])
        elif kind == 8:
            del tokens[at:]
        else:
            tokens.insert(at, rng.choice(vocabulary))
    return "".join(tokens)


def damage_npy(rng, data):
    """A header that lies, a file cut short or too long, another type, other bytes."""
    kind = rng.randrange(9)
    if kind == 0:
        return data[:rng.randrange(len(data))]
    if kind == 1:
        return data + bytes(rng.randrange(256) for _ in range(rng.choice([1, 7, 100])))
    if kind == 2:
        at = rng.randrange(min(len(data), 128))
        return data[:at] + bytes([rng.randrange(256)]) + data[at + 1:]
    if kind == 3:
        shapes = ["()", "(-1,)", "(1", "(99999999999, 99999999999)", "(9223372036854775807, 2)", "(4294967296, 4294967296)",
                  "('a',)", "(1.5,)", "(True,)", "(" + "1," * 70 + ")", "None", "(0, 0)"]
        return re.sub(rb"'shape': \([^)]*\)", b"'shape': " + rng.choice(shapes).encode(), data, count=1)
    if kind == 4:
        types = ["<f4", ">f4", "<f8", "<f2", "|b1", "|O", "<U3", "<c8", "<M8[s]", "|V2", "<i99", "f", "", "<f4" * 40]
        return re.sub(rb"'descr': '[^']*'", f"'descr': '{rng.choice(types)}'".encode(), data, count=1)
    if kind == 5:
        length = rng.choice([0, 1, 10, 0xFFFF, len(data)])
        return data[:8] + length.to_bytes(2, "little") + data[10:]
    if kind == 6:
        return data[:6] + bytes(rng.choice([(0, 0), (1, 1), (2, 0), (3, 0), (9, 9), (255, 255)])) + data[8:]
    if kind == 7:
        buffer = io.BytesIO()
        shape = [rng.randrange(0, 4) for _ in range(rng.randrange(0, 6))]
        np.save(buffer, np.zeros(shape, rng.choice([np.float32, np.float64, np.int8, np.uint64, np.complex64, np.bool_])))
        return buffer.getvalue()
    return rng.choice([b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00", bytes(rng.randrange(256) for _ in range(200))])


def damage_command(rng, command):
    """Options missing, repeated, misspelt, with odd values, or added."""
    extra = ["--threads=0", "--threads=-1", "--threads=99999999999", "--threads=x", "--benchmark", "--report=/no/such/dir/r.json",
             "--entry=missing", "--entry=", "--target=pdp11", "--target=native", "--pipeline=", "--pipeline=no-such",
             "--pipeline=builtin.module(", "--input=@", "--input=", "--input=@missing.npy", "--input=@.", "--output=@/no/such/o.npy",
             "--output=@.", "--output=", "--output=@case.mlir/x", "--no-such-option", "-", "missing.mlir", "", "--help", "--version",
             "--input=@/dev/null", "--target=emulated-sm_80", "--deterministic"]
    command = list(command)
    for _ in range(rng.choice([1, 1, 2, 3])):
        at, kind = rng.randrange(1, len(command)) if len(command) > 1 else 0, rng.randrange(5)
        if kind == 0 and at:
            del command[at]
        elif kind == 1 and at:
            command.insert(at, command[at])
        elif kind == 2 and at and command[at]:
            place = rng.randrange(len(command[at]))
            command[at] = command[at][:place] + chr(rng.randrange(33, 127)) + command[at][place + 1:]
        elif kind == 3 and len(command) > 2:
            other = rng.randrange(1, len(command))
            command[at], command[other] = (command[other], command[at]) if at else (command[at], command[other])
        else:
            command.insert(rng.randrange(1, len(command) + 1), rng.choice(extra))
    return command
