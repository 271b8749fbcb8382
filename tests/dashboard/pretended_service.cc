#include "tests/dashboard/pretended_service.h"

#include <grpcpp/client_context.h>

#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "controller/ingest/agent_stream.h"
#include "haldane/v1/telemetry.grpc.pb.h"

namespace haldane::testing {

struct PretendedService::Inside final : controller::AgentStream {
  void Acknowledge(uint64_t) override {}
  void Direct(const haldane::v1::Directive&) override {}
  void End(const absl::Status&) override { open = false; }

  controller::Agents::Id id = 0;
  bool open = false;
};

// One stream, and a thread that reads away what the controller says.
struct PretendedService::Outside {
  explicit Outside(const std::shared_ptr<grpc::Channel>& channel)
      : stub(haldane::v1::Telemetry::NewStub(channel)), stream(stub->Stream(&context)) {
    reader = std::thread([this] {
      haldane::v1::ControllerMessage message;
      while (stream->Read(&message)) {
      }
      broken = true;
    });
  }
  ~Outside() {
    context.TryCancel();
    reader.join();
    stream->Finish();
  }

  grpc::ClientContext context;
  std::unique_ptr<haldane::v1::Telemetry::Stub> stub;
  std::unique_ptr<grpc::ClientReaderWriter<haldane::v1::AgentMessage, haldane::v1::ControllerMessage>> stream;
  std::thread reader;
  std::atomic<bool> broken = false;
};

PretendedService::PretendedService(std::string name, uint64_t seed, int per_side,
                                   const FakeFleet::Host& canary, const FakeFleet::Host& baseline)
    : name_(std::move(name)), fleet_(seed) {
  fleet_.AddBothSides(per_side, canary, baseline);
  sequences_.resize(fleet_.size());
  inside_.resize(fleet_.size());
  outside_.resize(fleet_.size());
}

PretendedService::~PretendedService() = default;

std::vector<size_t> PretendedService::Side(bool canary) const {
  std::vector<size_t> side;
  for (size_t i = canary ? 0 : 1; i < sequences_.size(); i += 2) side.push_back(i);
  return side;
}

std::string PretendedService::HostName(size_t index) const {
  const size_t per_side = sequences_.size() / 2;
  return absl::StrCat(name_, "-", (index % 2 == 0 ? 0 : per_side) + index / 2 + 1, ".example.internal");
}

haldane::v1::AgentMessage PretendedService::Hello(size_t index) const {
  haldane::v1::AgentMessage message;
  haldane::v1::Hello* hello = message.mutable_hello();
  hello->set_host(HostName(index));
  hello->set_agent_version("0.1.0");
  hello->set_epoch(fleet_.ReportOf(index).epoch());
  haldane::v1::Compatibility* compatibility = hello->mutable_compatibility();
  compatibility->set_kernel_release(index % 5 == 4 ? "5.10.0-33-amd64" : "6.1.0-28-amd64");
  compatibility->set_profile(haldane::v1::Compatibility::PROFILE_FULL);
  if (index % 5 == 4) {
    compatibility->set_profile(haldane::v1::Compatibility::PROFILE_REDUCED);
    haldane::v1::Compatibility::Missing* missing = compatibility->add_missing();
    missing->set_capability("uprobe_multi");
    missing->set_reason("the kernel refused the link: Invalid argument");
    missing->set_remedy("needs Linux 6.6; probes are attached one by one until then");
  }
  return message;
}

// What probes cost a host that answers some hundred requests a second.
void FillBudgetUse(haldane::v1::BudgetUse* use) {
  use->set_core_share(0.0031);
  use->set_core_budget(0.01);
  const std::pair<const char*, double> groups[] = {{"vm_entries", 0},
                                                   {"sys_errors", 0.0008},
                                                   {"latency", 0.0009},
                                                   {"exceptions", 0.0002},
                                                   {"responses", 0.0011}};
  for (const auto& [name, share] : groups) {
    haldane::v1::BudgetUse::Group* group = use->add_groups();
    group->set_name(name);
    group->set_attached(share > 0);
    group->set_core_share(share);
  }
}

haldane::v1::AgentMessage PretendedService::NextReport(size_t index) {
  const haldane::v1::HostReport now = fleet_.ReportOf(index);
  haldane::v1::AgentMessage message;
  haldane::v1::Report* report = message.mutable_report();
  report->set_sequence(++sequences_[index]);
  FillBudgetUse(report->mutable_budget_use());
  report->set_epoch(now.epoch());
  *report->mutable_gaps() = now.gaps();
  *report->mutable_processes() = now.processes();
  if (index % 5 == 4) {
    haldane::v1::DropCounter* drop = report->add_drops();
    drop->set_site("class_table_full");
    drop->set_count(17);
  }
  for (haldane::v1::ProcessSample& process : *report->mutable_processes()) {
    for (haldane::v1::Label& label : *process.mutable_labels()) {
      if (label.name() == "service") label.set_value(name_);
    }
  }
  return message;
}

void PretendedService::ReportTo(controller::Controller* controller) {
  for (size_t i = 0; i < fleet_.size(); ++i) {
    if (fleet_.host(i).silent) continue;
    if (inside_[i] == nullptr) inside_[i] = std::make_unique<Inside>();
    if (!inside_[i]->open) {
      inside_[i]->open = true;
      inside_[i]->id = controller->agents().Open("", inside_[i].get());
      controller->agents().Receive(inside_[i]->id, Hello(i));
    }
    controller->agents().Receive(inside_[i]->id, NextReport(i));
  }
}

void PretendedService::Leave(controller::Controller* controller) {
  for (auto& stream : inside_) {
    if (stream != nullptr && stream->open) controller->agents().Close(stream->id);
    stream.reset();
  }
}

void PretendedService::ReportTo(const std::shared_ptr<grpc::Channel>& channel) {
  for (size_t i = 0; i < fleet_.size(); ++i) {
    std::unique_ptr<Outside>& stream = outside_[i];
    if (fleet_.host(i).silent) {
      stream.reset();
      continue;
    }
    if (stream != nullptr && stream->broken) stream.reset();
    if (stream == nullptr) {
      stream = std::make_unique<Outside>(channel);
      stream->stream->Write(Hello(i));
    }
    stream->stream->Write(NextReport(i));
  }
}

}  // namespace haldane::testing
