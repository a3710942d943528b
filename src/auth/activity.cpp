#include "auth/activity.h"

#include "auth/rows.h"

namespace ashlar::auth {

std::int64_t write_activity(const Context& context, database::Connection& connection, std::string_view action,
                            const std::string& user, const Client& client) {
  const auto& dialect = context.services.database.dialect();
  return insert_row_with_key(connection, dialect, "directus_activity",
                             {{"action", std::string(action)},
                              {"user", user},
                              {"timestamp", timestamp(dialect, context.services.clock())},
                              {"ip", filled_or_null(cut_to(client.ip, 50))},
                              {"user_agent", filled_or_null(cut_to(client.user_agent, 1024))},
                              {"origin", filled_or_null(cut_to(client.origin, 255))},
                              {"collection", std::string("directus_users")},
                              {"item", user}});
}

}  // namespace ashlar::auth
