/* Names, connections, and files that go over them. */
#include "front.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>

/* Gives the addresses that a name stands for, the preferred one first; returns 0, or the negated EAI_ number less 1000. */
int32_t sys_resolve(TEXT(name), EACH(each)) {
  TAKE(name);
  struct addrinfo wanted = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *found;
  sigset_t none, before;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, &before); /* this may take long: a signal ends the process meanwhile */
  int error = getaddrinfo(name_z, NULL, &wanted, &found);
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (error != 0) return error - 1000;
  for (struct addrinfo *one = found; one != NULL; one = one->ai_next) {
    char address[NI_MAXHOST];
    if (getnameinfo(one->ai_addr, one->ai_addrlen, address, sizeof address, NULL, 0, NI_NUMERICHOST) == 0)
      text_give(each, each_context, address, strlen(address));
  }
  freeaddrinfo(found);
  return 0;
}

/* Begins to connect to an address in digits, without waiting; returns the socket. */
int32_t sys_connect(TEXT(address), uint32_t port) {
  TAKE(address);
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  int is_four = inet_pton(AF_INET, address_z, &four.sin_addr) == 1;
  if (!is_four && inet_pton(AF_INET6, address_z, &six.sin6_addr) != 1) return -EINVAL;
  int fd = socket(is_four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
  if (fd < 0) return -errno;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const void *to = is_four ? (const void *)&four : (const void *)&six;
  if (connect(fd, to, is_four ? sizeof four : sizeof six) == 0 || errno == EINPROGRESS) return fd;
  int error = errno;
  close(fd);
  return -error;
}

/* What the connection of a socket failed with, as an errno; 0 where it did not. */
int32_t sys_socket_error(int32_t fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? -errno : error;
}

/* Sends bytes without raising a signal where the other side has left. */
int32_t sys_send_bytes(int32_t fd, BYTES(bytes), int32_t more) {
  RESULT(RETRY(send(fd, bytes, bytes_size, MSG_NOSIGNAL | (more ? MSG_MORE : 0))));
}

/* Files go over connections without TLS, either way, in threads of their own: malloc is not for those. Each tells through a
 * pipe how far it has come, and last of all how it ended; the descriptors stay open until then. */
struct moving {
  int socket, file, hash, told;
  off_t at, end, told_at;
  int64_t told_ms, news_ms;
  int is_answered; /* whether there is something to read, and the program knows */
  size_t size; /* of this with its room */
  uint8_t room[];
};

/* `state` is GOES_ON, or IS_ANSWERED once there is something to read before all is sent, or how it ended: 0, the negated
 * errno of the socket, or that of the file less 1000. */
struct news { double offset, state; };

enum { GOES_ON = 1, IS_ANSWERED = 2, OF_FILE = -1000 };
enum { SEND_BYTES = 1 << 26, RECEIVE_BYTES = 1 << 19, TOLD_BYTES = 1 << 25, PATIENCE_MS = 200, ANSWER_MS = 1000 };

static int64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void tell(struct moving *what, int state) {
  struct news news = {(double)what->at, state};
  what->told_at = what->at, what->told_ms = now_ms();
  if (RETRY(write(what->told, &news, sizeof news)) < 0) return; /* nobody listens any more */
}

/* Every wake-up of the program costs it more than what it has to do then. */
static void tell_at_times(struct moving *what) {
  if (what->at > what->told_at && now_ms() >= what->told_ms + what->news_ms) tell(what, GOES_ON);
}

/* Waits for some of the events, and tells which have come. */
static int ready(int socket, int events, int limit_ms) {
  struct pollfd one = {.fd = socket, .events = (short)events};
  return RETRY(poll(&one, 1, limit_ms)) > 0 ? one.revents : 0;
}

static void wait_for_room(struct moving *what) {
  int came = ready(what->socket, what->is_answered ? POLLOUT : POLLOUT | POLLIN, -1);
  if (what->is_answered || !(came & POLLIN)) return;
  what->is_answered = 1;
  tell(what, IS_ANSWERED);
}

static int send_all(struct moving *what) {
  while (what->at < what->end) {
    off_t left = what->end - what->at;
    ssize_t size = RETRY(sendfile(what->socket, what->file, &what->at, left < SEND_BYTES ? (size_t)left : SEND_BYTES));
    if (size == 0) return OF_FILE - EIO; /* it has become shorter */
    if (size < 0 && errno != EAGAIN) return errno == EIO ? OF_FILE - EIO : -errno;
    tell_at_times(what);
    if (size < 0) wait_for_room(what);
  }
  /* The answer is most often there soon: the end and that are one piece of news then. */
  if (!what->is_answered) ready(what->socket, POLLIN, what->news_ms < ANSWER_MS ? (int)what->news_ms : ANSWER_MS);
  return 0;
}

static int write_all(struct moving *what, const uint8_t *bytes, size_t size) {
  if (sys_hash_update(what->hash, (uint8_t *)bytes, size) < 0) return OF_FILE - EIO;
  for (size_t done = 0; done < size;) {
    ssize_t written = RETRY(pwrite(what->file, bytes + done, size - done, what->at));
    if (written < 0) return OF_FILE - errno;
    done += (size_t)written, what->at += written;
  }
  /* So much at a time is brought to the disk. */
  if (what->at >= what->told_at + TOLD_BYTES) tell(what, GOES_ON);
  tell_at_times(what);
  return 0;
}

/* Reads until the room is full, or there is something and nothing more comes for a while. */
static int receive_some(struct moving *what, size_t size, size_t *had) {
  for (*had = 0; *had < size;) {
    ssize_t got = RETRY(recv(what->socket, what->room + *had, size - *had, 0));
    if (got > 0) *had += (size_t)got;
    else if (got == 0) return -ENODATA;
    else if (errno != EAGAIN) return -errno;
    else if (*had > 0 && now_ms() >= what->told_ms + what->news_ms) break;
    else if (!ready(what->socket, POLLIN, *had == 0 ? -1 : PATIENCE_MS)) break;
  }
  return 0;
}

static int receive_all(struct moving *what) {
  int error = 0;
  while (error == 0 && what->at < what->end) {
    off_t left = what->end - what->at;
    size_t had;
    int received = receive_some(what, left < RECEIVE_BYTES ? (size_t)left : RECEIVE_BYTES, &had);
    error = write_all(what, what->room, had);
    if (error == 0) error = received;
  }
  return error;
}

static void *move_beside(void *pointer) {
  struct moving *what = pointer;
  int error = what->hash < 0 ? send_all(what) : receive_all(what);
  tell(what, error);
  close(what->told);
  munmap(what, what->size);
  return NULL;
}

static int32_t begin_moving(int socket, int file, int hash, const double *from_to, uint32_t news_ms) {
  size_t size = sizeof(struct moving) + (hash < 0 ? 0 : RECEIVE_BYTES);
  struct moving *what = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (what == MAP_FAILED) return -ENOMEM;
  int ends[2], error = pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;
  if (error == 0) {
    what->socket = socket, what->file = file, what->hash = hash, what->told = ends[1], what->size = size;
    what->at = what->told_at = (off_t)from_to[0], what->end = (off_t)from_to[1];
    what->told_ms = now_ms(), what->news_ms = news_ms;
    error = start_thread(move_beside, what);
    if (error == 0) return ends[0];
    close(ends[0]), close(ends[1]);
  }
  munmap(what, size);
  return error;
}

/* Has another thread send the bytes of a file from `start` to before `end` over a socket, from which nobody else reads until
 * there is news of an answer or of the end. Returns a descriptor that gives news, see sys_news, every so many milliseconds. */
int32_t sys_send_file(int32_t to, int32_t from, double start, double end, uint32_t news_ms) {
  return begin_moving(to, from, -1, (double[]){start, end}, news_ms);
}

/* Has another thread read from a socket into a file, from offset `start` to before `end`, and hash what it reads. Returns a
 * descriptor that gives news, see sys_news, every so many milliseconds and some megabytes. */
int32_t sys_receive_file(int32_t from, int32_t to, int32_t hash, double start, double end, uint32_t news_ms) {
  return begin_moving(from, to, hash, (double[]){start, end}, news_ms);
}

/* Fills two doubles: the offset that has been reached; and 1 while it goes on, 2 when an answer comes before the end, or at
 * its end 0, the negated errno of the
 * socket (ENODATA where the other side has ended), or that of the file less 1000. */
int32_t sys_news(int32_t told, BYTES(out)) {
  RESULT(RETRY(read(told, out, out_size < sizeof(struct news) ? 0 : sizeof(struct news))));
}

/* Nothing more goes over a socket: whoever waits for it goes on. */
int32_t sys_shut_down(int32_t fd) { RESULT(shutdown(fd, SHUT_RDWR)); }
