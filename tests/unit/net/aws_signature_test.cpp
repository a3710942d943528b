#include "net/aws_signature.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace ashlar::net {
namespace {

// The example "GET Object" of Amazon's own description of Signature Version 4.
TEST(AwsSignature, IsThatOfTheSpecification) {
  AwsRequest request{"GET", "examplebucket.s3.amazonaws.com", "/test.txt",
                     {},    {{"range", "bytes=0-9"}},         hex(sha256(""))};
  const AwsCredentials credentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  const auto moment = parse_iso("2013-05-24T00:00:00Z")->moment();
  const auto headers = aws_signature(request, credentials, "us-east-1", "s3", moment);
  EXPECT_EQ(headers.back().second,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

}  // namespace
}  // namespace ashlar::net
