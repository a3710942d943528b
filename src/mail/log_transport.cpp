// Mails for the log: where none can be sent, and for development.
#include "base/log.h"
#include "base/text.h"
#include "mail/transport.h"

namespace ashlar::mail {
namespace {

// Cuts what follows each "token=" up to the end of its address.
std::string without_tokens(std::string text) {
  constexpr std::string_view mark = "token=";
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const auto from = at + mark.size();
    const auto end = text.find_first_of(" \t\r\n&<>\"')", from);
    text.replace(from, end == std::string::npos ? std::string::npos : end - from, "...");
  }
  return text;
}

class LogTransport : public Transport {
 public:
  LogTransport(bool shows_tokens, std::string reason) : shows_tokens_(shows_tokens), reason_(std::move(reason)) {}

  void send(const Message& message) override {
    const auto text = message.text.empty() ? std::string("(HTML only)") : message.text;
    log::warn("This mail is not sent, since {}:\nTo: {}\nSubject: {}\n\n{}{}", reason_, join(recipients(message), ", "),
              message.subject, shows_tokens_ ? text : without_tokens(text),
              shows_tokens_ || text.find("token=") == std::string::npos
                  ? ""
                  : "\n(EMAIL_TRANSPORT=log prints links with their tokens.)");
  }
  std::optional<std::string> check() override { return "Mails are printed into the log, since " + reason_; }
  std::string description() const override { return "the log"; }
  bool is_log() const override { return true; }

 private:
  bool shows_tokens_;
  std::string reason_;
};

}  // namespace

std::unique_ptr<Transport> make_log_transport(bool shows_tokens, std::string reason) {
  return std::make_unique<LogTransport>(shows_tokens, std::move(reason));
}

}  // namespace ashlar::mail
