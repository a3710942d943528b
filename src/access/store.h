// AccessStore knows roles, policies, their attachments and permissions: loaded from the database as one immutable
// value, replaced as a whole when any of them changes. From it come the policies of a caller and their Permissions,
// computed once per set of policies. It also remembers whose static tokens were used lately.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "access/accountability.h"
#include "access/address.h"
#include "access/permissions.h"
#include "base/time.h"
#include "database/database.h"

namespace ashlar::access {

struct Role {
  std::string id;
  std::optional<std::string> parent;
  std::string name;
};

struct Policy {
  std::string id;
  std::string name;
  bool admin_access = false, app_access = false, enforce_tfa = false;
  std::vector<std::string> ip_access;  // addresses, CIDR blocks, a-b ranges; empty is everywhere
  struct Permission {
    std::string collection;
    Action action;
    Rule rule;
  };
  std::vector<Permission> permissions;
};

// A row of directus_access: `role` and `user` both absent is the public.
struct Attachment {
  std::optional<std::string> role, user;
  std::string policy;
};

// What the database held at one moment.
struct AccessData {
  std::unordered_map<std::string, Role> roles;
  std::unordered_map<std::string, Policy> policies;
  std::unordered_map<std::string, std::vector<std::string>> role_policies;  // by role
  std::unordered_map<std::string, std::vector<std::string>> user_policies;  // by user
  std::vector<std::string> public_policies;
};

// Four statements. Permissions that can't be understood (an action that does not exist, a rule that is no JSON object)
// are left out, so that a damaged rule never opens anything.
AccessData load_access(database::Connection& connection, const database::Dialect& dialect);

// An active user, as his static token tells of him.
struct TokenHolder {
  std::string user;
  std::optional<std::string> role;
};

class AccessStore {
 public:
  explicit AccessStore(database::Database& database);

  std::shared_ptr<const AccessData> data();

  // Completes who asks: `roles`, `policies`, `admin`, `app` from `user`, `role`, `ip` (contract access 7).
  void complete(Accountability& who);

  // What the caller's policies allow.
  PermissionsPointer permissions(const Accountability& who);

  // Whether complete() and permissions() need no statement now.
  bool is_loaded();

  // Whose static token this is: what `look_up` says, or what it said before. That is kept until invalidate(), and for
  // some seconds at most, so that a token that is taken back behind the program's back ends soon. Nobody is not kept.
  std::optional<TokenHolder> token_holder(std::string_view token, Moment now,
                                          const std::function<std::optional<TokenHolder>()>& look_up);
  // The same where it is remembered; nothing where the database must be asked.
  std::optional<TokenHolder> known_token_holder(std::string_view token, Moment now);
  static constexpr std::int64_t token_milliseconds = 5'000;

  // Forgets everything; the next question asks the database anew. Called after any change of the tables of roles,
  // policies, their attachments, permissions and users.
  void invalidate();

 private:
  struct State;
  std::shared_ptr<State> state();

  database::Database& database_;
  std::mutex mutex_;              // guards the pointer only
  std::shared_ptr<State> state_;  // never null; replaced by an empty one when everything is forgotten
};

}  // namespace ashlar::access
