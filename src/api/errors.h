// Turns whatever was thrown into an answer: the one place where errors are printed.
#pragma once
#include <exception>

#include "http/request.h"
#include "http/response.h"

namespace ashlar::api {

// ApiErrors in their own form. Everything else is logged and answered with 500 (503 while the database is away); only
// administrators are told the message.
http::Response error_answer(std::exception_ptr error, http::Request& request, bool tell_message = false);

}  // namespace ashlar::api
