#include "storage/locations.h"

#include "config/error.h"
#include "storage/azure.h"
#include "storage/cloudinary.h"
#include "storage/gcs.h"
#include "storage/local.h"
#include "storage/s3.h"
#include "storage/supabase.h"

namespace ashlar::storage {
namespace {

std::unique_ptr<Storage> make_storage(const config::StorageLocation& location, net::HttpClient& client,
                                      const Clock& clock) {
  if (location.driver == "local") return std::make_unique<LocalStorage>(location.root);
  if (location.driver == "s3") return std::make_unique<S3Storage>(location, client, clock);
  if (location.driver == "azure") return std::make_unique<AzureStorage>(location, client, clock);
  if (location.driver == "gcs") return std::make_unique<GcsStorage>(location, client, clock);
  if (location.driver == "supabase") return std::make_unique<SupabaseStorage>(location, client);
  if (location.driver == "cloudinary") return std::make_unique<CloudinaryStorage>(location, client, clock);
  throw config::ConfigError("storage location " + location.name + ": there is no driver " + location.driver);
}

}  // namespace

Locations::Locations(const std::vector<config::StorageLocation>& locations, net::HttpClient& client, Clock clock)
    : default_name_(locations.front().name) {
  for (const auto& location : locations) storages_.emplace(location.name, make_storage(location, client, clock));
}

Storage* Locations::find(std::string_view name) const {
  const auto found = storages_.find(name);
  return found == storages_.end() ? nullptr : found->second.get();
}

}  // namespace ashlar::storage
