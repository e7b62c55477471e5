/* Loaded before a program (LD_PRELOAD), keeps beside a folder what a loss of power would leave of it: each sync of a file
   keeps the bytes that the file has at that moment, each sync of a folder keeps its names. What was never synced is not
   kept. POWER_CUT_KEEP names the folder that it is kept in:
     f-<id>   the bytes of a file          d-<id>   a line for each name of a folder: type, id and name
   where an id is inode and time of birth, since inodes are used again. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ID = 64, NAME = 4096 };

static const char *keepFolder(void) {
    static const char *folder;
    if (folder == NULL) folder = getenv("POWER_CUT_KEEP");
    return folder;
}

static void formatId(const struct statx *info, char id[ID]) {
    snprintf(id, ID, "%llx-%llx-%x", (unsigned long long)info->stx_ino, (unsigned long long)info->stx_btime.tv_sec, info->stx_btime.tv_nsec);
}

/* A name that nobody else has, for what becomes complete by its rename. */
static int openTemporary(char path[NAME]) {
    static atomic_long count;
    snprintf(path, NAME, "%s/t-%ld-%ld", keepFolder(), (long)getpid(), (long)atomic_fetch_add(&count, 1));
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

static int putInPlace(const char *temporary, const char *kind, const char *id) {
    char path[NAME];
    snprintf(path, sizeof path, "%s/%s-%s", keepFolder(), kind, id);
    return rename(temporary, path);
}

static int keepFile(int fd, const char *id) {
    char source[64], temporary[NAME];
    static _Thread_local char bytes[1 << 16];
    snprintf(source, sizeof source, "/proc/self/fd/%d", fd);
    int from = open(source, O_RDONLY | O_CLOEXEC), to = openTemporary(temporary);
    ssize_t length = -1;
    while (from >= 0 && to >= 0 && (length = read(from, bytes, sizeof bytes)) > 0)
        if (write(to, bytes, (size_t)length) != length) length = -1;
    close(from), close(to);
    return length == 0 ? putInPlace(temporary, "f", id) : -1;
}

static int keepNames(int fd, const char *id) {
    char source[64], temporary[NAME];
    snprintf(source, sizeof source, "/proc/self/fd/%d", fd);
    DIR *folder = opendir(source);
    int to = openTemporary(temporary);
    if (folder == NULL || to < 0) return -1;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        struct statx info;
        char entryId[ID];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        /* One that went meanwhile. */
        if (statx(dirfd(folder), entry->d_name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &info) != 0) continue;
        formatId(&info, entryId);
        dprintf(to, "%c %s %s\n", S_ISDIR(info.stx_mode) ? 'd' : 'f', entryId, entry->d_name);
    }
    closedir(folder), close(to);
    return putInPlace(temporary, "d", id);
}

static int keep(int fd) {
    struct statx info;
    char id[ID];
    if (statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &info) != 0) return -1;
    formatId(&info, id);
    return S_ISDIR(info.stx_mode) ? keepNames(fd, id) : keepFile(fd, id);
}

static int syncReally(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    return real(fd);
}

int fsync(int fd) { return keepFolder() == NULL ? syncReally("fsync", fd) : keep(fd); }
int fdatasync(int fd) { return keepFolder() == NULL ? syncReally("fdatasync", fd) : keep(fd); }
