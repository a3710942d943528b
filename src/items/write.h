// Writing items: where REST, GraphQL, flows, imports and the system's own services enter. Each function of the first
// half is one transaction with all of its nested writes, activity and revisions; filters of events run inside of it,
// actions after the commit, those of parents before those of their children (contract items-write).
//
// `who` null is the program itself: full rights, no activity. Collections of the system are refused (FORBIDDEN) unless
// the options allow them. Errors are ApiErrors: FORBIDDEN, INVALID_PAYLOAD, FAILED_VALIDATION with one detail for each
// broken rule, and what the database refused (RECORD_NOT_UNIQUE, INVALID_FOREIGN_KEY ...). Nothing is written then.
//
// The answer to the client is read afterwards: answer.h.
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "items/services.h"
#include "items/write_context.h"
#include "query/query.h"

namespace ashlar::items {

// Makes the items; gives their keys in the order of the payloads. Entries that are no objects throw INVALID_PAYLOAD.
Keys create_items(const Services& services, const access::Accountability* who, std::string_view collection,
                  json::array payloads, const WriteOptions& options = {});
json::value create_item(const Services& services, const access::Accountability* who, std::string_view collection,
                        json::object payload, const WriteOptions& options = {});

// Writes the same data to all the items; gives the keys, sorted. Items that are not there are FORBIDDEN, or skipped for
// administrators.
Keys update_items(const Services& services, const access::Accountability* who, std::string_view collection,
                  const Keys& keys, json::object data, const WriteOptions& options = {});

// Writes each item's own data; every entry must hold its key.
Keys update_batch(const Services& services, const access::Accountability* who, std::string_view collection,
                  json::array items, const WriteOptions& options = {});

// Updates what the query finds of the items that the asker may read.
Keys update_by_query(const Services& services, const access::Accountability* who, std::string_view collection,
                     const query::Query& query, json::object data, const WriteOptions& options = {});

// Updates where the payload's key exists, creates otherwise.
Keys upsert_items(const Services& services, const access::Accountability* who, std::string_view collection,
                  json::array payloads, const WriteOptions& options = {});

// Updates the one item of a singleton, or creates it.
json::value upsert_singleton(const Services& services, const access::Accountability* who, std::string_view collection,
                             json::object data, const WriteOptions& options = {});

void delete_items(const Services& services, const access::Accountability* who, std::string_view collection,
                  const Keys& keys, const WriteOptions& options = {});
void delete_by_query(const Services& services, const access::Accountability* who, std::string_view collection,
                     const query::Query& query, const WriteOptions& options = {});

// Runs `work` in one transaction (more than once where the database wants it tried again), then tells actions, hooks
// and the cache about what was written. For services that write several things at once with the functions below.
void write(const Services& services, const access::Accountability* who, const WriteOptions& options,
           const std::function<void(WriteContext&)>& work);

// The same inside of a transaction that is open already.
Keys create_items(WriteContext& context, const schema::Collection& collection, json::array payloads);
json::value create_item(WriteContext& context, const schema::Collection& collection, json::object payload);
Keys update_items(WriteContext& context, const schema::Collection& collection, const Keys& keys, json::object data);
Keys update_batch(WriteContext& context, const schema::Collection& collection, json::array items);
json::value upsert_item(WriteContext& context, const schema::Collection& collection, json::object payload);
// Entries must be objects.
Keys upsert_items(WriteContext& context, const schema::Collection& collection, json::array payloads);
json::value upsert_singleton(WriteContext& context, const schema::Collection& collection, json::object data);
void delete_items(WriteContext& context, const schema::Collection& collection, const Keys& keys);

}  // namespace ashlar::items
