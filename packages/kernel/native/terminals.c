/* Terminals. */
#include "native.h"
#include <termios.h>
#include <sys/ioctl.h>

/* Unlocks the terminal of a master and opens its other end, without a way through the file system. */
int32_t sys_terminal_peer(int32_t master) {
  int unlocked = 0;
  if (ioctl(master, TIOCSPTLCK, &unlocked) < 0) return -errno;
  RESULT(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
}

/* The number of a master's terminal in its devpts. */
int32_t sys_terminal_number(int32_t master) {
  int number = 0;
  return ioctl(master, TIOCGPTN, &number) < 0 ? -errno : number;
}

/* Makes a terminal the controlling one of the caller's session. */
int32_t sys_terminal_control(int32_t fd) { RESULT(ioctl(fd, TIOCSCTTY, 0)); }

int32_t sys_terminal_resize(int32_t fd, uint32_t rows, uint32_t columns) {
  struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
  RESULT(ioctl(fd, TIOCSWINSZ, &size));
}

/* Has a terminal pass line ends on as the program writes them. */
int32_t sys_terminal_plain(int32_t fd) {
  struct termios now;
  if (tcgetattr(fd, &now) < 0) return -errno;
  now.c_oflag &= ~(tcflag_t)ONLCR;
  RESULT(tcsetattr(fd, TCSANOW, &now));
}

/* Rows times 65536 plus columns. */
int32_t sys_terminal_size(int32_t fd) {
  struct winsize size;
  return ioctl(fd, TIOCGWINSZ, &size) < 0 ? -errno : size.ws_row << 16 | size.ws_col;
}

/* Passes every key on as it is (1), or goes back to what was there before (0). Line ends of the output are made as before. */
int32_t sys_terminal_raw(int32_t fd, int32_t raw) {
  static struct termios before;
  if (!raw) RESULT(tcsetattr(fd, TCSANOW, &before));
  if (tcgetattr(fd, &before) < 0) return -errno;
  struct termios now = before;
  cfmakeraw(&now);
  now.c_oflag = before.c_oflag;
  RESULT(tcsetattr(fd, TCSANOW, &now));
}
