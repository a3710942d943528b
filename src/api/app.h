// App: one server's parts, made in the order in which they need each other. Lives as long as the process serves.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/store.h"
#include "api/cors.h"
#include "api/limits.h"
#include "api/metrics.h"
#include "api/pressure.h"
#include "api/request_log.h"
#include "api/response_cache.h"
#include "auth/context.h"
#include "auth/drivers/drivers.h"
#include "bus/bus.h"
#include "bus/change_notices.h"
#include "config/settings.h"
#include "database/database.h"
#include "events/events.h"
#include "http/elastic_pool.h"
#include "items/services.h"
#include "mail/mailer.h"
#include "net/http_client.h"
#include "query/parameters.h"
#include "schema/store.h"
#include "storage/locations.h"
#include "system/export.h"
#include "system/files/known_assets.h"
#include "system/files/library.h"
#include "system/files/resumable.h"
#include "system/health.h"
#include "system/images/workshop.h"
#include "system/import.h"
#include "system/mails.h"

namespace ashlar::api {

struct App {
  // Opens the database; `settings` must outlive the App. Throws where the signing secret can't be read or kept.
  explicit App(const config::Settings& settings);
  ~App();

  const config::Settings& settings;
  Metrics metrics;
  database::Database database;
  bus::Bus bus;
  bus::ChangeNotices notices;
  schema::SchemaStore schemas;
  access::AccessStore access;
  events::Emitter events;
  auth::PasswordHasher hasher;
  items::Services services;
  std::unique_ptr<bus::Store> counts;  // of failed logins
  auth::StoredAttemptCounter attempts;
  auth::JwtKey key;
  auth::Drivers drivers;
  auth::Context auth;
  mail::Mailer mailer;
  system::Mails mails;
  query::ParameterLimits parameter_limits;
  net::HttpClient http_client;
  storage::Locations locations;
  system::Leftovers leftovers;
  system::FileLibrary files;
  system::Workshop workshop;
  system::KnownAssets known_assets;
  system::ResumableUploads uploads;

  // ---- around every request
  Cors cors;
  Limits limits;
  Pressure pressure;
  ResponseCache responses;
  RequestLog request_log;
  std::vector<system::HealthProbe> probes;  // of what the server stands on besides the database and Redis
  system::RecentHealth recent_health;
  std::function<http::Server::Load()> server_load;  // set when it serves
  std::atomic<bool> stopping = false;               // then health is an error: nobody should send further requests

  system::Importer importer;
  // Where exports put their files.
  system::StoreFile store_file = system::store_in_library(files);
  // What goes on after its request was answered. The last member: it waits for what runs, which needs all others.
  http::ElasticPool background;

  // To be called before a request looks at anything, without a connection in hand: what other processes changed is read
  // anew.
  void follow_changes();

  // Forgets what is kept in memory of the database, here and in the other processes.
  void forget_all();

 private:
  // What is kept in memory of these collections is not true any more.
  void forget_written(const std::set<std::string, std::less<>>& collections);
  // Tells other processes that the data model was changed.
  void tell_of_model(bool permissions_too);
};

}  // namespace ashlar::api
