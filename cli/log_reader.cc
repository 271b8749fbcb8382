#include "cli/log_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/sha256.h"

namespace haldane::cli {

std::string NextDigest(const std::string& previous, const std::string& payload) {
  return Sha256(absl::StrCat(previous, payload));
}

absl::StatusOr<VerifiedLog> ReadVerifiedLog(
    Client& client, const std::string& rollout,
    const std::function<absl::Status(const haldane::v1::LoggedEvent&)>& consume) {
  VerifiedLog log;
  for (;;) {
    haldane::v1::ReadLogRequest request;
    request.set_rollout(rollout);
    request.set_after(log.events);
    haldane::v1::ReadLogResponse page;
    if (absl::Status status = client.Unary("/haldane.v1.Audit/ReadLog", request, &page); !status.ok())
      return status;
    for (const haldane::v1::LoggedEvent& event : page.events()) {
      std::string digest = NextDigest(log.digest, event.payload());
      if (event.sequence() != log.events + 1 || event.digest() != digest) {
        return absl::DataLossError(
            absl::StrCat("rollout ", rollout, ": event ", log.events + 1, " (position ", event.position(),
                         ") does not match its digest: the log was changed or damaged"));
      }
      ++log.events;
      log.digest = std::move(digest);
      if (absl::Status status = consume(event); !status.ok()) return status;
    }
    if (!page.more() || page.events().empty()) return log;
  }
}

}  // namespace haldane::cli
