// What is tried to know whether the server's surroundings work: for its health, and for its metrics.
#pragma once
#include <string>

#include "mail/mailer.h"
#include "storage/storage.h"
#include "system/health.h"

namespace ashlar::system {

// Writes an object of that name into a storage location, and looks for it. Throws where that fails.
void try_storage(storage::Storage& storage, const std::string& name);

// Whether mails can be sent, asked at most every half a minute. Where they go to a program of this machine or to the
// log, there is no connection that could fail: a server without a mail server is healthy. `mailer` must outlive the
// probe.
HealthProbe mail_probe(const config::EmailSettings& settings, mail::Mailer& mailer);

}  // namespace ashlar::system
