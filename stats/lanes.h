#pragma once

#include <cstdint>
#include <cstring>

// Logarithm, exponential and Stirling's remainder for two numbers at once, made
// of + - * / and bit operations only: the same bits from every compiler and C
// library, and several times faster than one call each. (The compilers' vector
// extension, which has SSE2 and NEON behind it.) No branches but where told.
namespace haldane::stats {

typedef double Lanes __attribute__((vector_size(16)));
typedef std::uint64_t LaneBits __attribute__((vector_size(16)));

inline LaneBits BitsOf(Lanes x) {
  LaneBits bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
inline Lanes LanesOf(LaneBits bits) {
  Lanes x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}
inline Lanes Both(double x) { return Lanes{x, x}; }
// The mask is all ones where `yes` is wanted, else all zeros.
inline Lanes Select(LaneBits mask, Lanes yes, Lanes no) {
  return LanesOf((BitsOf(yes) & mask) | (BitsOf(no) & ~mask));
}
inline Lanes AtLeastZero(Lanes x) { return Select((LaneBits)(x > Both(0)), x, Both(0)); }

// ln(x/m): x >= 0 and m > 0 normal, x/m normal or 0 (then finite and below
// -709). Relative error about 3e-16, also where x and m nearly agree.
inline Lanes LogRatioLanes(Lanes x, Lanes m) {
  const LaneBits root_half = {0x3fe6a09e667f3bcd, 0x3fe6a09e667f3bcd};
  const LaneBits one = {0x3ff0000000000000, 0x3ff0000000000000};
  const LaneBits mantissa = {0x000fffffffffffff, 0x000fffffffffffff};
  const LaneBits magic = {0x4330000000000000, 0x4330000000000000};  // 2^52 as a double
  // x/m = 2^k f, f in [sqrt(1/2), sqrt(2)).
  const LaneBits shifted = BitsOf(x / m) + (one - root_half);
  const Lanes k = LanesOf((shifted >> 52) | magic) - Both(4503599627370496.0 + 1023);
  const Lanes f = LanesOf((shifted & mantissa) + root_half);
  // Where x and m are within a factor of sqrt(2) their difference is exact.
  const LaneBits near = (LaneBits)(k == Both(0));
  const Lanes z = Select(near, x - m, f - Both(1)) / Select(near, x + m, f + Both(1));
  const Lanes s = z * z;
  Lanes series = s * Both(1.0 / 19) + Both(1.0 / 17);
  series = series * s + Both(1.0 / 15);
  series = series * s + Both(1.0 / 13);
  series = series * s + Both(1.0 / 11);
  series = series * s + Both(1.0 / 9);
  series = series * s + Both(1.0 / 7);
  series = series * s + Both(1.0 / 5);
  series = series * s + Both(1.0 / 3);
  return k * Both(0.69314718055994531) + (Both(2) * z + Both(2) * z * s * series);
}

// e^x for x <= 709; below -700 it is e^-700, which is nothing beside one.
// Relative error about 3e-16.
inline Lanes ExpLanes(Lanes x) {
  x = Select((LaneBits)(x > Both(-700)), x, Both(-700));
  // x = k ln 2 + r, |r| <= ln(2)/2. Adding 1.5 * 2^52 rounds to a whole number,
  // which then stands in the low bits.
  const Lanes rounder = Both(6755399441055744.0);
  const Lanes rounded = x * Both(1.4426950408889634) + rounder;
  const Lanes k = rounded - rounder;
  const Lanes r = (x - k * Both(0.693147180369123816490)) - k * Both(1.90821492927058770002e-10);
  Lanes series = r * Both(1.0 / 6227020800) + Both(1.0 / 479001600);
  series = series * r + Both(1.0 / 39916800);
  series = series * r + Both(1.0 / 3628800);
  series = series * r + Both(1.0 / 362880);
  series = series * r + Both(1.0 / 40320);
  series = series * r + Both(1.0 / 5040);
  series = series * r + Both(1.0 / 720);
  series = series * r + Both(1.0 / 120);
  series = series * r + Both(1.0 / 24);
  series = series * r + Both(1.0 / 6);
  series = series * r + Both(0.5);
  series = series * r + Both(1);
  series = series * r + Both(1);
  return LanesOf(BitsOf(series) + (BitsOf(rounded) << 52));
}

// StirlingRemainder (log_gamma.h) for z > 0 of at least 1e-290. Branches where
// both z are at least 4.
inline Lanes StirlingRemainderLanes(Lanes z) {
  const bool small = z[0] < 4 || z[1] < 4;
  const LaneBits lift = (LaneBits)(z < Both(4));
  const Lanes lifted = small ? Select(lift, z + Both(4), z) : z;
  const Lanes inverse = Both(1) / lifted;
  const Lanes x = inverse * inverse;
  Lanes series = x * Both(1.0 / 156) + Both(-691.0 / 360360);
  series = series * x + Both(1.0 / 1188);
  series = series * x + Both(-1.0 / 1680);
  series = series * x + Both(1.0 / 1260);
  series = series * x + Both(-1.0 / 360);
  series = series * x + Both(1.0 / 12);
  series = series * inverse;
  if (!small) return series;
  const Lanes four = z + Both(4);
  const Lanes rising = (z * (z + Both(3))) * ((z + Both(1)) * (z + Both(2)));
  const Lanes correction = (z - Both(0.5)) * LogRatioLanes(four, z) +
                           LogRatioLanes((four * four) * (four * four), rising) - Both(4);
  return Select(lift, series + correction, series);
}

// Divergence (log_space.h): x >= 0, m > 0.
inline Lanes DivergenceLanes(Lanes x, Lanes m) { return AtLeastZero(x * LogRatioLanes(x, m) - (x - m)); }

}  // namespace haldane::stats
