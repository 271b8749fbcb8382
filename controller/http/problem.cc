#include "controller/http/problem.h"

#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace haldane::controller {
namespace {

HttpResponse Make(int status, absl::string_view title, absl::string_view detail, absl::string_view code) {
  HttpResponse response{
      .status = status, .content_type = "application/problem+json", .body = {}, .headers = {}};
  response.body = absl::StrCat("{\"type\":\"about:blank\",\"title\":", JsonQuote(title),
                               ",\"status\":", status, ",\"detail\":", JsonQuote(detail));
  if (!code.empty()) absl::StrAppend(&response.body, ",\"code\":", JsonQuote(code));
  response.body += "}\n";
  if (status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "2");
  return response;
}

absl::string_view TitleOf(int status) {
  switch (status) {
    case 400:
      return "Bad request";
    case 401:
      return "Not authenticated";
    case 403:
      return "Not allowed";
    case 404:
      return "Not found";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition failed";
    case 429:
      return "Too much";
    case 501:
      return "Not implemented";
    case 503:
      return "Not available";
    case 504:
      return "Too late";
    default:
      return "Internal error";
  }
}

}  // namespace

int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kFailedPrecondition:
      return 412;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

HttpResponse Problem(const absl::Status& failure) {
  const int status = HttpStatusOf(failure.code());
  return Make(status, TitleOf(status), failure.message(), absl::StatusCodeToString(failure.code()));
}

HttpResponse Problem(int status, absl::string_view title, absl::string_view detail) {
  return Make(status, title, detail, "");
}

}  // namespace haldane::controller
