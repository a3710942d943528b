#include "backup/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "base/descriptor.h"
#include "base/text.h"

namespace ashlar::backup {
namespace {

namespace fs = std::filesystem;

// The end of what the program complained of, on one line.
std::string last_messages(const fs::path& file) {
  constexpr std::streamoff most = 1000;
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return {};
  const auto size = static_cast<std::streamoff>(in.tellg());
  in.seekg(std::max<std::streamoff>(0, size - most));
  std::string text{std::istreambuf_iterator<char>(in), {}};
  return replace_all(std::string(trim(text)), "\n", "; ");
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

}  // namespace

std::optional<std::string> find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  for (const auto folder : split(path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path, ':')) {
    auto candidate = std::string(folder) + "/" + std::string(name);
    if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return std::nullopt;
}

Process::Process(Setup setup) : name_(fs::path(setup.words.front()).filename().string()), errors_(setup.errors) {
  for (const auto* name : {"PATH", "HOME"}) {
    if (const char* value = std::getenv(name)) setup.environment.push_back(fmt::format("{}={}", name, value));
  }
  setup.environment.emplace_back("LC_ALL=C");
  auto words = pointers(setup.words), environment = pointers(setup.environment);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  const auto connect = [&](int descriptor, int as, int flags) {
    if (descriptor >= 0) {
      posix_spawn_file_actions_adddup2(&files, descriptor, as);
    } else {
      posix_spawn_file_actions_addopen(&files, as, "/dev/null", flags, 0);
    }
  };
  connect(setup.in, STDIN_FILENO, O_RDONLY);
  connect(setup.out, STDOUT_FILENO, O_WRONLY);
  const auto errors = errors_.empty() ? std::string("/dev/null") : errors_.string();
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);

  // A server ignores SIGPIPE and may block signals; its children shall not.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

  const int failed = posix_spawn(&child_, words[0], &files, &attributes, words.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) {
    child_ = -1;
    throw std::runtime_error(fmt::format("{} can't be started: {}", name_, std::generic_category().message(failed)));
  }
}

Process::~Process() { kill(); }

void Process::kill() {
  if (child_ < 0) return;
  ::kill(child_, SIGKILL);
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR)
    ;
  child_ = -1;
}

void Process::wait(const std::function<void()>& look) {
  auto pause = std::chrono::milliseconds(2);
  int status = 0;
  for (;;) {
    const auto ended = ::waitpid(child_, &status, look ? WNOHANG : 0);
    if (ended == child_) break;
    if (ended < 0 && errno != EINTR) throw std::system_error(errno, std::generic_category(), name_);
    if (!look) continue;
    look();
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(200));
  }
  child_ = -1;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  const auto how = WIFEXITED(status) ? fmt::format("failed with status {}", WEXITSTATUS(status))
                                     : fmt::format("was ended by signal {}", WTERMSIG(status));
  const auto messages = last_messages(errors_);
  throw std::runtime_error(fmt::format("{} {}{}{}", name_, how, messages.empty() ? "" : ": ", messages));
}

std::string output_of(const std::vector<std::string>& words) {
  PipeEnds ends;
  Process process({.words = words, .environment = {}, .in = -1, .out = ends.write.value(), .errors = {}});
  ends.write.close();
  std::string text;
  std::array<char, 4096> buffer;
  for (;;) {
    const auto got = ::read(ends.read.value(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  try {
    process.wait();
  } catch (const std::runtime_error&) {
    return {};
  }
  return text;
}

}  // namespace ashlar::backup
