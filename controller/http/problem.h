#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "controller/http/http_message.h"

namespace haldane::controller {

// The HTTP status of a failed call.
int HttpStatusOf(absl::StatusCode code);

// A failure as problem details (RFC 9457): type, title, status, detail, and the
// gRPC code as `code`.
HttpResponse Problem(const absl::Status& failure);
// The same for what HTTP alone knows, such as 405 or 413.
HttpResponse Problem(int status, absl::string_view title, absl::string_view detail);

}  // namespace haldane::controller
