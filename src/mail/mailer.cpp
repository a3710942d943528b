#include "mail/mailer.h"

#include "base/error.h"
#include "base/log.h"
#include "mail/html_text.h"

namespace ashlar::mail {
namespace {

QueueOptions queue_options(const config::EmailSettings& settings, const config::RateLimitSettings& limits) {
  constexpr int pooled_threads = 4;
  QueueOptions options;
  if (settings.smtp_pool) options.threads = pooled_threads;
  if (limits.email.enabled) {
    options.most_in_span = limits.email.points;
    options.span = std::chrono::seconds(limits.email.duration_seconds);
    options.most_waiting = static_cast<std::size_t>(limits.email_queue_size);
  }
  return options;
}

Address sender_of(const config::EmailSettings& settings) {
  if (auto address = parse_address(settings.from)) return std::move(*address);
  log::warn("EMAIL_FROM is no address: mails are sent from no-reply@example.com");
  return {"no-reply@example.com"};
}

}  // namespace

Mailer::Mailer(const config::EmailSettings& settings, const config::RateLimitSettings& limits)
    : templates_(settings.templates_path),
      sender_(sender_of(settings)),
      refusal_(limits.email.error_message),
      transport_(make_transport(settings)),
      verifies_(settings.verify_setup),
      queue_(*transport_, queue_options(settings, limits)) {}

void Mailer::send(Message message) {
  if (recipients(message).empty()) throw ApiError::invalid_payload("A mail needs a recipient.");
  if (message.text.empty()) message.text = text_of_html(message.html);
  const auto subject = message.subject;
  if (queue_.add(std::move(message))) return;
  const auto reason = refusal_.value_or("Too many mails wait to be sent.");
  log::error("A mail (\"{}\") was refused: too many wait to be sent", subject);
  throw ApiError(429, "EMAIL_LIMIT_EXCEEDED", reason);
}

Mailer::~Mailer() { stop(std::chrono::milliseconds(0)); }

void Mailer::stop(std::chrono::milliseconds patience) {
  if (verification_.joinable()) verification_.join();
  queue_.stop(patience);
}

void Mailer::announce() {
  if (transport_->is_log()) {
    log::warn("{}", transport_->check().value_or(""));
  } else if (verifies_) {
    verification_ = std::thread([this] {
      if (const auto problem = transport_->check()) log::warn("Mails can't be sent now: {}", *problem);
    });
  }
}

std::optional<std::string> Mailer::check() { return transport_->check(); }

std::optional<std::string> check(const config::EmailSettings& settings) { return make_transport(settings)->check(); }

}  // namespace ashlar::mail
