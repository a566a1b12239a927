// Preloaded into a program: file locks do not exist, as on some network file systems, the clock is HOSTILE_SKEW seconds
// wrong, opening the file HOSTILE_FILE throws what the program does not expect, opening HOSTILE_SLOW makes the file
// HOSTILE_SLOW.asked and waits for HOSTILE_SLOW.there, and reading the file or folder HOSTILE_BROKEN fails with EIO.
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

namespace {

template <class Function>
Function next(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

int refuse() {
  errno = ENOSYS;
  return -1;
}

int without_locks(const char* name, int file, int command, void* argument) {
  switch (command) {
    case F_SETLK:
    case F_SETLKW:
    case F_GETLK:
    case F_OFD_SETLK:
    case F_OFD_SETLKW:
    case F_OFD_GETLK:
      return refuse();
    default:
      return next<int (*)(int, int, ...)>(name)(file, command, argument);
  }
}

bool is_named(const char* variable, const char* path) {
  const char* named = std::getenv(variable);
  return named != nullptr && std::strcmp(named, path) == 0;
}

bool is_broken(int file) {
  if (std::getenv("HOSTILE_BROKEN") == nullptr) return false;
  std::array<char, 4096> path{};
  const auto size = readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), path.data(), path.size() - 1);
  return size > 0 && is_named("HOSTILE_BROKEN", path.data());
}

int open_hostile(const char* name, const char* path, int flags, mode_t mode) {
  const auto open_it = next<int (*)(const char*, int, ...)>(name);
  if (is_named("HOSTILE_FILE", path)) throw std::runtime_error("the system is hostile");
  if (is_named("HOSTILE_SLOW", path)) {
    close(open_it((std::string(path) + ".asked").c_str(), O_WRONLY | O_CREAT, 0600));
    while (access((std::string(path) + ".there").c_str(), F_OK) != 0) usleep(10'000);
  }
  return open_it(path, flags, mode);
}

// Of the arguments of open().
mode_t mode_of(int flags, va_list list) { return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0; }

}  // namespace

extern "C" {

int open(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_of(flags, list);
  va_end(list);
  return open_hostile("open", path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_of(flags, list);
  va_end(list);
  return open_hostile("open64", path, flags, mode);
}

ssize_t read(int file, void* buffer, size_t size) {
  if (!is_broken(file)) return next<ssize_t (*)(int, void*, size_t)>("read")(file, buffer, size);
  errno = EIO;
  return -1;
}

struct dirent* readdir(DIR* folder) {
  if (!is_broken(dirfd(folder))) return next<struct dirent* (*)(DIR*)>("readdir")(folder);
  errno = EIO;
  return nullptr;
}

struct dirent64* readdir64(DIR* folder) {
  if (!is_broken(dirfd(folder))) return next<struct dirent64* (*)(DIR*)>("readdir64")(folder);
  errno = EIO;
  return nullptr;
}

int flock(int, int) noexcept { return refuse(); }

int fcntl(int file, int command, ...) {
  va_list list;
  va_start(list, command);
  void* argument = va_arg(list, void*);
  va_end(list);
  return without_locks("fcntl", file, command, argument);
}

int fcntl64(int file, int command, ...) {
  va_list list;
  va_start(list, command);
  void* argument = va_arg(list, void*);
  va_end(list);
  return without_locks("fcntl64", file, command, argument);
}

int clock_gettime(clockid_t clock, struct timespec* now) noexcept {
  const int result = next<int (*)(clockid_t, struct timespec*)>("clock_gettime")(clock, now);
  const char* skew = std::getenv("HOSTILE_SKEW");
  if (result == 0 && clock == CLOCK_REALTIME && skew != nullptr) now->tv_sec += std::atol(skew);
  return result;
}

time_t time(time_t* result) noexcept {
  struct timespec now {};
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
  if (result != nullptr) *result = now.tv_sec;
  return now.tv_sec;
}

int gettimeofday(struct timeval* now, void*) noexcept {
  struct timespec time {};
  if (clock_gettime(CLOCK_REALTIME, &time) != 0) return -1;
  now->tv_sec = time.tv_sec;
  now->tv_usec = time.tv_nsec / 1000;
  return 0;
}
}
