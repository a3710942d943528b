// Mails by the sendmail program of the system.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "base/descriptor.h"
#include "base/random.h"
#include "base/text.h"
#include "mail/transport.h"

extern char** environ;

namespace ashlar::mail {
namespace {

constexpr std::chrono::seconds patience{30};

class SendmailTransport : public Transport {
 public:
  SendmailTransport(std::string path, bool windows_lines) : path_(std::move(path)), windows_lines_(windows_lines) {}

  void send(const Message& message) override {
    auto text = mime_text(message, now(), random_uuid());
    if (!windows_lines_) text = replace_all(std::move(text), "\r\n", "\n");
    // -i: a line with a single point does not end the mail. Addresses come after --, so none is taken for an option.
    std::vector<std::string> words = {path_, "-i", "-f", message.from.address, "--"};
    for (auto& address : recipients(message)) words.push_back(std::move(address));
    run(words, text);
  }

  std::optional<std::string> check() override {
    if (access(path_.c_str(), X_OK) == 0) return std::nullopt;
    return "There is no program " + path_;
  }
  std::string description() const override { return "the program " + path_; }

 private:
  void run(std::vector<std::string>& words, std::string_view input) {
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    PipeEnds pipe;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe.read.value(), STDIN_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t pid = 0;
    const int failed = posix_spawn(&pid, path_.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw SendError(fmt::format("{} can't be started", path_), false);
    pipe.read.close();
    const auto deadline = std::chrono::steady_clock::now() + patience;
    const bool written = write_all(pipe.write.value(), input, deadline);
    pipe.write.close();
    finish(pid, written, deadline);
  }

  static bool write_all(int descriptor, std::string_view input, std::chrono::steady_clock::time_point deadline) {
    fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    while (!input.empty()) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      pollfd poll_for{descriptor, POLLOUT, 0};
      if (left.count() <= 0 || poll(&poll_for, 1, static_cast<int>(left.count())) <= 0) return false;
      const auto size = ::write(descriptor, input.data(), input.size());
      if (size < 0 && errno != EAGAIN && errno != EINTR) return false;
      if (size > 0) input.remove_prefix(static_cast<std::size_t>(size));
    }
    return true;
  }

  void finish(pid_t pid, bool written, std::chrono::steady_clock::time_point deadline) const {
    constexpr std::chrono::milliseconds pause{10};
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > deadline) {
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        throw SendError(fmt::format("{} did not end", path_), true);
      }
      std::this_thread::sleep_for(pause);
    }
    constexpr int try_again = 75;  // EX_TEMPFAIL of sysexits.h
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && written) return;
    throw SendError(fmt::format("{} ended with status {}", path_, WIFEXITED(status) ? WEXITSTATUS(status) : -1),
                    WIFEXITED(status) && WEXITSTATUS(status) == try_again);
  }

  std::string path_;
  bool windows_lines_;
};

}  // namespace

std::unique_ptr<Transport> make_sendmail_transport(const config::EmailSettings& settings) {
  return std::make_unique<SendmailTransport>(settings.sendmail_path, settings.sendmail_new_line == "windows");
}

}  // namespace ashlar::mail
