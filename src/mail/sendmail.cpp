// Mails by the sendmail program of the system.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <system_error>

#include "base/descriptor.h"
#include "base/process.h"
#include "base/random.h"
#include "base/text.h"
#include "mail/transport.h"

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
    run(std::move(words), text);
  }

  std::optional<std::string> check() override {
    if (access(path_.c_str(), X_OK) == 0) return std::nullopt;
    return "There is no program " + path_;
  }
  std::string description() const override { return "the program " + path_; }

 private:
  void run(std::vector<std::string> words, std::string_view input) {
    PipeEnds pipe;
    auto process = start(std::move(words), pipe.read.value());
    pipe.read.close();
    const auto deadline = std::chrono::steady_clock::now() + patience;
    const bool is_written = write_all(pipe.write.value(), input, deadline);
    pipe.write.close();
    const auto end = process.wait([&] {
      if (std::chrono::steady_clock::now() > deadline) throw SendError(fmt::format("{} did not end", path_), true);
    });
    constexpr int try_again = 75;  // EX_TEMPFAIL of sysexits.h
    if (end.is_success() && is_written) return;
    throw SendError(fmt::format("{} ended with status {}", path_, end.status.value_or(-1)), end.status == try_again);
  }

  Process start(std::vector<std::string> words, int input) const {
    try {
      return {std::move(words), whole_environment(), {.in = input}};
    } catch (const std::system_error& error) {
      throw SendError(fmt::format("{} can't be started: {}", path_, error.code().message()), false);
    }
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

  std::string path_;
  bool windows_lines_;
};

}  // namespace

std::unique_ptr<Transport> make_sendmail_transport(const config::EmailSettings& settings) {
  return std::make_unique<SendmailTransport>(settings.sendmail_path, settings.sendmail_new_line == "windows");
}

}  // namespace ashlar::mail
