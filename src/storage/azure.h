// Azure Blob Storage with a shared key. What is larger than a block is sent in several, which appear under their name
// as one blob when their list is.
#pragma once
#include "config/settings.h"
#include "net/http_client.h"
#include "storage/remote.h"

namespace ashlar::storage {

class AzureStorage final : public Storage {
 public:
  // Throws config::ConfigError.
  AzureStorage(const config::StorageLocation& location, net::HttpClient& client, Clock clock);

  std::optional<Stat> stat(std::string_view name) override;
  void read(std::string_view name, const Range& range, const Sink& sink) override;
  std::uint64_t write(std::string_view name, const Source& source, std::string_view content_type) override;
  void copy(std::string_view from, std::string_view to) override;
  void remove(std::string_view name) override;
  void list(std::string_view prefix, const std::function<void(std::string_view name)>& found) override;

 private:
  struct Call {
    std::string method, key;
    std::vector<std::pair<std::string, std::string>> query{}, headers{};
    std::string_view body{};
  };
  net::HttpResponse send(const Call& call, const Sink& sink = {});
  std::string signature(const Call& call, const Headers& headers, const std::string& path) const;
  std::string key_of(std::string_view name) const;

  net::HttpClient& client_;
  Clock clock_;
  std::string container_, account_, key_, root_, url_, base_path_;
};

}  // namespace ashlar::storage
