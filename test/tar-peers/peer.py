"""Python's side of the tar tests: makes entries on disk, tells what is on disk, writes and reads archives with tarfile.

    peer.py make DIR < ENTRIES      peer.py facts DIR > FACTS
    peer.py write FORMAT < ENTRIES > ARCHIVE      peer.py read < ARCHIVE > FACTS
    peer.py sizes ARCHIVE

ENTRIES and FACTS are JSON; bytes are in hexadecimal.
"""
import decimal
import hashlib
import io
import json
import os
import stat
import sys
import tarfile

KINDS = {
    "file": tarfile.REGTYPE,
    "hard-link": tarfile.LNKTYPE,
    "symlink": tarfile.SYMTYPE,
    "character-device": tarfile.CHRTYPE,
    "block-device": tarfile.BLKTYPE,
    "directory": tarfile.DIRTYPE,
    "fifo": tarfile.FIFOTYPE,
}
FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
XATTR = "SCHILY.xattr."


def content_of(entry):
    return bytes.fromhex(entry["content"])


def digest(content):
    return "%d:%s" % (len(content), hashlib.sha256(content).hexdigest()[:16])


def make(folder):
    os.chdir(folder)
    entries = json.load(sys.stdin)
    for entry in entries:
        make_node(entry, bytes.fromhex(entry["name"]).rstrip(b"/"), bytes.fromhex(entry["linkname"]))
    for entry in entries:
        if entry["type"] != "hard-link":
            set_attributes(entry, bytes.fromhex(entry["name"]).rstrip(b"/"))
    for entry in reversed(entries):
        if entry["type"] != "hard-link":
            set_time(entry, bytes.fromhex(entry["name"]).rstrip(b"/"))


def make_node(entry, name, linkname):
    kind = entry["type"]
    parent = os.path.dirname(name)
    if parent:
        os.makedirs(parent, exist_ok=True)
    if kind == "file":
        write_sparse(name, content_of(entry))
    elif kind == "directory":
        os.makedirs(name, exist_ok=True)
    elif kind == "symlink":
        os.symlink(linkname, name)
    elif kind == "hard-link":
        os.link(linkname, name)
    elif kind == "fifo":
        os.mkfifo(name)
    else:
        mode = stat.S_IFCHR if kind == "character-device" else stat.S_IFBLK
        os.mknod(name, mode | 0o600, os.makedev(entry["major"], entry["minor"]))


def write_sparse(name, content):
    with open(name, "wb") as file:
        for at in range(0, len(content), 4096):
            page = content[at : at + 4096]
            if page.strip(b"\0"):
                file.seek(at)
                file.write(page)
        file.truncate(len(content))


def set_attributes(entry, name):
    os.lchown(name, entry["uid"], entry["gid"])
    for key, value in entry["xattrs"]:
        os.setxattr(name, key, bytes.fromhex(value), follow_symlinks=False)
    if entry["type"] != "symlink":
        os.chmod(name, entry["mode"])


def set_time(entry, name):
    seconds, nanoseconds = entry["mtime"]
    at = seconds * 10**9 + nanoseconds
    os.utime(name, ns=(at, at), follow_symlinks=False)


def facts(folder):
    os.chdir(folder)
    found = []
    seen = {}
    for parent, folders, files in os.walk(b"."):
        for name in folders + files:
            path = os.path.join(parent, name)[2:]
            found.append(facts_of(path, os.lstat(path)))
            seen.setdefault(os.lstat(path).st_ino, []).append(path.hex())
    links = [group for group in seen.values() if len(group) > 1]
    json.dump({"entries": found, "links": links}, sys.stdout)


def facts_of(path, status):
    kinds = {
        stat.S_IFREG: "file",
        stat.S_IFDIR: "directory",
        stat.S_IFLNK: "symlink",
        stat.S_IFCHR: "character-device",
        stat.S_IFBLK: "block-device",
        stat.S_IFIFO: "fifo",
    }
    kind = kinds[stat.S_IFMT(status.st_mode)]
    device = kind.endswith("device")
    content = open(path, "rb").read() if kind == "file" else b""
    return {
        "name": (path + (b"/" if kind == "directory" else b"")).hex(),
        "type": kind,
        "mode": stat.S_IMODE(status.st_mode),
        "uid": status.st_uid,
        "gid": status.st_gid,
        "mtime": [status.st_mtime_ns // 10**9, status.st_mtime_ns % 10**9],
        "linkname": os.readlink(path).hex() if kind == "symlink" else "",
        "device": [os.major(status.st_rdev), os.minor(status.st_rdev)] if device else [0, 0],
        "content": digest(content),
        "xattrs": sorted([key, os.getxattr(path, key, follow_symlinks=False).hex()] for key in xattrs_of(path)),
    }


def xattrs_of(path):
    return [key for key in os.listxattr(path, follow_symlinks=False) if key.startswith("user.")]


def write(form):
    archive = tarfile.open(
        fileobj=sys.stdout.buffer, mode="w|", format=FORMATS[form], encoding="utf-8", errors="surrogateescape"
    )
    for entry in json.load(sys.stdin):
        archive.addfile(tar_info(entry, form), io.BytesIO(content_of(entry)))
    archive.close()


def tar_info(entry, form):
    info = tarfile.TarInfo(os.fsdecode(bytes.fromhex(entry["name"])).rstrip("/"))
    info.type = KINDS[entry["type"]]
    info.mode, info.uid, info.gid = entry["mode"], entry["uid"], entry["gid"]
    info.uname, info.gname = entry["uname"], entry["gname"]
    info.size = len(content_of(entry))
    info.mtime = entry["mtime"][0]
    info.linkname = os.fsdecode(bytes.fromhex(entry["linkname"]))
    info.devmajor, info.devminor = entry["major"], entry["minor"]
    if form == "pax":
        if entry["mtime"][1]:
            info.pax_headers["mtime"] = entry["mtimeText"]
        for key, value in entry["xattrs"]:
            info.pax_headers[XATTR + key] = bytes.fromhex(value).decode("utf-8", "surrogateescape")
    return info


def read():
    archive = tarfile.open(fileobj=sys.stdin.buffer, mode="r|", encoding="utf-8", errors="surrogateescape")
    json.dump([read_member(archive, info) for info in archive], sys.stdout)


def sizes(path):
    json.dump([info.size for info in tarfile.open(path, "r:")], sys.stdout)


def read_member(archive, info):
    kind = [name for name, flag in KINDS.items() if flag == info.type][0]
    device = kind.endswith("device")
    xattrs = [
        [key[len(XATTR) :], value.encode("utf-8", "surrogateescape").hex()]
        for key, value in info.pax_headers.items()
        if key.startswith(XATTR)
    ]
    return {
        "name": (os.fsencode(info.name) + (b"/" if kind == "directory" else b"")).hex(),
        "type": kind,
        "mode": info.mode,
        "uid": info.uid,
        "gid": info.gid,
        "uname": os.fsencode(info.uname).hex(),
        "gname": os.fsencode(info.gname).hex(),
        "mtime": time_of(info.pax_headers.get("mtime", str(int(info.mtime)))),
        "linkname": os.fsencode(info.linkname).hex(),
        "device": [info.devmajor, info.devminor] if device else [0, 0],
        "content": digest(archive.extractfile(info).read() if kind == "file" else b""),
        "xattrs": sorted(xattrs),
    }


def time_of(text):
    at = int(decimal.Decimal(text) * 10**9)
    return [at // 10**9, at % 10**9]


{"make": make, "facts": facts, "write": write, "read": read, "sizes": sizes}[sys.argv[1]](*sys.argv[2:])
