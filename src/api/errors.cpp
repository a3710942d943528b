#include "api/errors.h"

#include "base/error.h"
#include "base/log.h"
#include "database/error.h"
#include "http/router.h"
#include "system/files/library.h"

namespace ashlar::api {
namespace {

constexpr std::string_view hidden_message = "An unexpected error occurred.";

ApiError from_database(const database::DatabaseError& error, bool tell_message) {
  using Kind = database::DatabaseError::Kind;
  const auto message = tell_message ? std::string(error.what()) : std::string(hidden_message);
  const auto unavailable = [](std::string_view reason) {
    return ApiError(503, "SERVICE_UNAVAILABLE", "Service \"database\" is unavailable. " + std::string(reason),
                    {{"service", "database"}, {"reason", reason}});
  };
  switch (error.kind) {
    case Kind::unavailable:
      return unavailable("The database can't be reached.");
    case Kind::busy:
      return unavailable("The database is too busy.");
    case Kind::timeout:
      return unavailable("The statement took too long.");
    case Kind::invalid_value:
    case Kind::out_of_range:
    case Kind::too_long:
      return ApiError::invalid_payload("A value does not fit the type of its field.");
    default:
      return ApiError::internal(message);
  }
}

}  // namespace

http::Response error_answer(std::exception_ptr error, http::Request& request, bool tell_message) {
  try {
    std::rethrow_exception(error);
  } catch (const ApiError& known) {
    return http::error_answer(known);
  } catch (const http::ClientGone&) {
    throw;
  } catch (const database::DatabaseError& failed) {
    log::error("{} {}: {}", request.method_text, request.path(), failed.what());
    return http::error_answer(from_database(failed, tell_message));
  } catch (const storage::StorageError& failed) {
    return http::error_answer(system::storage_failure(failed));
  } catch (const std::exception& failed) {
    log::error("{} {}: {}", request.method_text, request.path(), failed.what());
    return http::error_answer(ApiError::internal(tell_message ? failed.what() : std::string(hidden_message)));
  }
}

}  // namespace ashlar::api
