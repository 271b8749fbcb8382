#include "guard/policy/values.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "yaml/limits.h"

namespace haldane::guard {
namespace {

constexpr size_t kMostListed = 100000;

absl::Status Is(absl::string_view text, absl::string_view remedy) {
  return absl::InvalidArgumentError(absl::StrCat("is ", yaml::Quoted(text), "; ", remedy));
}

bool IsDigits(absl::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == absl::string_view::npos;
}

}  // namespace

absl::StatusOr<double> ParseCores(absl::string_view text) {
  absl::string_view number = text;
  double percent = 0;
  if (!absl::ConsumeSuffix(&number, "%") || !absl::SimpleAtod(number, &percent) ||
      !(percent >= 1 && percent <= 102400)) {
    return Is(text, "write a share of one core from 1% to 102400%, such as 50%");
  }
  return percent / 100;
}

absl::StatusOr<uint64_t> ParseBytes(absl::string_view text) {
  static constexpr std::pair<absl::string_view, int> kUnits[] = {
      {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
  for (const auto& [unit, shift] : kUnits) {
    absl::string_view number = text;
    uint64_t count = 0;
    if (!absl::ConsumeSuffix(&number, unit)) continue;
    if (!IsDigits(number) || !absl::SimpleAtoi(number, &count) || count == 0 || count > uint64_t{1} << 20)
      break;
    return count << shift;
  }
  return Is(text, "write a size in KiB, MiB, GiB or TiB, such as 512MiB");
}

absl::StatusOr<absl::Time> ParseEndOfDay(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '-');
  int year = 0, month = 0, day = 0;
  if (parts.size() == 3 && parts[0].size() == 4 && parts[1].size() == 2 && parts[2].size() == 2 &&
      IsDigits(parts[0]) && IsDigits(parts[1]) && IsDigits(parts[2]) && absl::SimpleAtoi(parts[0], &year) &&
      absl::SimpleAtoi(parts[1], &month) && absl::SimpleAtoi(parts[2], &day)) {
    const absl::CivilDay date(year, month, day);
    // Civil days normalise: one that changed was no day.
    if (date.month() == month && date.day() == day) return absl::FromCivil(date + 1, absl::UTCTimeZone());
  }
  return Is(text, "write a day such as 2026-12-01");
}

absl::StatusOr<UpstreamServer> ParseServer(absl::string_view text) {
  constexpr absl::string_view kRemedy =
      "write an address such as 10.0.0.53, 10.0.0.53:5353 or [2001:db8::53]:5353";
  UpstreamServer server;
  if (const std::optional<IpAddress> alone = IpAddress::Parse(text)) {
    server.address = *alone;
    return server;
  }
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return Is(text, kRemedy);
  absl::string_view host = text.substr(0, colon);
  const absl::string_view port = text.substr(colon + 1);
  if (absl::ConsumePrefix(&host, "[") != absl::ConsumeSuffix(&host, "]")) return Is(text, kRemedy);
  const std::optional<IpAddress> address = IpAddress::Parse(host);
  uint32_t number = 0;
  if (!address.has_value() || !IsDigits(port) || !absl::SimpleAtoi(port, &number) || number == 0 ||
      number > 65535) {
    return Is(text, kRemedy);
  }
  server.address = *address;
  server.port = static_cast<uint16_t>(number);
  return server;
}

absl::StatusOr<std::vector<Cidr>> ParseCidrList(absl::string_view text) {
  std::vector<Cidr> cidrs;
  int line = 0;
  for (absl::string_view rest : absl::StrSplit(text, '\n')) {
    ++line;
    rest = absl::StripAsciiWhitespace(rest.substr(0, rest.find('#')));
    if (rest.empty()) continue;
    std::string problem;
    const std::optional<Cidr> cidr = ParseCidr(rest, &problem);
    if (!cidr.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", yaml::Quoted(rest), " ", problem));
    }
    if (cidrs.size() == kMostListed) {
      return absl::InvalidArgumentError(absl::StrCat("line ", line, ": more than ", kMostListed,
                                                     " blocks; join neighbours into larger ones"));
    }
    cidrs.push_back(*cidr);
  }
  if (cidrs.empty())
    return absl::InvalidArgumentError("holds no address block; write one per line, such as 10.0.0.0/8");
  return cidrs;
}

}  // namespace haldane::guard
