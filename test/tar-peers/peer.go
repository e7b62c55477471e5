// Go's side of the tar tests: writes and reads archives with archive/tar, which Docker, containerd and umoci use.
//
//	peer write FORMAT < ENTRIES > ARCHIVE      peer read < ARCHIVE > FACTS
//
// ENTRIES and FACTS are JSON; bytes are in hexadecimal.
package main

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sort"
	"strings"
	"time"
)

const xattr = "SCHILY.xattr."

var kinds = map[string]byte{
	"file": tar.TypeReg, "hard-link": tar.TypeLink, "symlink": tar.TypeSymlink, "character-device": tar.TypeChar,
	"block-device": tar.TypeBlock, "directory": tar.TypeDir, "fifo": tar.TypeFifo,
}

var formats = map[string]tar.Format{"ustar": tar.FormatUSTAR, "gnu": tar.FormatGNU, "pax": tar.FormatPAX}

type entry struct {
	Name, Type, Linkname, Content, Uname, Gname string
	Mode                                        int64
	Uid, Gid                                    int
	Mtime                                       [2]int64
	Major, Minor                                int64
	Xattrs                                      [][2]string
}

type facts struct {
	Name     string      `json:"name"`
	Type     string      `json:"type"`
	Mode     int64       `json:"mode"`
	Uid      int         `json:"uid"`
	Gid      int         `json:"gid"`
	Uname    string      `json:"uname"`
	Gname    string      `json:"gname"`
	Mtime    [2]int64    `json:"mtime"`
	Linkname string      `json:"linkname"`
	Device   [2]int64    `json:"device"`
	Content  string      `json:"content"`
	Xattrs   [][2]string `json:"xattrs"`
}

func main() {
	if os.Args[1] == "write" {
		write(formats[os.Args[2]])
	} else {
		read()
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func unhex(text string) string {
	decoded, err := hex.DecodeString(text)
	check(err)
	return string(decoded)
}

func enhex(text string) string { return hex.EncodeToString([]byte(text)) }

func write(format tar.Format) {
	var entries []entry
	check(json.NewDecoder(os.Stdin).Decode(&entries))
	archive := tar.NewWriter(os.Stdout)
	for _, e := range entries {
		content := unhex(e.Content)
		header := &tar.Header{
			Name: unhex(e.Name), Typeflag: kinds[e.Type], Linkname: unhex(e.Linkname), Size: int64(len(content)),
			Mode: e.Mode, Uid: e.Uid, Gid: e.Gid, Uname: e.Uname, Gname: e.Gname,
			ModTime: time.Unix(e.Mtime[0], e.Mtime[1]), Devmajor: e.Major, Devminor: e.Minor, Format: format,
		}
		for _, pair := range e.Xattrs {
			if header.PAXRecords == nil {
				header.PAXRecords = map[string]string{}
			}
			header.PAXRecords[xattr+pair[0]] = unhex(pair[1])
		}
		check(archive.WriteHeader(header))
		_, err := io.Copy(archive, strings.NewReader(content))
		check(err)
	}
	check(archive.Close())
}

func read() {
	all := []facts{}
	archive := tar.NewReader(os.Stdin)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			break
		}
		check(err)
		var content bytes.Buffer
		_, err = io.Copy(&content, archive)
		check(err)
		all = append(all, factsOf(header, content.Bytes()))
	}
	check(json.NewEncoder(os.Stdout).Encode(all))
}

func factsOf(header *tar.Header, content []byte) facts {
	f := facts{
		Name: enhex(header.Name), Mode: header.Mode, Uid: header.Uid, Gid: header.Gid,
		Uname: enhex(header.Uname), Gname: enhex(header.Gname),
		Mtime:    [2]int64{header.ModTime.Unix(), int64(header.ModTime.Nanosecond())},
		Linkname: enhex(header.Linkname), Xattrs: [][2]string{},
		Content: fmt.Sprintf("%d:%x", len(content), sha256.Sum256(content))[:len(fmt.Sprint(len(content)))+17],
	}
	for name, flag := range kinds {
		if flag == header.Typeflag {
			f.Type = name
		}
	}
	if strings.HasSuffix(f.Type, "device") {
		f.Device = [2]int64{header.Devmajor, header.Devminor}
	}
	for key, value := range header.PAXRecords {
		if strings.HasPrefix(key, xattr) {
			f.Xattrs = append(f.Xattrs, [2]string{key[len(xattr):], enhex(value)})
		}
	}
	sort.Slice(f.Xattrs, func(i, j int) bool { return f.Xattrs[i][0] < f.Xattrs[j][0] })
	return f
}
