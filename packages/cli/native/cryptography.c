/* Hashes and signatures by the machine's OpenSSL, which is loaded when it is first asked for. -ENOSYS where there is none. */
#include "front.h"
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>

typedef struct evp_md EVP_MD;
typedef struct evp_md_ctx EVP_MD_CTX;
typedef struct evp_pkey EVP_PKEY;

static struct {
  EVP_MD_CTX *(*context)(void);
  void (*free_context)(EVP_MD_CTX *);
  const EVP_MD *(*digest)(const char *name);
  int (*begin)(EVP_MD_CTX *, const EVP_MD *, void *engine);
  int (*update)(EVP_MD_CTX *, const void *, size_t);
  int (*end)(EVP_MD_CTX *, uint8_t *, unsigned *);
  EVP_PKEY *(*key)(EVP_PKEY **, const uint8_t **, long);
  void (*free_key)(EVP_PKEY *);
  int (*begin_verify)(EVP_MD_CTX *, void **, const EVP_MD *, void *engine, EVP_PKEY *);
  int (*verify)(EVP_MD_CTX *, const uint8_t *, size_t, const uint8_t *, size_t);
} ssl;

static int find(void *library, const char *name, void *place) {
  void *found = dlsym(library, name);
  memcpy(place, &found, sizeof found);
  return found != NULL;
}

static int is_loaded(void) {
  if (ssl.verify != NULL) return 1;
  void *library = dlopen("libcrypto.so.3", RTLD_LAZY);
  return library != NULL && find(library, "EVP_MD_CTX_new", &ssl.context) &&
         find(library, "EVP_MD_CTX_free", &ssl.free_context) && find(library, "EVP_get_digestbyname", &ssl.digest) &&
         find(library, "EVP_DigestInit_ex", &ssl.begin) && find(library, "EVP_DigestUpdate", &ssl.update) &&
         find(library, "EVP_DigestFinal_ex", &ssl.end) && find(library, "d2i_PUBKEY", &ssl.key) &&
         find(library, "EVP_PKEY_free", &ssl.free_key) && find(library, "EVP_DigestVerifyInit", &ssl.begin_verify) &&
         find(library, "EVP_DigestVerify", &ssl.verify);
}

enum { MAX_HASHES = 256 };
static EVP_MD_CTX *hashes[MAX_HASHES];

/* Begins a hash; returns its number. */
int32_t sys_hash_begin(TEXT(algorithm)) {
  TAKE(algorithm);
  if (!is_loaded()) return -ENOSYS;
  int number = 0;
  while (number < MAX_HASHES && hashes[number] != NULL) number++;
  if (number == MAX_HASHES) return -EMFILE;
  const EVP_MD *digest = ssl.digest(algorithm_z);
  EVP_MD_CTX *context = digest == NULL ? NULL : ssl.context();
  if (context == NULL || ssl.begin(context, digest, NULL) != 1) return -EINVAL;
  hashes[number] = context;
  return number;
}

int32_t sys_hash_update(int32_t hash, BYTES(bytes)) { return ssl.update(hashes[hash], bytes, bytes_size) == 1 ? 0 : -EIO; }

/* A second thread, which hashes while the first does something else. Works have numbers, which only grow. */
static struct {
  sem_t go, done;
  EVP_MD_CTX *context;
  const uint8_t *bytes;
  size_t size;
  int state, has_failed;
  int32_t begun, ended;
} helper;

enum { UNKNOWN, ABSENT, READY };

static void *help(void *unused) {
  (void)unused;
  for (;;) {
    while (sem_wait(&helper.go) < 0) {}
    if (ssl.update(helper.context, helper.bytes, helper.size) != 1) helper.has_failed = 1;
    sem_post(&helper.done);
  }
  return NULL;
}

/* Where there is one processor, a second thread would only be in the way. */
static int has_helper(void) {
  if (helper.state != UNKNOWN) return helper.state == READY;
  pthread_t thread;
  helper.state = ABSENT;
  if (sys_processors() < 2) return 0;
  if (sem_init(&helper.go, 0, 0) < 0 || sem_init(&helper.done, 0, 0) < 0) return 0;
  if (pthread_create(&thread, NULL, help, NULL) == 0) helper.state = READY;
  return helper.state == READY;
}

/* Begins to hash bytes in another thread; -EBUSY where that cannot be. They stay as they are until sys_hash_join of the number
 * that is returned. */
int32_t sys_hash_start(int32_t hash, BYTES(bytes)) {
  if (!has_helper() || helper.begun == INT32_MAX) return -EBUSY;
  if (helper.ended < helper.begun && sem_trywait(&helper.done) < 0) return -EBUSY;
  helper.ended = helper.begun;
  helper.context = hashes[hash], helper.bytes = bytes, helper.size = bytes_size;
  return sem_post(&helper.go) < 0 ? -errno : ++helper.begun;
}

/* Waits until what was begun under a number is hashed. */
int32_t sys_hash_join(int32_t number) {
  if (number > helper.ended) {
    while (sem_wait(&helper.done) < 0) {}
    helper.ended = helper.begun;
  }
  return helper.has_failed ? -EIO : 0;
}

/* Ends a hash; fills `out`, which has room for 64 bytes, and returns how many it has. */
int32_t sys_hash_end(int32_t hash, BYTES(out)) {
  unsigned size = 0;
  int is_good = out_size >= 64 && ssl.end(hashes[hash], out, &size) == 1;
  ssl.free_context(hashes[hash]);
  hashes[hash] = NULL;
  return is_good ? (int32_t)size : -EIO;
}

/* Whether (1 or 0) a signature of `data` is good; `key` is a SubjectPublicKeyInfo. -EINVAL for a key that cannot be read. */
int32_t sys_verify(TEXT(algorithm), BYTES(key), BYTES(data), BYTES(signature)) {
  TAKE(algorithm);
  if (!is_loaded()) return -ENOSYS;
  const uint8_t *at = key;
  EVP_PKEY *public_key = ssl.key(NULL, &at, (long)key_size);
  EVP_MD_CTX *context = public_key == NULL || at != key + key_size ? NULL : ssl.context();
  int32_t result = -EINVAL;
  if (context != NULL && ssl.begin_verify(context, NULL, ssl.digest(algorithm_z), NULL, public_key) == 1)
    result = ssl.verify(context, signature, signature_size, data, data_size) == 1;
  if (context != NULL) ssl.free_context(context);
  if (public_key != NULL) ssl.free_key(public_key);
  return result;
}
