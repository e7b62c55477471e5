/**
 * Layers that try to get out of the root, or to make whoever unpacks them fall over. Each is refused with one of the
 * codes named, or confined: then nothing outside has changed, and the tree is whole.
 *
 * `$OUT` in a path stands for the folder outside the root that they are after, as an absolute path; `$UP` for enough
 * `../` to reach the root of the machine.
 * @module
 */
import { concatBytes } from "@teu/std/bytes";
import { type CraftedHeader, tarArchive, tarFile, tarHeader, tarLong, tarPax } from "@teu/testing/craft-tar";

/** One hostile image. */
export interface HostileCase {
  readonly name: string;
  /** Its layers, each the parts of an archive. */
  readonly layers: readonly (readonly Uint8Array[])[];
  /** The code of the refusal; without one the image has to be confined. */
  readonly refused?: string | readonly string[];
}

/** The places that hostile paths are made of. */
export interface HostilePlaces {
  readonly OUT: string;
  readonly UP: string;
}

const file = (name: string, text = "hostile", more: CraftedHeader = {}): Uint8Array => tarFile({ name, ...more }, text);
const dir = (name: string, more: CraftedHeader = {}): Uint8Array =>
  tarHeader({ name, typeflag: "5", mode: 0o755, ...more });
const link = (name: string, linkname: string): Uint8Array => tarHeader({ name, typeflag: "2", linkname, mode: 0o777 });
const hard = (name: string, linkname: string): Uint8Array => tarHeader({ name, typeflag: "1", linkname });
const device = (name: string, major: number, minor: number, typeflag = "3"): Uint8Array =>
  tarHeader({ name, typeflag, devmajor: major, devminor: minor });

const NAME = "ERR_LAYER_PATH";
const LINK = "ERR_LAYER_LINK";
const PARENT = "ERR_LAYER_PARENT";

/** Every case. */
export function hostileCases({ OUT, UP }: HostilePlaces): readonly HostileCase[] {
  return [
    ...names(OUT, UP),
    ...symlinks(OUT, UP),
    ...hardLinks(OUT, UP),
    ...whiteouts(OUT, UP),
    ...replaced(OUT),
    ...formats(OUT, UP),
  ];
}

function names(OUT: string, UP: string): HostileCase[] {
  return [
    { name: "name with ..", layers: [[file("../canary")]], refused: NAME },
    {
      name: "name with many ..",
      layers: [[tarPax([["path", `${UP}${OUT.slice(1)}/canary`]]), file("a")]],
      refused: NAME,
    },
    { name: "name with .. in the middle", layers: [[dir("a/"), file("a/../../canary")]], refused: NAME },
    { name: "name that ends in ..", layers: [[dir("a/"), dir("a/..")]], refused: NAME },
    { name: "name that is ..", layers: [[dir("..")]], refused: NAME },
    { name: "name of .. with a slash", layers: [[dir("../")]], refused: NAME },
    { name: "absolute name", layers: [[file(`${OUT}/canary`)]] },
    { name: "absolute name with two slashes", layers: [[file(`/${OUT}/canary`)]] },
    { name: "name with . and many slashes", layers: [[file(".//././/a///b")]] },
    { name: "empty name", layers: [[file("")]], refused: [NAME, "ERR_TAR_UNSUPPORTED"] },
    { name: "empty PAX path", layers: [[tarPax([["path", ""]]), file("a")]] },
    { name: "PAX path with ..", layers: [[tarPax([["path", "../canary"]]), file("a")]], refused: NAME },
    {
      name: "PAX path with NUL",
      layers: [[tarPax([["path", "a\0/../../canary"]]), file("a")]],
      refused: [NAME, "ERR_TAR_PAX", "ERR_TAR_AMBIGUOUS"],
    },
    {
      name: "GNU long name with ..",
      layers: [[tarLong("L", `${"x/../".repeat(40)}../canary`), file("a")]],
      refused: NAME,
    },
    { name: "prefix with ..", layers: [[file("canary", "hostile", { prefix: ".." })]], refused: NAME },
    { name: "backslashes are no separators", layers: [[file("..\\canary")]] },
    {
      name: "name of 300 bytes",
      layers: [[tarPax([["path", "n".repeat(300)]]), file("a")]],
      refused: "ERR_LAYER_LIMIT",
    },
    {
      name: "path of 2000 names",
      layers: [[tarPax([["path", "a/".repeat(2000)]]), dir("a")]],
      refused: "ERR_LAYER_LIMIT",
    },
    {
      name: "path longer than Linux takes",
      layers: [[tarPax([["path", `${"n".repeat(250)}/`.repeat(30)]]), dir("a")]],
      refused: "ERR_LAYER_LIMIT",
    },
    { name: "root replaced by a symlink", layers: [[link("./", OUT)]], refused: "ERR_LAYER_ROOT" },
    {
      name: "root replaced by a symlink, named /.",
      layers: [[link("/.", OUT), file("canary")]],
      refused: "ERR_LAYER_ROOT",
    },
    { name: "root replaced by a file", layers: [[file(".")]], refused: "ERR_LAYER_ROOT" },
    { name: "root replaced by a hard link", layers: [[file("a"), hard("/", "a")]], refused: "ERR_LAYER_ROOT" },
    { name: "root that forbids everything", layers: [[dir("./", { mode: 0 }), file("a")]] },
    { name: "folder that forbids everything", layers: [[dir("a/", { mode: 0 }), file("a/b")], [file("a/c")]] },
    { name: "name of control characters", layers: [[file("\u001b[2J\n\r")]] },
    { name: "name that is not UTF-8", layers: [[file(new Uint8Array([0xff, 0xfe, 0x2f, 0x80]) as never)]] },
  ];
}

function symlinks(OUT: string, UP: string): HostileCase[] {
  return [
    { name: "file through an absolute symlink", layers: [[link("a", OUT), file("a/canary")]] },
    { name: "file through a relative symlink", layers: [[link("a", `${UP}${OUT.slice(1)}`), file("a/canary")]] },
    { name: "file through a symlink of the layer below", layers: [[link("a", OUT)], [file("a/canary")]] },
    { name: "file through two symlinks", layers: [[link("a", "b"), link("b", OUT), file("a/canary")]] },
    {
      name: "file through a chain that climbs",
      layers: [[dir("d/"), link("d/a", ".."), link("d/b", "a/.."), link("d/c", "b/.."), file(`d/c${OUT}/canary`)]],
    },
    { name: "file through a symlink to the root", layers: [[link("a", "/"), file(`a${OUT}/canary`)]] },
    { name: "file over a symlink to a file outside", layers: [[link("a", `${OUT}/canary`), file("a")]] },
    { name: "file over such a symlink of the layer below", layers: [[link("a", `${OUT}/canary`)], [file("a")]] },
    {
      name: "directory over a symlink to a directory outside",
      layers: [[link("a", OUT), dir("a/", { mode: 0o777 }), file("a/canary")]],
    },
    {
      name: "attributes through a symlink to a directory",
      layers: [[link("a", OUT)], [dir("a/", { mode: 0o777, uid: 12_345 })]],
    },
    { name: "directory below a symlink", layers: [[link("a", OUT), dir("a/new/")]] },
    { name: "symlink below a symlink", layers: [[link("a", OUT), link("a/new", "/")]] },
    { name: "device below a symlink", layers: [[link("a", OUT), device("a/new", 1, 3)]] },
    { name: "fifo below a symlink", layers: [[link("a", OUT), tarHeader({ name: "a/new", typeflag: "6" })]] },
    { name: "symlink with a slash at its end as a parent", layers: [[link("a", `${OUT}/`), file("a/canary")]] },
    {
      name: "symlinks that lead to each other",
      layers: [[link("a", "b"), link("b", "a"), file("a/c")]],
      refused: "ERR_LAYER_LOOP",
    },
    { name: "symlink to itself", layers: [[link("a", "a/x"), file("a/c")]], refused: "ERR_LAYER_LOOP" },
    {
      name: "symlinks that double",
      layers: [[link("a", "b/b"), link("b", "c/c"), link("c", "d/d"), link("d", "a"), file("a/x")]],
      refused: "ERR_LAYER_LOOP",
    },
    { name: "symlink that reaches through proc", layers: [[link("a", "/proc/self/root"), file(`a${OUT}/canary`)]] },
    { name: "symlink through a descriptor", layers: [[link("a", "/proc/self/fd/3"), file("a/canary")]] },
    { name: "empty symlink", layers: [[link("a", "")]], refused: NAME },
    { name: "parent that is a file", layers: [[file("a"), file("a/b")]], refused: PARENT },
    { name: "parent that is a symlink to a file", layers: [[file("a"), link("b", "a"), file("b/c")]], refused: PARENT },
    { name: "parent that is a device", layers: [[device("a", 1, 3), file("a/b")]], refused: PARENT },
    {
      name: "parent swapped for a symlink in between",
      layers: [[dir("a/"), file("a/one"), link("a", OUT), file("a/canary")]],
    },
    {
      name: "parent swapped for a symlink by the next layer",
      layers: [[dir("a/"), file("a/one")], [link("a", OUT)], [file("a/canary")]],
    },
    {
      name: "very long symlink target",
      layers: [[tarPax([["linkpath", "x/".repeat(3000)]]), link("a", "x")]],
      refused: NAME,
    },
  ];
}

function hardLinks(OUT: string, UP: string): HostileCase[] {
  return [
    { name: "hard link to an absolute path outside", layers: [[hard("a", `${OUT}/canary`)]], refused: LINK },
    { name: "hard link with ..", layers: [[hard("a", "../canary")]], refused: NAME },
    { name: "hard link with many ..", layers: [[hard("a", `${UP}${OUT.slice(1)}/canary`)]], refused: NAME },
    { name: "hard link through a symlink", layers: [[link("l", OUT), hard("a", "l/canary")]], refused: LINK },
    {
      name: "hard link through a symlink, written after",
      layers: [[link("l", OUT), hard("a", "l/canary"), file("a")]],
      refused: LINK,
    },
    {
      name: "hard link to a symlink that leads outside, written through",
      layers: [[link("l", `${OUT}/canary`), hard("a", "l"), file("a")]],
    },
    {
      name: "hard link to such a symlink, attributes set",
      layers: [[link("l", `${OUT}/canary`), hard("a", "l")], [file("a", "x", { mode: 0o777, uid: 9 })]],
    },
    { name: "hard link to a directory", layers: [[dir("d/"), hard("a", "d")]], refused: LINK },
    { name: "hard link to nothing", layers: [[hard("a", "nothing")]], refused: LINK },
    { name: "hard link to itself", layers: [[hard("a", "a")]], refused: LINK },
    { name: "hard link to itself that exists", layers: [[file("a"), hard("a", "a")]] },
    { name: "hard link to an empty name", layers: [[hard("a", "")]], refused: NAME },
    { name: "hard link to the root", layers: [[hard("a", "/")]], refused: LINK },
    {
      name: "hard link over the directory of its target",
      layers: [[dir("d/"), file("d/f"), hard("d", "d/f")]],
      refused: LINK,
    },
    {
      name: "hard link to a file removed before",
      layers: [[file("a")], [file(".wh.a", ""), hard("b", "a")]],
      refused: LINK,
    },
    { name: "hard link to a device", layers: [[device("d", 1, 3), hard("a", "d")]] },
  ];
}

function whiteouts(OUT: string, UP: string): HostileCase[] {
  return [
    { name: "whiteout of ..", layers: [[file("a/.wh...", "")]], refused: "ERR_LAYER_WHITEOUT" },
    { name: "whiteout of .", layers: [[file("a/.wh..", "")]], refused: "ERR_LAYER_WHITEOUT" },
    { name: "whiteout of nothing", layers: [[file("a/.wh.", "")]], refused: "ERR_LAYER_WHITEOUT" },
    { name: "whiteout outside by ..", layers: [[file("../.wh.canary", "")]], refused: NAME },
    {
      name: "whiteout outside by its name",
      layers: [[file(`.wh.${UP}canary`, "")]],
      refused: [NAME, "ERR_LAYER_WHITEOUT"],
    },
    { name: "whiteout through a symlink", layers: [[link("a", OUT)], [file("a/.wh.canary", "")]] },
    { name: "opaque whiteout through a symlink", layers: [[link("a", OUT)], [file("a/.wh..wh..opq", "")]] },
    { name: "whiteout of a symlink keeps what it leads to", layers: [[link("a", OUT)], [file(".wh.a", "")]] },
    { name: "opaque root", layers: [[file("a"), dir("b/")], [file(".wh..wh..opq", "")]] },
    {
      name: "whiteout of a directory with symlinks in it",
      layers: [[dir("d/"), link("d/a", OUT)], [file(".wh.d", "")]],
    },
    { name: "file below a whiteout", layers: [[dir(".wh.a/"), file(".wh.a/b")]], refused: "ERR_LAYER_WHITEOUT" },
    { name: "hard link named as a whiteout", layers: [[file("a")], [hard(".wh.a", "a")]] },
    { name: "marks of AUFS", layers: [[file(".wh..wh.aufs", ""), dir(".wh..wh.plnk/"), file(".wh..wh.plnk/1")]] },
  ];
}

function replaced(OUT: string): HostileCase[] {
  return [
    {
      name: "directory replaced by a symlink with things in it",
      layers: [
        [dir("a/"), dir("a/b/"), file("a/b/c")],
        [link("a", OUT), file("a/b/c")],
      ],
    },
    { name: "file replaced many times", layers: [Array.from({ length: 50 }, (_, i) => file("a", `${i}`))] },
    { name: "set-user-id file written over", layers: [[file("a", "x", { mode: 0o4777 })], [file("a", "y")]] },
    {
      name: "same name as file, directory and symlink",
      layers: [[file("a"), dir("a/"), link("a", OUT), file("a"), dir("a/")]],
    },
    { name: "device of the host's disk", layers: [[device("disk", 8, 0, "4")]] },
    {
      name: "owner beyond 32 bits",
      layers: [[tarPax([["uid", "4294967296"]]), file("a")]],
      refused: ["ERR_LAYER_OWNER", "ERR_TAR_NUMBER", ""],
    },
    {
      name: "owner that means as it is",
      layers: [[tarPax([["uid", "4294967295"]]), file("a")]],
      refused: ["ERR_LAYER_OWNER", ""],
    },
  ];
}

function formats(OUT: string, UP: string): HostileCase[] {
  const pax = [["size", "1024"]] as const;
  return [
    {
      name: "PAX size in front of a GNU long name",
      layers: [[tarPax(pax), tarLong("L", "long"), file("a", "x".repeat(1024))]],
      refused: ["ERR_TAR_AMBIGUOUS", ""],
    },
    {
      name: "archive cut off",
      layers: [[file("a", "x".repeat(5000)).subarray(0, 2000)]],
      refused: ["ERR_TAR_TRUNCATED", "ERR_TAR_CHECKSUM"],
    },
    {
      name: "size that is negative",
      layers: [[tarHeader({ name: "a", size: new Uint8Array(12).fill(0xff) })]],
      refused: "ERR_TAR_NUMBER",
    },
    {
      name: "sparse file of a terabyte and more",
      layers: [
        [
          tarPax([
            ["GNU.sparse.major", "0"],
            ["GNU.sparse.minor", "1"],
            ["GNU.sparse.size", String(2 ** 42)],
            ["GNU.sparse.numblocks", "1"],
            ["GNU.sparse.map", "0,0"],
          ]),
          file("a", ""),
        ],
      ],
      refused: "ERR_LAYER_LIMIT",
    },
    {
      name: "attribute that is too long",
      layers: [[tarPax([["SCHILY.xattr.user.x", "x".repeat(300_000)]]), file("a")]],
      refused: "ERR_LAYER_LIMIT",
    },
    { name: "attribute without a name", layers: [[tarPax([["SCHILY.xattr.", "x"]]), file("a")]] },
    { name: "attribute of overlayfs", layers: [[tarPax([["SCHILY.xattr.trusted.overlay.redirect", OUT]]), dir("a/")]] },
    { name: "type that nobody knows", layers: [[tarHeader({ name: "a", typeflag: "Q" })]], refused: "ERR_LAYER_ENTRY" },
    {
      name: "file that continues another volume",
      layers: [[tarHeader({ name: "a", typeflag: "M" })]],
      refused: ["ERR_TAR_UNSUPPORTED", "ERR_LAYER_ENTRY"],
    },
    {
      name: "global PAX path",
      layers: [[tarPax([["path", `${UP}canary`]], "g"), file("a")]],
      refused: "ERR_TAR_AMBIGUOUS",
    },
    { name: "bytes behind the end", layers: [[file("a"), new Uint8Array(1024), file("../canary")]] },
    {
      name: "second archive behind zeros",
      layers: [[concatBytes([tarArchive(file("a")), tarArchive(file("../canary"))])]],
    },
  ];
}
