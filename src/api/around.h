// What stands around the routes: pressure, CORS, limits and kept answers before them, headers, log and metrics after
// them, in the order of contract files-server 11.1. What is switched off is not there at all.
#pragma once
#include "api/app.h"
#include "http/router.h"

namespace ashlar::api {

void stand_around(http::Router& router, App& app);

}  // namespace ashlar::api
