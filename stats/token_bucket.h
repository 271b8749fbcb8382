#pragma once

namespace haldane::stats {

// Bounds what one burst on one host can say: a token bucket that passes as
// many events as it has tokens. Declumping for the halt path only: a saturated
// bucket pulls the ratio of two cohorts towards one, which makes a halt less
// likely but a promotion wrong (never use it there).
//
//   tokens <- min(tokens + refill, 4 + refill);  passed = min(events, tokens)
//   refill = max(8 * expected, 0.2, 0.02 * exposure)
//
// where expected = the host's events at the baseline's past rate. Eight times
// that passes every regression that is not plain at once anyway.
// Assumes: events >= 0 and finite. Range: passed in [0, events].
class TokenBucket {
 public:
  // Events of one tick that count. `past_rate` is the baseline's events per
  // exposure so far, 0 while nothing is known of it.
  double Pass(double events, double exposure, double past_rate);

  double tokens() const { return tokens_; }

 private:
  double tokens_ = 4;
};

}  // namespace haldane::stats
