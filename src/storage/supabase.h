// Supabase Storage by its HTTP API, with a service role's key.
#pragma once
#include "config/settings.h"
#include "net/http_client.h"
#include "storage/remote.h"

namespace ashlar::storage {

class SupabaseStorage final : public Storage {
 public:
  // Throws config::ConfigError.
  SupabaseStorage(const config::StorageLocation& location, net::HttpClient& client);

  std::optional<Stat> stat(std::string_view name) override;
  void read(std::string_view name, const Range& range, const Sink& sink) override;
  std::uint64_t write(std::string_view name, const Source& source, std::string_view content_type) override;
  void copy(std::string_view from, std::string_view to) override;
  void remove(std::string_view name) override;
  void list(std::string_view prefix, const std::function<void(std::string_view name)>& found) override;

 private:
  net::HttpResponse send(net::HttpRequest request, const Sink& sink = {});
  net::HttpResponse send_json(std::string method, const std::string& path, const json::value& body);
  std::string key_of(std::string_view name) const;
  void list_folder(const std::string& folder, std::string_view prefix,
                   const std::function<void(std::string_view name)>& found);

  net::HttpClient& client_;
  std::string bucket_, role_, root_, url_;
};

}  // namespace ashlar::storage
