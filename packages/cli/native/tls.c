/* TLS by the machine's OpenSSL, which is loaded when it is first asked for; the side of a client that does not wait. What
 * fails here is left to Node, which says why. -ENOSYS where there is no OpenSSL. */
#include "native.h"
#include <dlfcn.h>

typedef struct ssl_context SSL_CTX;
typedef struct ssl_method SSL_METHOD;
typedef struct ssl_connection SSL;
typedef struct bio BIO;
typedef struct x509 X509;

/* Numbers of openssl/ssl.h and openssl/tls1.h. */
enum {
  SET_SERVER_NAME = 55,
  SET_READ_AHEAD = 41,
  SET_LEAST_VERSION = 123,
  SET_MODE = 33,
  TLS_1_2 = 0x0303,
  PARTIAL_AND_MOVING_WRITES = 1 | 2,
  VERIFY_NONE = 0,
  VERIFY_PEER = 1,
  IGNORE_UNEXPECTED_EOF = 1 << 7,
  WANTS_READ = 2,
  WANTS_WRITE = 3,
  FAILED_CALL = 5,
  ENDED = 6,
  READ_BUFFER = 1 << 18,
};

static struct {
  const SSL_METHOD *(*client)(void);
  SSL_CTX *(*context)(const SSL_METHOD *);
  int (*use_system)(SSL_CTX *);
  void *(*store)(const SSL_CTX *);
  long (*set_context)(SSL_CTX *, int, long, void *);
  uint64_t (*set_options)(SSL_CTX *, uint64_t);
  void (*set_verify)(SSL_CTX *, int, void *);
  void (*set_read_buffer)(SSL_CTX *, size_t);
  SSL *(*connection)(SSL_CTX *);
  void (*free_connection)(SSL *);
  int (*set_socket)(SSL *, int);
  int (*set_host)(SSL *, const char *);
  void *(*parameters)(SSL *);
  long (*set_connection)(SSL *, int, long, void *);
  int (*connect)(SSL *);
  int (*read)(SSL *, void *, int);
  int (*write)(SSL *, const void *, int);
  int (*why)(const SSL *, int);
  /* Of libcrypto. */
  int (*set_address)(void *, const char *);
  int (*trust)(void *, X509 *);
  X509 *(*certificate)(BIO *, X509 **, void *, void *);
  BIO *(*memory)(const void *, int);
  int (*free_memory)(BIO *);
  void (*free_certificate)(X509 *);
  void (*forget_errors)(void);
} tls;

static const struct {
  const char *name;
  void *place;
} functions[] = {
    {"TLS_client_method", &tls.client},
    {"SSL_CTX_new", &tls.context},
    {"SSL_CTX_set_default_verify_paths", &tls.use_system},
    {"SSL_CTX_get_cert_store", &tls.store},
    {"SSL_CTX_ctrl", &tls.set_context},
    {"SSL_CTX_set_options", &tls.set_options},
    {"SSL_CTX_set_verify", &tls.set_verify},
    {"SSL_CTX_set_default_read_buffer_len", &tls.set_read_buffer},
    {"SSL_new", &tls.connection},
    {"SSL_free", &tls.free_connection},
    {"SSL_set_fd", &tls.set_socket},
    {"SSL_set1_host", &tls.set_host},
    {"SSL_get0_param", &tls.parameters},
    {"SSL_ctrl", &tls.set_connection},
    {"SSL_connect", &tls.connect},
    {"SSL_read", &tls.read},
    {"SSL_write", &tls.write},
    {"SSL_get_error", &tls.why},
    {"X509_VERIFY_PARAM_set1_ip_asc", &tls.set_address},
    {"X509_STORE_add_cert", &tls.trust},
    {"PEM_read_bio_X509", &tls.certificate},
    {"BIO_new_mem_buf", &tls.memory},
    {"BIO_free", &tls.free_memory},
    {"X509_free", &tls.free_certificate},
    {"ERR_clear_error", &tls.forget_errors},
};

static int is_loaded(void) {
  static int known = -1;
  if (known >= 0) return known;
  /* Its own libcrypto is found through it. */
  void *library = dlopen("libssl.so.3", RTLD_LAZY);
  known = library != NULL;
  for (size_t i = 0; known && i < sizeof functions / sizeof *functions; i++) {
    void *found = dlsym(library, functions[i].name);
    memcpy(functions[i].place, &found, sizeof found);
    known = found != NULL;
  }
  return known;
}

enum { MAX_CONTEXTS = 32, MAX_CONNECTIONS = 256 };
static SSL_CTX *contexts[MAX_CONTEXTS];
static SSL *connections[MAX_CONNECTIONS];

static int trust_all(SSL_CTX *context, const uint8_t *pem, size_t size) {
  BIO *memory = tls.memory(pem, (int)size);
  int count = 0;
  for (X509 *one; memory != NULL && (one = tls.certificate(memory, NULL, NULL, NULL)) != NULL; count++) {
    tls.trust(tls.store(context), one);
    tls.free_certificate(one);
  }
  if (memory != NULL) tls.free_memory(memory);
  tls.forget_errors(); /* the end of the certificates is one */
  return count;
}

/* Makes a context that trusts the system's authorities (1) and those in `pem`, or anybody where `insecure`; returns its number. */
int32_t sys_tls_context(int32_t system, BYTES(pem), int32_t insecure) {
  if (!is_loaded()) return -ENOSYS;
  int number = 0;
  while (number < MAX_CONTEXTS && contexts[number] != NULL) number++;
  SSL_CTX *context = number == MAX_CONTEXTS ? NULL : tls.context(tls.client());
  if (context == NULL || tls.set_context(context, SET_LEAST_VERSION, TLS_1_2, NULL) != 1) return -EINVAL;
  if (system && tls.use_system(context) != 1) return -EINVAL;
  if (pem_size > 0 && trust_all(context, pem, pem_size) == 0) return -EINVAL;
  tls.set_verify(context, insecure ? VERIFY_NONE : VERIFY_PEER, NULL);
  tls.set_options(context, IGNORE_UNEXPECTED_EOF);
  tls.set_context(context, SET_MODE, PARTIAL_AND_MOVING_WRITES, NULL);
  tls.set_context(context, SET_READ_AHEAD, 1, NULL);
  tls.set_read_buffer(context, READ_BUFFER);
  contexts[number] = context;
  return number;
}

/* Begins to speak TLS over a socket with `host`, a name (1) or an address in digits (0); returns the connection's number. */
int32_t sys_tls_begin(int32_t context, int32_t fd, TEXT(host), int32_t is_name) {
  TAKE(host);
  int number = 0;
  while (number < MAX_CONNECTIONS && connections[number] != NULL) number++;
  SSL *one = number == MAX_CONNECTIONS ? NULL : tls.connection(contexts[context]);
  if (one == NULL) return -EMFILE;
  connections[number] = one;
  int is_good = is_name ? tls.set_host(one, host_z) : tls.set_address(tls.parameters(one), host_z);
  if (is_name) is_good = is_good == 1 && tls.set_connection(one, SET_SERVER_NAME, 0, host_z) == 1;
  return is_good == 1 && tls.set_socket(one, fd) == 1 ? number : -EINVAL;
}

/* What a call of OpenSSL answered: bytes; 0 at the end; -EAGAIN, or -EINPROGRESS where it waits to write. */
static int32_t outcome(SSL *one, int result) {
  if (result > 0) return result;
  int why = tls.why(one, result);
  if (why == WANTS_READ) return -EAGAIN;
  if (why == WANTS_WRITE) return -EINPROGRESS;
  if (why == ENDED) return 0;
  return why == FAILED_CALL && errno != 0 ? -errno : -EPROTO;
}

/* Goes on with the beginning of a connection; above 0 once it is made. */
int32_t sys_tls_connect(int32_t connection) {
  tls.forget_errors();
  return outcome(connections[connection], tls.connect(connections[connection]));
}

int32_t sys_tls_read(int32_t connection, BYTES(buffer)) {
  tls.forget_errors();
  return outcome(connections[connection], tls.read(connections[connection], buffer, (int)buffer_size));
}

int32_t sys_tls_write(int32_t connection, BYTES(buffer)) {
  tls.forget_errors();
  return outcome(connections[connection], tls.write(connections[connection], buffer, (int)buffer_size));
}

int32_t sys_tls_end(int32_t connection) {
  tls.free_connection(connections[connection]);
  connections[connection] = NULL;
  return 0;
}
