// Answers of /assets that need nobody: what is known of them (system/files/known_assets) and who asks decide at once.
#pragma once
#include <optional>

#include "api/app.h"
#include "http/request.h"
#include "http/response.h"

namespace ashlar::api {

// What is known of the address of this request; null where it is none of /assets, or nothing is known.
system::KnownAssetPointer known_asset(App& app, const http::Request& request);

// Takes no statement, and may be called on the event loop. Nothing where the answer must be made the long way. Throws
// RANGE_NOT_SATISFIABLE.
std::optional<http::Response> answer_from(App& app, const http::Request& request, const access::Accountability& who,
                                          const system::KnownAsset& known);

}  // namespace ashlar::api
