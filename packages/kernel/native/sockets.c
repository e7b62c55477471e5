/* Sockets: Unix ones, with descriptors as messages, and netlink. */
#include "native.h"
#include <net/if.h>
#include <sys/ioctl.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Fills two 32-bit numbers. Messages keep their bounds where `type` is SOCK_SEQPACKET (5). */
int32_t sys_socketpair(int32_t type, BYTES(out)) {
  if (out_size < 2 * sizeof(int)) return -EINVAL;
  RESULT(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, (int *)(void *)out));
}

int32_t sys_socket(int32_t domain, int32_t type, int32_t protocol) {
  RESULT(socket(domain, type | SOCK_CLOEXEC, protocol));
}

static int unix_address(struct sockaddr_un *address, const uint8_t *path, size_t size) {
  address->sun_family = AF_UNIX;
  return text_take(address->sun_path, sizeof address->sun_path, path, size);
}

int32_t sys_connect_unix(int32_t fd, TEXT(path)) {
  struct sockaddr_un address = {0};
  int error = unix_address(&address, path, path_size);
  if (error < 0) return error;
  RESULT(RETRY(connect(fd, (const struct sockaddr *)&address, sizeof address)));
}

int32_t sys_bind_unix(int32_t fd, TEXT(path)) {
  struct sockaddr_un address = {0};
  int error = unix_address(&address, path, path_size);
  if (error < 0) return error;
  RESULT(bind(fd, (const struct sockaddr *)&address, sizeof address));
}

int32_t sys_bind_netlink(int32_t fd) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK};
  RESULT(bind(fd, (const struct sockaddr *)&address, sizeof address));
}

int32_t sys_listen(int32_t fd, int32_t backlog) { RESULT(listen(fd, backlog)); }

int32_t sys_accept(int32_t fd) { RESULT(RETRY(accept4(fd, NULL, NULL, SOCK_CLOEXEC))); }

int32_t sys_setsockopt(int32_t fd, int32_t level, int32_t option, int32_t value) {
  RESULT(setsockopt(fd, level, option, &value, sizeof value));
}

#define MAX_FDS 64

/* Room for the descriptors that go with a message. */
union control { struct cmsghdr head; char bytes[CMSG_SPACE(MAX_FDS * sizeof(int))]; };

static int32_t send_bytes(int32_t fd, struct iovec data, const uint8_t *fds, size_t fds_size) {
  union control control = {.head = {0}};
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
  if (fds_size > 0) header.msg_control = &control, header.msg_controllen = CMSG_SPACE(fds_size);
  control.head = (struct cmsghdr){.cmsg_len = CMSG_LEN(fds_size), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
  if (fds_size > 0) memcpy(CMSG_DATA(&control.head), fds, fds_size);
  RESULT(RETRY(sendmsg(fd, &header, MSG_NOSIGNAL)));
}

/* Sends a text as one message, with the descriptors in `fds`, 4 bytes each. */
int32_t sys_send(int32_t fd, TEXT(message), BYTES(fds)) {
  size_t size;
  if (fds_size > MAX_FDS * sizeof(int)) return -E2BIG;
  char *bytes = text_bytes(message, message_size, &size);
  if (bytes == NULL) return -ENOMEM;
  int32_t result = send_bytes(fd, (struct iovec){bytes, size}, fds, fds_size);
  free(bytes);
  return result;
}

static long receive_bytes(int32_t fd, struct iovec data, union control *control, size_t room) {
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control};
  header.msg_controllen = room == 0 ? 0 : CMSG_LEN(room < MAX_FDS * sizeof(int) ? room : MAX_FDS * sizeof(int));
  long size = RETRY(recvmsg(fd, &header, MSG_CMSG_CLOEXEC));
  return size < 0 ? -errno : size == 0 ? -EPIPE : size;
}

/* Receives one message as text; fills the descriptors that came with it and returns their number, or -EPIPE at the
 * end of the connection. Descriptors beyond the room in `fds` are closed by the kernel. */
int32_t sys_receive(int32_t fd, uint32_t limit, BYTES(fds), EACH(each)) {
  union control control = {.head = {.cmsg_type = -1}};
  char buffer[65536];
  struct iovec data = {buffer, limit < sizeof buffer ? limit : sizeof buffer};
  long size = receive_bytes(fd, data, &control, fds_size);
  if (size < 0) return (int32_t)size;
  size_t bytes = control.head.cmsg_type == SCM_RIGHTS ? control.head.cmsg_len - CMSG_LEN(0) : 0;
  if (bytes > 0) memcpy(fds, CMSG_DATA(&control.head), bytes);
  text_give(each, each_context, buffer, (size_t)size);
  return (int32_t)(bytes / sizeof(int));
}

/* Brings up the network interface `name` of the caller's namespace. */
int32_t sys_link_up(TEXT(name)) {
  struct ifreq request = {0};
  int error = text_take(request.ifr_name, sizeof request.ifr_name, name, name_size);
  int fd = error < 0 ? error : socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return error < 0 ? error : -errno;
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  int32_t result = ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? -errno : 0;
  close(fd);
  return result;
}
