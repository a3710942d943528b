// Cloudinary by its upload and admin APIs. Pictures and videos are kept there without their extension, as is its
// custom; everything else as it is.
#pragma once
#include "config/settings.h"
#include "net/http_client.h"
#include "storage/remote.h"

namespace ashlar::storage {

class CloudinaryStorage final : public Storage {
 public:
  // Throws config::ConfigError.
  CloudinaryStorage(const config::StorageLocation& location, net::HttpClient& client, Clock clock);

  std::optional<Stat> stat(std::string_view name) override;
  void read(std::string_view name, const Range& range, const Sink& sink) override;
  std::uint64_t write(std::string_view name, const Source& source, std::string_view content_type) override;
  void copy(std::string_view from, std::string_view to) override;
  void move(std::string_view from, std::string_view to) override;
  void remove(std::string_view name) override;
  void list(std::string_view prefix, const std::function<void(std::string_view name)>& found) override;

 private:
  // How an object is called there.
  struct Place {
    std::string kind;  // image, video, raw
    std::string id;
    std::string format;  // of pictures and videos
  };
  Place place_of(std::string_view name) const;
  using Fields = std::vector<std::pair<std::string, std::string>>;
  Fields signed_fields(Fields fields) const;
  net::HttpResponse call(const Place& place, std::string_view action, Fields fields);
  std::string delivery_url(const Place& place) const;

  net::HttpClient& client_;
  Clock clock_;
  std::string cloud_, key_, secret_, type_, root_, api_url_, delivery_url_;
};

}  // namespace ashlar::storage
