// Mails as the product sends them: from a template with the project's name, colour and logo, after the filters of the
// event `email.send` (contract files-server 13).
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "config/settings.h"
#include "items/services.h"
#include "mail/mailer.h"

namespace ashlar::system {

class Mails {
 public:
  // All must outlive it.
  Mails(const items::Services& services, const config::Settings& settings, mail::Mailer& mailer)
      : services_(services), settings_(settings), mailer_(mailer) {}

  // Puts a mail into the queue. The options are those that extensions and flows know: `to`, `cc`, `bcc`, `replyTo`
  // (a text, {name, address}, or a list of them), `from`, `subject`, `template` {name, data}, or else `html` and
  // `text`, `attachments` [{filename, content, encoding?, contentType?}]. Filters may change them, or drop the mail.
  // Throws ApiError: INVALID_PAYLOAD, EMAIL_LIMIT_EXCEEDED, and what filters throw.
  void send(json::object options) const;

  // The same where a mail that can't be sent must not stop anything: the log says so.
  void send_or_log(json::object options) const noexcept;

  // A mail of a template.
  static json::object from_template(std::string_view to, std::string_view subject, std::string_view name,
                                    json::object data);

  // PUBLIC_URL with a path behind it, which begins with a slash.
  std::string address_of(std::string_view path) const;

 private:
  json::object project() const;
  mail::Message message_of(const json::object& options) const;

  const items::Services& services_;
  const config::Settings& settings_;
  mail::Mailer& mailer_;
};

}  // namespace ashlar::system
