#include "base/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <system_error>
#include <thread>

extern char** environ;

namespace ashlar {
namespace {

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

class FileActions {
 public:
  FileActions() { posix_spawn_file_actions_init(&actions_); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;

  // Where both are the same, the descriptor is inherited (since glibc 2.29).
  void connect(int descriptor, int as, int flags) {
    if (descriptor >= 0) {
      posix_spawn_file_actions_adddup2(&actions_, descriptor, as);
    } else {
      posix_spawn_file_actions_addopen(&actions_, as, "/dev/null", flags, 0);
    }
  }
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

// A server ignores SIGPIPE and may block signals; its children shall not.
class PlainSignals {
 public:
  PlainSignals() {
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~PlainSignals() { posix_spawnattr_destroy(&attributes_); }
  PlainSignals(const PlainSignals&) = delete;
  PlainSignals& operator=(const PlainSignals&) = delete;

  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

}  // namespace

Process::Process(std::vector<std::string> words, std::vector<std::string> environment, Descriptors descriptors) {
  FileActions files;
  files.connect(descriptors.in, STDIN_FILENO, O_RDONLY);
  files.connect(descriptors.out, STDOUT_FILENO, O_WRONLY);
  files.connect(descriptors.errors, STDERR_FILENO, O_WRONLY);
  if (descriptors.three >= 0) files.connect(descriptors.three, 3, O_WRONLY);

  const auto arguments = pointers(words), variables = pointers(environment);
  const int failed = ::posix_spawnp(&child_, words.front().c_str(), files.get(), PlainSignals().get(), arguments.data(),
                                    variables.data());
  if (failed == 0) return;
  child_ = -1;
  throw std::system_error(failed, std::generic_category(), words.front());
}

Process::~Process() { kill(); }

void Process::kill() {
  if (child_ < 0) return;
  ::kill(child_, SIGKILL);
  wait();
}

ProgramEnd Process::wait(const std::function<void()>& look) {
  auto pause = std::chrono::milliseconds(2);
  int status = 0;
  for (;;) {
    const auto ended = ::waitpid(child_, &status, look ? WNOHANG : 0);
    if (ended == child_) break;
    if (ended < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), "waitpid");
    if (!look) continue;
    look();
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(200));
  }
  child_ = -1;
  if (WIFEXITED(status)) return {.status = WEXITSTATUS(status)};
  return {.status = std::nullopt, .signal = WTERMSIG(status)};
}

std::vector<std::string> environment_of(std::initializer_list<const char*> names) {
  std::vector<std::string> result;
  for (const auto* name : names) {
    if (const char* value = std::getenv(name)) result.push_back(std::string(name) + "=" + value);
  }
  return result;
}

std::vector<std::string> whole_environment() {
  std::vector<std::string> result;
  for (char** variable = environ; *variable != nullptr; ++variable) result.emplace_back(*variable);
  return result;
}

std::string read_to_end(int descriptor) {
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const auto got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace ashlar
