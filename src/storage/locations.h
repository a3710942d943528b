// The storage locations of the settings by their names. The first is where new files go.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "net/http_client.h"
#include "storage/storage.h"

namespace ashlar::storage {

class Locations {
 public:
  // Throws config::ConfigError where the options of a location miss something that its driver needs. `client` must
  // outlive it.
  Locations(const std::vector<config::StorageLocation>& locations, net::HttpClient& client, Clock clock = now);

  // Null where there is none of that name.
  Storage* find(std::string_view name) const;
  const std::string& default_name() const { return default_name_; }

 private:
  std::map<std::string, std::unique_ptr<Storage>, std::less<>> storages_;
  std::string default_name_;
};

}  // namespace ashlar::storage
