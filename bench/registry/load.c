/* Sends requests to a registry over kept connections, one thread for each, and writes how long they took as JSON:
     load HOST PORT PATH COUNT CONNECTIONS (GET|HEAD|PUSH BYTES) (plain|tls) [HEADER]...
   PUSH sends blobs that nobody has, each with a POST and a PUT; they are hashed before the clock starts. Fails unless every
   answer has a status of 2xx. */
#define _GNU_SOURCE
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_BYTES = 16384, TLS_READ_BYTES = 1 << 18, READ_BYTES = 1 << 20, DIGEST_CHARS = 72, SEED_BYTES = 64 };

static const char *host, *port, *path, *method;
static char headers[HEAD_BYTES];
static long count, bytes;
static atomic_long next;
static long long *times;
static char (*digests)[DIGEST_CHARS];
static char *body;
static SSL_CTX *tls;
static pthread_barrier_t ready;

typedef struct {
    int socket;
    SSL *ssl;
    char head[HEAD_BYTES], *buffer;
} Connection;

static void fail(const char *what, const char *detail) {
    fprintf(stderr, "load: %s: %.300s\n", what, detail);
    exit(1);
}

static long long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void sendAll(Connection *to, const char *data, size_t length) {
    while (length > 0) {
        ssize_t sent = to->ssl ? SSL_write(to->ssl, data, (int)length) : write(to->socket, data, length);
        if (sent <= 0) fail("sending", "the connection broke");
        data += sent, length -= (size_t)sent;
    }
}

static size_t receive(Connection *from, char *data, size_t length) {
    ssize_t got = from->ssl ? SSL_read(from->ssl, data, (int)length) : read(from->socket, data, length);
    if (got <= 0) fail("receiving", "the connection broke");
    return (size_t)got;
}

/* Reads an answer; its head stays in the connection, its body is thrown away. */
static void receiveAnswer(Connection *from, int hasBody) {
    size_t have = 0;
    char *end = NULL;
    while (end == NULL) {
        if (have == HEAD_BYTES - 1) fail("reading an answer", "its head is too long");
        have += receive(from, from->head + have, HEAD_BYTES - 1 - have);
        from->head[have] = 0;
        end = strstr(from->head, "\r\n\r\n");
    }
    if (strncmp(from->head, "HTTP/1.1 2", 10) != 0) fail("expected an answer of status 2xx", from->head);
    char *length = strcasestr(from->head, "\r\ncontent-length:");
    if (length == NULL || length > end) fail("expected a Content-Length", from->head);
    long due = hasBody ? atol(length + 17) - (long)(have - (size_t)(end + 4 - from->head)) : 0;
    while (due > 0) due -= (long)receive(from, from->buffer, due < READ_BYTES ? (size_t)due : READ_BYTES);
}

static void push(Connection *to, long index) {
    char request[HEAD_BYTES + 1024];
    int length = snprintf(request, sizeof request, "POST %s HTTP/1.1\r\nHost: %s:%s\r\n%sContent-Length: 0\r\n\r\n", path, host, port, headers);
    sendAll(to, request, (size_t)length);
    receiveAnswer(to, 1);
    char *location = strcasestr(to->head, "\r\nlocation:");
    location = location ? strstr(location, "/v2/") : NULL;
    if (location == NULL) fail("expected a Location", to->head);
    location[strcspn(location, "\r\n")] = 0;
    length = snprintf(request, sizeof request, "PUT %s%cdigest=%s HTTP/1.1\r\nHost: %s:%s\r\n%sContent-Length: %ld\r\n\r\n%064ld", location,
                      strchr(location, '?') ? '&' : '?', digests[index], host, port, headers, bytes, index ^ (long)getpid() << 32);
    sendAll(to, request, (size_t)length);
    sendAll(to, body + SEED_BYTES, (size_t)(bytes - SEED_BYTES));
    receiveAnswer(to, 1);
}

static Connection *openConnection(void) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *address;
    Connection *made = calloc(1, sizeof *made);
    int on = 1;
    if (made == NULL || (made->buffer = malloc(READ_BYTES)) == NULL) fail("starting", "no memory");
    if (getaddrinfo(host, port, &hints, &address) != 0) fail("finding", host);
    made->socket = socket(address->ai_family, SOCK_STREAM, 0);
    if (connect(made->socket, address->ai_addr, address->ai_addrlen) != 0) fail("connecting", host);
    freeaddrinfo(address);
    setsockopt(made->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (tls == NULL) return made;
    made->ssl = SSL_new(tls);
    SSL_set_fd(made->ssl, made->socket);
    if (SSL_connect(made->ssl) != 1) fail("connecting by TLS", host);
    return made;
}

static void *drive(void *unused) {
    Connection *to = openConnection();
    char request[HEAD_BYTES + 1024];
    int length = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s:%s\r\n%s\r\n", method, path, host, port, headers);
    pthread_barrier_wait(&ready);
    for (long index = atomic_fetch_add(&next, 1); index < count; index = atomic_fetch_add(&next, 1)) {
        long long start = now();
        if (bytes > 0) push(to, index);
        else sendAll(to, request, (size_t)length), receiveAnswer(to, strcmp(method, "HEAD") != 0);
        times[index] = now() - start;
    }
    return unused;
}

static void hashBodies(void) {
    unsigned char hash[32];
    for (long index = 0; index < count; index++) {
        char seed[SEED_BYTES + 1];
        snprintf(seed, sizeof seed, "%064ld", index ^ (long)getpid() << 32);
        memcpy(body, seed, SEED_BYTES);
        EVP_Digest(body, (size_t)bytes, hash, NULL, EVP_sha256(), NULL);
        strcpy(digests[index], "sha256:");
        for (int at = 0; at < 32; at++) sprintf(digests[index] + 7 + at * 2, "%02x", hash[at]);
    }
}

static int compareTimes(const void *a, const void *b) {
    long long x = *(const long long *)a, y = *(const long long *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    if (argc < 8) fail("usage", "load HOST PORT PATH COUNT CONNECTIONS (GET|HEAD|PUSH BYTES) (plain|tls) [HEADER]...");
    host = argv[1], port = argv[2], path = argv[3], count = atol(argv[4]), method = argv[6];
    long connections = atol(argv[5]);
    int at = 7;
    if (strcmp(method, "PUSH") == 0) bytes = atol(argv[at++]);
    if (count < 1 || connections < 1 || connections > 1024 || (bytes > 0 && bytes <= SEED_BYTES)) fail("usage", "a number is out of range");
    if (strcmp(argv[at++], "tls") == 0) {
        tls = SSL_CTX_new(TLS_client_method());
        /* Else each record takes two system calls, which are the client's time and nobody's merit. */
        SSL_CTX_set_read_ahead(tls, 1);
        SSL_CTX_set_default_read_buffer_len(tls, TLS_READ_BYTES);
    }
    for (; at < argc; at++) snprintf(headers + strlen(headers), sizeof headers - strlen(headers), "%s\r\n", argv[at]);
    times = calloc((size_t)count, sizeof *times);
    digests = calloc((size_t)count, sizeof *digests);
    body = malloc((size_t)bytes + 1);
    if (times == NULL || digests == NULL || body == NULL) fail("starting", "no memory");
    memset(body, 't', (size_t)bytes);
    if (bytes > 0) hashBodies();
    pthread_t *threads = calloc((size_t)connections, sizeof *threads);
    pthread_barrier_init(&ready, NULL, (unsigned)connections + 1);
    for (long each = 0; each < connections; each++) pthread_create(&threads[each], NULL, drive, NULL);
    pthread_barrier_wait(&ready);
    long long start = now();
    for (long each = 0; each < connections; each++) pthread_join(threads[each], NULL);
    long long wall = now() - start;
    qsort(times, (size_t)count, sizeof *times, compareTimes);
    printf("{\"wallMs\":%.3f,\"p50Ms\":%.3f,\"p99Ms\":%.3f}\n", (double)wall / 1e6, (double)times[count / 2] / 1e6, (double)times[count * 99 / 100] / 1e6);
    return 0;
}
