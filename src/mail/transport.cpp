#include "mail/transport.h"

#include <unistd.h>

namespace ashlar::mail {

std::unique_ptr<Transport> make_transport(const config::EmailSettings& settings) {
  const auto& name = settings.transport;
  if (name == "log") return make_log_transport(true, "EMAIL_TRANSPORT is log");
  if (name == "smtp") return make_smtp_transport(settings);
  if (name == "mailgun") {
    if (!settings.mailgun_api_key.empty() && !settings.mailgun_domain.empty()) return make_mailgun_transport(settings);
    return make_log_transport(false, "EMAIL_MAILGUN_API_KEY or EMAIL_MAILGUN_DOMAIN is not set");
  }
  if (name == "ses") {
    if (!settings.ses.empty()) return make_ses_transport(settings);
    return make_log_transport(false, "EMAIL_SES_REGION and EMAIL_SES_CREDENTIALS__* are not set");
  }
  if (access(settings.sendmail_path.c_str(), X_OK) == 0) return make_sendmail_transport(settings);
  return make_log_transport(false, "no EMAIL_TRANSPORT is set up, and there is no program " + settings.sendmail_path);
}

}  // namespace ashlar::mail
