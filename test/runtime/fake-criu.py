#!/usr/bin/env python3
"""Stands in for CRIU where that cannot run: takes requests over its socket, writes down what they ask, calls back."""
import ctypes
import json
import os
import socket
import sys

DUMP, RESTORE, PRE_DUMP, NOTIFY, FEATURE_CHECK = 1, 2, 4, 6, 9
NESTED = {2, 5, 11, 23, 25, 27, 39}
CLONE_PARENT, SIGCHLD, SYS_CLONE = 0x8000, 17, {"x86_64": 56, "aarch64": 220}[os.uname().machine]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def decode(data, nested=NESTED):
    fields, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        value, at = varint(data, at)
        if key & 7 == 2:
            piece, at = data[at : at + value], at + value
            value = decode(piece, {11, 23, 25, 27, 39}) if key >> 3 in nested else piece.decode()
        fields.setdefault(key >> 3, []).append(value)
    return fields


def encode(fields):
    def number(value):
        return bytes([value]) if value < 0x80 else bytes([value & 0x7F | 0x80]) + number(value >> 7)

    out = b""
    for field, value in fields.items():
        if isinstance(value, int):
            out += number(field << 3) + number(value)
        else:
            piece = encode(value) if isinstance(value, dict) else value.encode()
            out += number(field << 3 | 2) + number(len(piece)) + piece
    return out


def notify(name, pid):
    link.send(encode({1: NOTIFY, 2: 1, 5: {1: name, 2: pid}}))
    assert decode(link.recv(4096)) == {1: [NOTIFY], 3: [1]}


def sibling():
    pid = ctypes.CDLL(None).syscall(SYS_CLONE, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        link.close()
        os.execvp("sleep", ["sleep", "100"])
    return pid


link = socket.socket(fileno=int(sys.argv[2]))
request = decode(link.recv(65536))
kind = request[1][0]
options = request.get(2, [{}])[0]
for field in (1, 17):
    if field in options:
        options[field] = [os.readlink(f"/proc/self/fd/{options[field][0]}")]
report = {"kind": kind, "options": options, "features": request.get(5, [{}])[0]}
if 13 in options:
    report["root"] = sorted(os.listdir(options[13][0]))
with open(os.environ["TEU_FAKE_CRIU"], "a") as file:
    file.write(json.dumps(report) + "\n")
if "TEU_FAKE_CRIU_FAILS" in os.environ:
    with open(f"{options[17][0]}/{options[10][0]}", "w") as file:
        file.write("(00.1) all is well\n(00.2) Error (criu/x.c:1): no luck\n")
    link.send(encode({1: kind, 2: 0, 7: 52}))
elif kind == DUMP:
    notify("post-dump", 0)
    if options.get(3) != [1]:
        os.kill(options[2][0], 9)
    link.send(encode({1: kind, 2: 1, 3: {1: 0}}))
elif kind == RESTORE:
    pid = sibling()
    for name in ("setup-namespaces", "post-restore"):
        notify(name, pid)
    link.send(encode({1: kind, 2: 1, 4: {1: pid}}))
else:
    link.send(encode({1: kind, 2: 1, 8: {1: 1}}))
