/* Groups of equal files as fast as this machine can find them: what `scanners.duplicates` is measured against.

   cc -O3 -pthread equal_files.c -o equal_files && ./equal_files FOLDER [THREADS]

   By size, then by a checksum of the first and the last 4 KiB, then byte by byte; one name for each file, empty files
   and links left out; a path a line, an empty line after each group. It does not look whether a file was changed
   meanwhile, gives no digest and knows no slow share: a ceiling, not a tool. Ends with 1 when anything fails. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EDGE = 4096, PORTION = 128 << 10, WHOLE = 32 << 20 };

typedef struct {
    char *path;
    off_t size;
    dev_t device;
    ino_t inode;
    uint64_t edges;
} File;

static File *files;
static size_t count, room;
static size_t next_list;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void stop(const char *what) {
    perror(what);
    exit(1);
}

static void *memory(void *old, size_t bytes) {
    void *new = realloc(old, bytes);
    if (!new) stop("memory");
    return new;
}

static void walk(int descriptor, const char *path) {
    DIR *folder = fdopendir(descriptor);
    if (!folder) stop(path);
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
        struct stat seen;
        if (fstatat(descriptor, entry->d_name, &seen, AT_SYMLINK_NOFOLLOW)) stop(entry->d_name);
        if (!S_ISDIR(seen.st_mode) && (!S_ISREG(seen.st_mode) || !seen.st_size)) continue;
        char *below;
        if (asprintf(&below, "%s/%s", path, entry->d_name) < 0) stop("memory");
        if (S_ISDIR(seen.st_mode)) {
            int inside = openat(descriptor, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            if (inside < 0) stop(below);
            walk(inside, below);
            free(below);
            continue;
        }
        if (count == room) files = memory(files, (room = room ? 2 * room : 1 << 16) * sizeof *files);
        files[count++] = (File){.path = below, .size = seen.st_size, .device = seen.st_dev, .inode = seen.st_ino};
    }
    closedir(folder);
}

static int by_size(const void *left, const void *right) {
    const File *a = left, *b = right;
    if (a->size != b->size) return a->size < b->size ? 1 : -1;
    if (a->device != b->device) return a->device < b->device ? -1 : 1;
    return (a->inode > b->inode) - (a->inode < b->inode);
}

static int by_edges(const void *left, const void *right) {
    const File *a = left, *b = right;
    return (a->edges > b->edges) - (a->edges < b->edges);
}

static int opened(const File *file) {
    int descriptor = open(file->path, O_RDONLY | O_NOFOLLOW | O_NOATIME);
    if (descriptor < 0) stop(file->path);
    return descriptor;
}

static size_t filled(int descriptor, char *into, size_t bytes, off_t at) {
    size_t done = 0;
    for (ssize_t got; done < bytes && (got = pread(descriptor, into + done, bytes - done, at + done)) > 0;) done += got;
    return done;
}

static uint64_t checksum(const char *bytes, size_t length) {
    uint64_t sum = length;
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        sum = (sum ^ word) * 0x9E3779B97F4A7C15u;
        sum ^= sum >> 29;
    }
    for (; length; bytes++, length--) sum = (sum ^ (unsigned char)*bytes) * 0x100000001B3u;
    return sum;
}

static void look(File *file, char *portion) {
    int descriptor = opened(file);
    if (file->size <= 2 * EDGE) {
        file->edges = checksum(portion, filled(descriptor, portion, file->size, 0));
    } else {
        filled(descriptor, portion, EDGE, 0);
        filled(descriptor, portion + EDGE, EDGE, file->size - EDGE);
        file->edges = checksum(portion, 2 * EDGE);
    }
    close(descriptor);
}

/* `base` holds the first bytes of the first file, all of them unless it is very large. */
static int equal(int first, const char *base, const File *file, char *mine, char *theirs) {
    int descriptor = opened(file), is_equal = 1;
    for (off_t at = 0; is_equal && at < file->size; at += PORTION) {
        size_t got = filled(descriptor, theirs, PORTION, at);
        const char *other = base + at;
        if (at + PORTION > WHOLE) {
            filled(first, mine, got, at);
            other = mine;
        }
        is_equal = (off_t)got == (file->size - at < PORTION ? file->size - at : PORTION) && !memcmp(other, theirs, got);
    }
    close(descriptor);
    return is_equal;
}

static void compare(File *some, size_t number, char *base, char *mine, char *theirs) {
    char *is_told = calloc(number, 1);
    size_t *same = memory(NULL, number * sizeof *same);
    if (!is_told) stop("memory");
    for (size_t first = 0; first + 1 < number; first++) {
        if (is_told[first]) continue;
        size_t found = 0;
        int descriptor = opened(&some[first]);
        filled(descriptor, base, some[first].size < WHOLE ? some[first].size : WHOLE, 0);
        for (size_t other = first + 1; other < number; other++)
            if (!is_told[other] && equal(descriptor, base, &some[other], mine, theirs)) is_told[same[found++] = other] = 1;
        close(descriptor);
        if (!found) continue;
        pthread_mutex_lock(&lock);
        puts(some[first].path);
        for (size_t place = 0; place < found; place++) puts(some[same[place]].path);
        putchar('\n');
        pthread_mutex_unlock(&lock);
    }
    free(is_told);
    free(same);
}

static void *work(void *unused) {
    char *base = memory(NULL, WHOLE), *mine = memory(NULL, PORTION), *theirs = memory(NULL, PORTION);
    for (;;) {
        pthread_mutex_lock(&lock);
        size_t start = next_list, end = start + 1;
        while (end < count && files[end].size == files[start].size) end++;
        next_list = end;
        pthread_mutex_unlock(&lock);
        if (start >= count) break;
        if (end - start < 2) continue;
        for (size_t place = start; place < end; place++) look(&files[place], theirs);
        qsort(files + start, end - start, sizeof *files, by_edges);
        for (size_t first = start, last; first < end; first = last) {
            for (last = first + 1; last < end && files[last].edges == files[first].edges; last++) continue;
            if (last - first > 1) compare(files + first, last - first, base, mine, theirs);
        }
    }
    free(base), free(mine), free(theirs);
    return unused;
}

int main(int number, char **words) {
    int threads = number > 2 ? atoi(words[2]) : 2, root = number > 1 ? open(words[1], O_RDONLY | O_DIRECTORY) : -1;
    if (root < 0 || threads < 1 || threads > 64) return fprintf(stderr, "usage: equal_files FOLDER [THREADS]\n"), 1;
    walk(root, words[1]);
    qsort(files, count, sizeof *files, by_size);
    size_t kept = 0;
    for (size_t place = 0; place < count; place++)
        if (!kept || files[place].inode != files[kept - 1].inode || files[place].device != files[kept - 1].device)
            files[kept++] = files[place];
    count = kept;
    pthread_t others[64];
    for (int place = 1; place < threads; place++)
        if (pthread_create(&others[place], NULL, work, NULL)) stop("thread");
    work(NULL);
    for (int place = 1; place < threads; place++) pthread_join(others[place], NULL);
    return fflush(stdout) ? 1 : 0;
}
