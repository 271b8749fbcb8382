#include "controller/history/totals_row.h"

#include <vector>

namespace haldane::controller {
namespace {

using google::protobuf::FieldDescriptor;
using haldane::v1::Counters;

// The fields of kTotals, which has no setters.
const std::vector<const FieldDescriptor*>& TotalFields() {
  static const auto* const fields = [] {
    auto* found = new std::vector<const FieldDescriptor*>();
    for (const Total& total : kTotals) found->push_back(Counters::descriptor()->FindFieldByName(total.name));
    return found;
  }();
  return *fields;
}

}  // namespace

TotalsRow RowOf(const Counters& counters) {
  TotalsRow row;
  for (size_t i = 0; i < row.size(); ++i) row[i] = (counters.*kTotals[i].value)();
  return row;
}

Counters CountersOf(const TotalsRow& row) {
  Counters counters;
  const std::vector<const FieldDescriptor*>& fields = TotalFields();
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i] != 0) counters.GetReflection()->SetUInt64(&counters, fields[i], row[i]);
  }
  return counters;
}

bool Shrank(const TotalsRow& before, const TotalsRow& now) {
  for (size_t i = 0; i < now.size(); ++i) {
    if (now[i] < before[i]) return true;
  }
  return false;
}

void AddDifference(const TotalsRow& before, const TotalsRow& now, TotalsRow* sum) {
  for (size_t i = 0; i < now.size(); ++i) (*sum)[i] += now[i] - before[i];
}

}  // namespace haldane::controller
