// App: one server's parts, made in the order in which they need each other. Lives as long as the process serves.
#pragma once
#include <memory>
#include <string>

#include "access/store.h"
#include "auth/context.h"
#include "bus/bus.h"
#include "bus/change_notices.h"
#include "config/settings.h"
#include "database/database.h"
#include "events/events.h"
#include "items/services.h"
#include "net/http_client.h"
#include "query/parameters.h"
#include "schema/store.h"
#include "storage/locations.h"
#include "system/files/library.h"
#include "system/files/resumable.h"
#include "system/images/workshop.h"

namespace ashlar::api {

struct App {
  // Opens the database; `settings` must outlive the App. Throws where the signing secret can't be read or kept.
  explicit App(const config::Settings& settings);

  const config::Settings& settings;
  database::Database database;
  bus::Bus bus;
  bus::ChangeNotices notices;
  schema::SchemaStore schemas;
  access::AccessStore access;
  events::Emitter events;
  auth::PasswordHasher hasher;
  items::Services services;
  auth::MemoryAttemptCounter attempts;
  auth::JwtKey key;
  auth::Context auth;
  query::ParameterLimits parameter_limits;
  net::HttpClient http_client;
  storage::Locations locations;
  system::FileLibrary files;
  system::Workshop workshop;
  system::ResumableUploads uploads;

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
