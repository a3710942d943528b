// Google Cloud Storage by its JSON API. Who we are says a service account's key, with which tokens are asked for; with
// an endpoint of one's own and no key, requests carry no token (emulators).
#pragma once
#include <mutex>

#include "config/settings.h"
#include "net/http_client.h"
#include "storage/remote.h"

namespace ashlar::storage {

class GcsStorage final : public Storage {
 public:
  // Throws config::ConfigError.
  GcsStorage(const config::StorageLocation& location, net::HttpClient& client, Clock clock);

  std::optional<Stat> stat(std::string_view name) override;
  void read(std::string_view name, const Range& range, const Sink& sink) override;
  std::uint64_t write(std::string_view name, const Source& source, std::string_view content_type) override;
  void copy(std::string_view from, std::string_view to) override;
  void remove(std::string_view name) override;
  void list(std::string_view prefix, const std::function<void(std::string_view name)>& found) override;

 private:
  net::HttpResponse send(std::string method, const std::string& url, Headers headers = {}, std::string_view body = {},
                         const Sink& sink = {});
  std::string token();
  std::string object_url(std::string_view name) const;

  net::HttpClient& client_;
  Clock clock_;
  std::string bucket_, root_, url_, email_, private_key_, token_url_;
  std::mutex mutex_;
  std::string token_;
  Moment token_expires_;
};

}  // namespace ashlar::storage
