// Mailer: everything about mails in one place, made once at start: templates, the transport that the settings name, and
// the queue before it.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "base/json.h"
#include "config/settings.h"
#include "mail/queue.h"
#include "mail/templates.h"
#include "mail/transport.h"

namespace ashlar::mail {

class Mailer {
 public:
  Mailer(const config::EmailSettings& settings, const config::RateLimitSettings& limits);
  ~Mailer();
  Mailer(const Mailer&) = delete;
  Mailer& operator=(const Mailer&) = delete;

  const Templates& templates() const { return templates_; }
  // EMAIL_FROM, a bare address or with a name.
  const Address& sender() const { return sender_; }

  // Hands the mail to the queue; a text is made of its HTML where it has none. Throws ApiError EMAIL_LIMIT_EXCEEDED
  // (429) where too many wait already, INVALID_PAYLOAD where nobody would get it.
  void send(Message message);

  // Says in the log how mails are sent, and warns where they can't be; asks the mail server in the background, unless
  // EMAIL_VERIFY_SETUP is false. To be called once, by a program that serves.
  void announce();

  // Whether mails could be sent: nothing, or what is wrong, for people. Blocks, for seconds at most.
  std::optional<std::string> check();
  std::string description() const { return transport_->description(); }

  // Sends what waits, for so long at most. Nothing is sent afterwards.
  void stop(std::chrono::milliseconds patience);

 private:
  Templates templates_;
  Address sender_;
  std::optional<std::string> refusal_;  // RATE_LIMITER_EMAIL_ERROR_MESSAGE
  std::unique_ptr<Transport> transport_;
  bool verifies_;
  std::thread verification_;
  MailQueue queue_;
};

// Whether mails could be sent with these settings: nothing, or what is wrong. For checks from outside of a server.
std::optional<std::string> check(const config::EmailSettings& settings);

}  // namespace ashlar::mail
