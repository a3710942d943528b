// Transport: how a mail leaves the program. One of five, by EMAIL_TRANSPORT; may be used by several threads at once.
#pragma once
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "config/settings.h"
#include "mail/message.h"

namespace ashlar::mail {

// The mail was not taken. `what()` says why, without credentials and without the mail's content.
class SendError : public std::runtime_error {
 public:
  // `may_pass`: trying again later may help.
  SendError(const std::string& message, bool may_pass) : std::runtime_error(message), may_pass_(may_pass) {}
  bool may_pass() const { return may_pass_; }

 private:
  bool may_pass_;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // Hands the mail over; blocks. Throws SendError.
  virtual void send(const Message& message) = 0;
  // Whether mails could be sent now, without sending one: nothing, or what is wrong. Blocks, for seconds at most.
  virtual std::optional<std::string> check() = 0;
  // For people: "SMTP server mail.example.com:587".
  virtual std::string description() const = 0;
  // Whether mails go to the log instead of to people.
  virtual bool is_log() const { return false; }
};

std::unique_ptr<Transport> make_smtp_transport(const config::EmailSettings& settings);
std::unique_ptr<Transport> make_sendmail_transport(const config::EmailSettings& settings);
std::unique_ptr<Transport> make_mailgun_transport(const config::EmailSettings& settings);
std::unique_ptr<Transport> make_ses_transport(const config::EmailSettings& settings);

// Prints mails into the log instead of sending them. Whoever reads the log could use the links in them; so their tokens
// are left out unless `shows_tokens`.
std::unique_ptr<Transport> make_log_transport(bool shows_tokens, std::string reason);

// By the settings. Where what they name can't work (no sendmail program, no key) it is the log, and check() says why.
std::unique_ptr<Transport> make_transport(const config::EmailSettings& settings);

}  // namespace ashlar::mail
