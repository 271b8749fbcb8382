#include "benchmarks/verdicts/generators/noise_model.h"

#include <algorithm>

namespace haldane::benchmarks {

void NoiseModel::Next(Second& second) {
  ++now_;
  Advance();
  second.canary.clear();
  second.baseline.clear();
  for (int host = 0; host < hosts(); ++host) {
    (IsCanary(host) ? second.canary : second.baseline).push_back(DrawHost(host));
  }
}

HostSecond NoiseModel::DrawHost(int host) {
  const double load = LoadFactor(host);
  const double harm = IsCanary(host) && now_ >= 0 ? setup_.harm.At(host, now_, load) : 1;
  const double exposure = kRequests * load;
  const double events = Draw(rate_ * RateFactor(host) * load * harm, exposure) + Extra(host);
  // Drawn in any case, so that a silent second does not shift the ones after.
  return Reports(host) ? HostSecond{events, exposure} : HostSecond{};
}

const NamedModel& FindNoiseModel(const std::string& name) {
  const std::vector<NamedModel>& models = NoiseModels();
  return *std::find_if(models.begin(), models.end(),
                       [&](const NamedModel& model) { return model.name == name; });
}

}  // namespace haldane::benchmarks
