#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "config/error.h"
#include "config/groups.h"

namespace ashlar::config {

CacheSettings read_cache(const Reader& reader) {
  CacheSettings cache;
  cache.enabled = reader.boolean("CACHE_ENABLED");
  cache.store = reader.choice("CACHE_STORE");
  cache.ttl_milliseconds = reader.milliseconds("CACHE_TTL");
  cache.name_space = reader.text("CACHE_NAMESPACE");
  cache.auto_purge = reader.boolean("CACHE_AUTO_PURGE");
  cache.auto_purge_ignore_list = reader.list("CACHE_AUTO_PURGE_IGNORE_LIST");
  cache.system_ttl_milliseconds = reader.optional_milliseconds("CACHE_SYSTEM_TTL");
  cache.deployment_ttl_milliseconds = reader.milliseconds("CACHE_DEPLOYMENT_TTL");
  cache.shared_max_age = reader.optional_text("CACHE_CONTROL_S_MAXAGE");
  if (cache.shared_max_age == "0") cache.shared_max_age.reset();
  cache.status_header = reader.optional_text("CACHE_STATUS_HEADER");
  cache.max_value_bytes = reader.bytes("CACHE_VALUE_MAX_SIZE");
  cache.skip_allowed = reader.boolean("CACHE_SKIP_ALLOWED");
  cache.healthcheck_threshold_milliseconds = reader.milliseconds("CACHE_HEALTHCHECK_THRESHOLD");
  cache.keep_schema = reader.boolean("CACHE_SCHEMA");
  cache.schema_sync_timeout_milliseconds = reader.milliseconds("CACHE_SCHEMA_SYNC_TIMEOUT");
  return cache;
}

RedisSettings read_redis(const Reader& reader, const Environment& environment) {
  RedisSettings redis;
  redis.url = reader.text("REDIS");
  redis.host = reader.text("REDIS_HOST");
  redis.enabled = reader.optional_boolean("REDIS_ENABLED").value_or(!redis.url.empty() || !redis.host.empty());
  redis.port = static_cast<int>(reader.integer("REDIS_PORT"));
  redis.username = reader.text("REDIS_USERNAME");
  redis.password = reader.text("REDIS_PASSWORD");
  redis.database = static_cast<int>(reader.integer("REDIS_DB"));
  redis.bus_namespace = reader.text("REDIS_BUS_NAMESPACE");
  redis.lock_namespace = reader.text("REDIS_LOCK_NAMESPACE");
  redis.counters_namespace = reader.text("REDIS_COUNTERS_NAMESPACE");
  redis.permissions_namespace = reader.text("REDIS_PERMISSIONS_NAMESPACE");
  redis.options = environment.nested("REDIS_");
  return redis;
}

SynchronizationSettings read_synchronization(const Reader& reader) {
  return {.store = reader.choice("SYNCHRONIZATION_STORE"), .name_space = reader.text("SYNCHRONIZATION_NAMESPACE")};
}

FileSettings read_files(const Reader& reader, const Environment& environment) {
  FileSettings files;
  const auto names = reader.list("STORAGE_LOCATIONS");
  if (names.empty()) reader.refuse("STORAGE_LOCATIONS", "at least one name");
  for (const auto& name : names) {
    const auto prefix = "STORAGE_" + to_upper(name) + "_";
    StorageLocation location;
    location.name = name;
    location.driver = reader.choice(prefix + "DRIVER");
    if (location.driver.empty()) {
      throw ConfigError(
          fmt::format("{}DRIVER is not set: it says where the storage location {} keeps its files", prefix, name));
    }
    location.root = reader.text(prefix + "ROOT");
    location.healthcheck_threshold_milliseconds = reader.milliseconds(prefix + "HEALTHCHECK_THRESHOLD");
    location.options = options_of(environment, "STORAGE_", name, names);
    files.locations.push_back(std::move(location));
  }
  files.max_upload_bytes = reader.bytes("FILES_MAX_UPLOAD_SIZE");
  files.max_upload_concurrency = reader.limit("FILES_MAX_UPLOAD_CONCURRENCY");
  files.mime_type_allow_list = reader.list("FILES_MIME_TYPE_ALLOW_LIST");
  files.content_type_allow_list = reader.list("FILES_CONTENT_TYPE_ALLOW_LIST");
  files.delete_original_on_move = reader.boolean("FILES_DELETE_ORIGINAL_ON_MOVE");
  files.metadata_allow_list = reader.list("FILE_METADATA_ALLOW_LIST");
  files.import_timeout_milliseconds = reader.milliseconds("IMPORT_TIMEOUT");
  files.import_max_concurrency = reader.integer("IMPORT_MAX_CONCURRENCY");
  files.import_export_namespace = reader.text("IMPORT_EXPORT_NAMESPACE");
  return files;
}

AssetSettings read_assets(const Reader& reader) {
  return {.cache_ttl_milliseconds = reader.milliseconds("ASSETS_CACHE_TTL"),
          .cache_revalidate = reader.boolean("ASSETS_CACHE_REVALIDATE"),
          .max_concurrent = reader.integer("ASSETS_TRANSFORM_MAX_CONCURRENT"),
          .max_dimension = reader.integer("ASSETS_TRANSFORM_IMAGE_MAX_DIMENSION"),
          .max_operations = reader.integer("ASSETS_TRANSFORM_MAX_OPERATIONS"),
          .timeout_milliseconds = reader.milliseconds("ASSETS_TRANSFORM_TIMEOUT"),
          .invalid_image_sensitivity = reader.choice("ASSETS_INVALID_IMAGE_SENSITIVITY_LEVEL")};
}

ResumableUploadSettings read_resumable_uploads(const Reader& reader) {
  return {.enabled = reader.boolean("TUS_ENABLED"),
          .chunk_bytes = reader.bytes("TUS_CHUNK_SIZE").value_or(0),
          .expiration_milliseconds = reader.milliseconds("TUS_UPLOAD_EXPIRATION"),
          .cleanup_schedule = reader.text("TUS_CLEANUP_SCHEDULE")};
}

RetentionSettings read_retention(const Reader& reader) {
  return {.enabled = reader.boolean("RETENTION_ENABLED"),
          .batch = reader.integer("RETENTION_BATCH"),
          .schedule = reader.text("RETENTION_SCHEDULE"),
          .activity_milliseconds = reader.milliseconds("ACTIVITY_RETENTION"),
          .revisions_milliseconds = reader.milliseconds("REVISIONS_RETENTION"),
          .flow_logs_milliseconds = reader.milliseconds("FLOW_LOGS_RETENTION")};
}

BackupSettings read_backup(const Reader& reader, const FileSettings& files) {
  constexpr std::size_t shortest_key = 16;
  BackupSettings backup{.storage = reader.text("ASHLAR_BACKUP_STORAGE"),
                        .schedule = reader.text("ASHLAR_BACKUP_SCHEDULE"),
                        .with_files = reader.boolean("ASHLAR_BACKUP_FILES"),
                        .keep = reader.optional_integer("ASHLAR_BACKUP_KEEP"),
                        .retention_milliseconds = reader.optional_milliseconds("ASHLAR_BACKUP_RETENTION"),
                        .key = reader.text("ASHLAR_BACKUP_KEY")};
  if (backup.storage.empty()) backup.storage = files.locations.front().name;
  const auto is_it = [&](const StorageLocation& location) { return location.name == backup.storage; };
  if (std::none_of(files.locations.begin(), files.locations.end(), is_it)) {
    throw ConfigError(fmt::format("ASHLAR_BACKUP_STORAGE: {} is none of STORAGE_LOCATIONS", backup.storage));
  }
  if (!backup.key.empty() && backup.key.size() < shortest_key) {
    throw ConfigError(fmt::format("ASHLAR_BACKUP_KEY: expected at least {} characters", shortest_key));
  }
  return backup;
}

}  // namespace ashlar::config
