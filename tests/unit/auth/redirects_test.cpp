#include "auth/drivers/redirects.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace ashlar::auth {
namespace {

bool allows(std::string_view redirect, const PublicAddresses& own = {"https://cms.example.com", {}},
            const std::vector<config::TextPattern>& list = {}) {
  try {
    checked_redirect(redirect, own, list);
    return true;
  } catch (const ApiError& error) {
    EXPECT_EQ(error.details().front().code, "INVALID_PAYLOAD");
    return false;
  }
}

TEST(Redirects, LeadToPathsOfThisServer) {
  for (const auto* path : {"/", "/admin", "/admin/content?x=//y#//z", "/admin/../x"}) EXPECT_TRUE(allows(path)) << path;
  EXPECT_EQ(checked_redirect("", {"/", {}}, {}), "/");
}

TEST(Redirects, LeadToNoPathThatABrowserTakesForAHost) {
  for (const auto* path :
       {"//evil.example", "/\\evil.example", "\\\\evil.example", "/.//evil.example", "/a/..//evil.example",
        "/\t/evil.example", "///evil.example", "evil.example", "admin", " /admin", "/admin\n"}) {
    EXPECT_FALSE(allows(path)) << path;
  }
}

TEST(Redirects, LeadToAddressesOfThisServer) {
  for (const auto* address : {"https://cms.example.com", "https://cms.example.com/admin?a=b",
                              "HTTPS://CMS.example.com/x", "https://cms.example.com:443/x"}) {
    EXPECT_TRUE(allows(address)) << address;
  }
  EXPECT_TRUE(allows("http://10.0.0.1:8055/x", {"https://cms.example.com", {"http://10.0.0.1:8055/"}}));
  EXPECT_TRUE(allows("http://[::1]:80/x", {"http://[::1]", {}}));
}

TEST(Redirects, LeadToNoOtherAddress) {
  for (const auto* address :
       {"http://cms.example.com", "https://cms.example.com:8443", "https://cms.example.com.evil.example",
        "https://cms.example.com@evil.example", "https://evil.example/https://cms.example.com", "https:cms.example.com",
        "https:/cms.example.com", "https://", "https://cms.example.com:x/", "https://cms.example.com:443.evil.example/",
        "javascript:alert(1)", "data:text/html,x", "ftp://cms.example.com", "https://cms.example.com\\@evil.example",
        "https://cms.example.com%2eevil.example"}) {
    EXPECT_FALSE(allows(address)) << address;
  }
  EXPECT_FALSE(allows("https://cms.example.com", {"/", {}}));
  EXPECT_FALSE(allows("/" + std::string(3000, 'x')));
}

TEST(Redirects, LeadWhereTheListSays) {
  const std::vector<config::TextPattern> list = {{"https://app.example.com/welcome", false},
                                                 {"^https://[a-z]+\\.corp\\.example/$", true}};
  EXPECT_TRUE(allows("https://app.example.com/welcome?a=b", {"/", {}}, list));
  EXPECT_TRUE(allows("https://team.corp.example", {"/", {}}, list));
  EXPECT_FALSE(allows("https://app.example.com/welcome/x", {"/", {}}, list));
  EXPECT_FALSE(allows("https://app.example.com:8443/welcome", {"/", {}}, list));
}

TEST(Redirects, CarryTheReasonInPlaceOfTheirQuery) {
  EXPECT_EQ(with_reason("/admin/login?continue=1#x", "INVALID_OTP"), "/admin/login?reason=INVALID_OTP");
  EXPECT_EQ(address_of("/", "/admin/login"), "/admin/login");
  EXPECT_EQ(address_of("https://x.example/cms", "/admin/login"), "https://x.example/cms/admin/login");
}

TEST(Redirects, ComeBackToTheAddressThatWasAsked) {
  const PublicAddresses own{"https://cms.example.com", {"https://other.example.com/", "http://10.0.0.1:8055"}};
  EXPECT_EQ(base_of_request(own, "https", "other.example.com"), "https://other.example.com/");
  EXPECT_EQ(base_of_request(own, "http", "10.0.0.1:8055"), "http://10.0.0.1:8055");
  EXPECT_EQ(base_of_request(own, "http", "other.example.com"), "https://cms.example.com");
  EXPECT_EQ(base_of_request(own, "https", "evil.example"), "https://cms.example.com");
}

}  // namespace
}  // namespace ashlar::auth
