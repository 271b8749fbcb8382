#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "haldane/v1/event.pb.h"
#include "haldane/v1/fleet.pb.h"
#include "haldane/v1/telemetry.pb.h"

namespace haldane::controller {

// Numbers every change that the fleet hears of, over all hosts; 0 is before
// the first. Whoever has seen everything up to one number asks for what came
// after it.
using ChangeNumber = uint64_t;
inline constexpr ChangeNumber kEverything = UINT64_MAX;

// What one run of a host's agent has said.
class AgentEpoch {
 public:
  explicit AgentEpoch(uint64_t number = 0) : number_(number) {}

  uint64_t number() const { return number_; }
  uint64_t last_sequence() const { return last_sequence_; }
  size_t processes() const { return processes_.size(); }

  // INVALID_ARGUMENT when the report contradicts what this epoch said before,
  // or would exceed a quota of quota.h. REQUIRES: CheckReport is Ok.
  absl::Status Check(const haldane::v1::Report& report) const;
  // Takes in a report that Check has just passed. Totals of an exited process are final:
  // what is said of it afterwards is left out.
  void Apply(const haldane::v1::Report& report, ChangeNumber change);
  // Makes everything known count as changed just now.
  void Touch(ChangeNumber change);

  // Number of the last report, and of the last that said a process exited.
  ChangeNumber last_change() const { return last_change_; }
  ChangeNumber last_exit() const { return last_exit_; }

  // Fills `host` with the processes of `service` that changed after `cursor`.
  // False when there is nothing to say: none changed, and either the host was
  // silent or no process of the service lives on it.
  bool Fill(absl::string_view service, ChangeNumber cursor, haldane::v1::HostReport* host) const;

  // Every process of `service` that changed after `cursor`, as Fill has them but
  // not copied.
  void Visit(absl::string_view service, ChangeNumber cursor,
             absl::FunctionRef<void(const haldane::v1::ProcessSample&)> visit) const;
  // Signals that the host does not count at present.
  const google::protobuf::RepeatedPtrField<haldane::v1::SignalGap>& gaps() const { return gaps_; }

  // Fills in processes, gaps, drops, costs and kinds of probe.
  void Describe(haldane::v1::FleetHost* host) const;

  // True when a process of `service` lives, or its end is not yet forgotten.
  bool Knows(absl::string_view service) const;

  // Forgets processes whose end everybody has seen up to `consumed`, and the
  // agent knows to be acknowledged.
  void ForgetExited(ChangeNumber consumed);

 private:
  using Key = std::tuple<uint32_t, uint64_t, std::string>;  // pid, start, boot: in a tick's order
  using KeyView = std::tuple<uint32_t, uint64_t, absl::string_view>;
  // Finds a process without a copy of its key.
  struct KeyLess {
    using is_transparent = void;
    bool operator()(const KeyView& a, const KeyView& b) const { return a < b; }
  };
  struct Process {
    haldane::v1::ProcessSample sample;
    ChangeNumber change = 0;
    uint64_t sequence = 0;  // of the last report that had it
    size_t bytes = 0;
  };
  static KeyView KeyOf(const haldane::v1::ProcessSample& sample);
  static absl::Status CheckEachOnce(const haldane::v1::Report& report);

  uint64_t number_;
  uint64_t last_sequence_ = 0;
  ChangeNumber last_change_ = 0;
  ChangeNumber last_exit_ = 0;
  std::map<Key, Process, KeyLess> processes_;
  size_t exited_ = 0;  // of them
  size_t bytes_ = 0;   // of their samples
  google::protobuf::RepeatedPtrField<haldane::v1::DropCounter> drops_;
  google::protobuf::RepeatedPtrField<haldane::v1::SignalGap> gaps_;
  std::optional<haldane::v1::BudgetUse> budget_use_;
};

// The value of the sample's label `service`; empty when it has none.
absl::string_view ServiceOf(const haldane::v1::ProcessSample& sample);

}  // namespace haldane::controller
