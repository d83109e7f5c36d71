/* Loaded before the C library: lets calls fail on the files of one folder, as a full disk or a broken server does.

   `fail_calls(folder, kind, number, error, is_lasting)`: the call of that kind and number, from 1, fails with `error`;
   where it `is_lasting`, so do all after it. With the error -1, a write takes half of its bytes. `calls_made(kind)`
   counts the calls since then. Calls that the C library makes by itself, such as those of `fclose`, are not seen.

   gcc -shared -fPIC failing_calls.c -o failing_calls.so -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WRITE, PWRITE, FSYNC, RENAME, LINK, OPEN, UNLINK, CLOSE, FTRUNCATE, MMAP, N_KINDS }; /* CALLS in failing_calls.py */

static char watched[PATH_MAX];
static int failing, failing_number, failing_error, lasts;
static atomic_int made[N_KINDS];

void fail_calls(const char *folder, int kind, int number, int error, int is_lasting) {
    snprintf(watched, sizeof watched, "%s", folder);
    failing = kind, failing_number = number, failing_error = error, lasts = is_lasting;
    for (int i = 0; i < N_KINDS; i++) atomic_store(&made[i], 0);
}

int calls_made(int kind) { return atomic_load(&made[kind]); }

static int is_within(const char *path) {
    size_t n = strlen(watched);
    return n && !strncmp(path, watched, n) && (path[n] == '/' || !path[n]);
}

static int of_file(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    path[n < 0 ? 0 : n] = 0;
    return is_within(path);
}

static int of_path(int folder, const char *path) {
    char here[PATH_MAX];
    if (path[0] == '/') return is_within(path);
    return folder == AT_FDCWD ? getcwd(here, sizeof here) && is_within(here) : of_file(folder);
}

/* Count a call on a watched file; returns its error, or 0 where it goes on as usual. */
static int fails(int kind, int is_watched_file) {
    if (!is_watched_file) return 0;
    int number = atomic_fetch_add(&made[kind], 1) + 1;
    return kind == failing && (number == failing_number || (lasts && number > failing_number)) ? failing_error : 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define CALL(name, kind, is_watched_file, failed, arguments)    \
    int before = errno, error = fails(kind, is_watched_file); \
    errno = error ? error : before;                             \
    return error ? failed : REAL(name) arguments

int fsync(int fd) { CALL(fsync, FSYNC, of_file(fd), -1, (fd)); }
int fdatasync(int fd) { CALL(fdatasync, FSYNC, of_file(fd), -1, (fd)); }
int ftruncate(int fd, off_t n) { CALL(ftruncate, FTRUNCATE, of_file(fd), -1, (fd, n)); }
int ftruncate64(int fd, off64_t n) { CALL(ftruncate64, FTRUNCATE, of_file(fd), -1, (fd, n)); }
int rename(const char *a, const char *b) { CALL(rename, RENAME, of_path(AT_FDCWD, b), -1, (a, b)); }
int renameat(int x, const char *a, int y, const char *b) { CALL(renameat, RENAME, of_path(y, b), -1, (x, a, y, b)); }
int link(const char *a, const char *b) { CALL(link, LINK, of_path(AT_FDCWD, b), -1, (a, b)); }
int linkat(int x, const char *a, int y, const char *b, int how) {
    CALL(linkat, LINK, of_path(y, b), -1, (x, a, y, b, how));
}
int unlink(const char *path) { CALL(unlink, UNLINK, of_path(AT_FDCWD, path), -1, (path)); }
int unlinkat(int at, const char *path, int how) { CALL(unlinkat, UNLINK, of_path(at, path), -1, (at, path, how)); }
void *mmap(void *at, size_t n, int access, int how, int fd, off_t from) {
    CALL(mmap, MMAP, fd >= 0 && of_file(fd), MAP_FAILED, (at, n, access, how, fd, from));
}
void *mmap64(void *at, size_t n, int access, int how, int fd, off64_t from) {
    CALL(mmap64, MMAP, fd >= 0 && of_file(fd), MAP_FAILED, (at, n, access, how, fd, from));
}

#define OPEN_CALL(name, folder, parameters, arguments)                               \
    int name parameters {                                                       \
        va_list rest;                                                           \
        va_start(rest, how);                                                    \
        mode_t mode = how & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                                           \
        CALL(name, OPEN, of_path(folder, path), -1, arguments);               \
    }
OPEN_CALL(open, AT_FDCWD, (const char *path, int how, ...), (path, how, mode))
OPEN_CALL(open64, AT_FDCWD, (const char *path, int how, ...), (path, how, mode))
OPEN_CALL(openat, at, (int at, const char *path, int how, ...), (at, path, how, mode))
OPEN_CALL(openat64, at, (int at, const char *path, int how, ...), (at, path, how, mode))

/* Direct writing wants whole blocks: half of them, too. */
#define WRITE_CALL(name, kind, parameters, whole, half)                         \
    ssize_t name parameters {                                                   \
        int before = errno, error = fails(kind, of_file(fd));                   \
        size_t some = n >= 8192 ? n / 8192 * 4096 : n > 1 ? n / 2 : n;          \
        errno = error > 0 ? error : before;                                     \
        return error > 0 ? -1 : error < 0 ? REAL(name) half : REAL(name) whole; \
    }
WRITE_CALL(write, WRITE, (int fd, const void *data, size_t n), (fd, data, n), (fd, data, some))
WRITE_CALL(pwrite, PWRITE, (int fd, const void *data, size_t n, off_t at), (fd, data, n, at), (fd, data, some, at))
WRITE_CALL(pwrite64, PWRITE, (int fd, const void *data, size_t n, off64_t at), (fd, data, n, at), (fd, data, some, at))

/* It is closed, whatever comes back: close(2). */
int close(int fd) {
    int error = fails(CLOSE, of_file(fd)), result = REAL(close)(fd);
    if (error) errno = error;
    return error ? -1 : result;
}
