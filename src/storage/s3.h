// S3 and every service that speaks its protocol. Requests are signed with Signature Version 4; what is larger than a
// part is sent in several (multipart upload), which appear under their name as one object at the end.
#pragma once
#include "config/settings.h"
#include "net/aws_signature.h"
#include "net/http_client.h"
#include "storage/remote.h"

namespace ashlar::storage {

class S3Storage final : public Storage {
 public:
  // Throws config::ConfigError.
  S3Storage(const config::StorageLocation& location, net::HttpClient& client, Clock clock);

  std::optional<Stat> stat(std::string_view name) override;
  void read(std::string_view name, const Range& range, const Sink& sink) override;
  std::uint64_t write(std::string_view name, const Source& source, std::string_view content_type) override;
  void copy(std::string_view from, std::string_view to) override;
  void remove(std::string_view name) override;
  void list(std::string_view prefix, const std::function<void(std::string_view name)>& found) override;
  void join(const std::vector<std::string>& parts, std::string_view to, std::string_view content_type) override;

 private:
  struct Call {
    std::string method, key;
    std::vector<std::pair<std::string, std::string>> query{}, headers{};
    std::string_view body{};
  };
  struct Upload {
    std::string key, id;
    std::vector<std::string> etags{};
  };
  net::HttpResponse send(const Call& call, const Sink& sink = {});
  std::string key_of(std::string_view name) const;
  Headers object_headers(std::string_view content_type) const;
  Upload begin(std::string_view name, std::string_view content_type);
  void put_part(Upload& upload, std::string_view bytes);
  void copy_part(Upload& upload, std::string_view from, const Range& range);
  void complete(const Upload& upload);
  void abandon(const Upload& upload) noexcept;

  net::HttpClient& client_;
  Clock clock_;
  net::AwsCredentials credentials_;
  std::string bucket_, region_, root_, url_, host_, base_path_, acl_, encryption_, encryption_key_;
  std::chrono::milliseconds connect_timeout_{5000}, socket_timeout_{120'000};
};

}  // namespace ashlar::storage
