// SPDX-License-Identifier: MIT
// Structs, unions, arrays, pointers in every address space, half in memory, aliasing.
#include "harness/suite.hpp"

namespace kernel_suite {
namespace {

constexpr std::size_t n = 133;

struct particle {
  alignas(16) float position[4];
  float velocity[4];
  std::int32_t id;
  std::uint8_t flags[3];
  double mass;
};

constexpr const char* particle_source = R"(
  typedef struct { float4 position, velocity; int id; uchar flags[3]; double mass; } particle;
)";

std::vector<particle> particles() {
  std::vector<particle> p(n);
  for (std::size_t i = 0; i < n; ++i) {
    const float x = static_cast<float>(i);
    p[i] = {{x, x + 1, x + 2, x + 3},
            {1, 2, 4, x / 2},
            static_cast<std::int32_t>(i * 3),
            {1, 2, static_cast<std::uint8_t>(i)},
            x * 0.25};
  }
  return p;
}

TEST(memory, arrays_of_structs) {
  static_assert(sizeof(particle) == 48);
  const auto plain = particles();
  auto p = plain;
  std::vector<double> result(n);
  run(std::string(particle_source) + R"(
    kernel void k(global particle* p, global double* r) {
      size_t i = get_global_id(0);
      p[i].position += p[i].velocity * 2;
      p[i].flags[i % 3] += 100;
      particle copy = p[i];
      copy.id *= 2;
      r[i] = copy.mass + copy.id + copy.flags[2] + p[i].position.w;
      p[i].id = sizeof(particle);
    })",
      over(n), {out(p), out(result)});
  expect_each(result, [&](auto i) {
    const int flag = static_cast<std::uint8_t>(plain[i].flags[2] + (i % 3 == 2 ? 100 : 0));
    return plain[i].mass + plain[i].id * 2 + flag + plain[i].position[3] + 2 * plain[i].velocity[3];
  });
  for (std::size_t i = 0; i < n; ++i) {
    ASSERT_EQ(p[i].id, 48);
    ASSERT_EQ(p[i].position[1], plain[i].position[1] + 4);
    ASSERT_EQ(p[i].flags[0], i % 3 == 0 ? 101 : 1);
  }
}

TEST(memory, structs_given_by_value) {
  struct nested {
    std::int16_t a;
    struct {
      std::int64_t b;
      std::int8_t c[5];
    } inner[2];
    float d;
  };
  nested s{};
  s.a = -5;
  s.inner[0] = {1ll << 40, {1, 2, 3, 4, 5}};
  s.inner[1] = {-9, {6, 7, 8, 9, 10}};
  s.d = 2.5f;
  std::vector<std::int64_t> result(n);
  run(R"(
    typedef struct { short a; struct { long b; char c[5]; } inner[2]; float d; } nested;
    long total(nested s, int i) { s.a += 1; return s.a + s.inner[i & 1].b + s.inner[1 - (i & 1)].c[i % 5]; }
    kernel void k(nested s, global long* r) {
      int i = get_global_id(0);
      r[i] = total(s, i) * 2 + s.a + (long)(s.d * 2);
    })",
      over(n), {value(s), out(result)});
  expect_each(result,
              [&](auto i) { return (s.a + 1 + s.inner[i & 1].b + s.inner[1 - (i & 1)].c[i % 5]) * 2 + s.a + 5; });
}

TEST(memory, structs_returned_assigned_and_compared_by_field) {
  std::vector<std::int32_t> result(n);
  run(R"(
    typedef struct { int lo, hi; } range;
    typedef struct { range outer; float w; } wide;
    range make(int a, int b) { range r = {a, b}; if (a > b) { r.lo = b; r.hi = a; } return r; }
    wide widen(range r) { wide w; w.outer = r; w.outer.lo -= 10; w.w = 0.5f; return w; }
    kernel void k(global int* r) {
      int i = get_global_id(0);
      range a = make(i, 60), b;
      b = a;
      b.hi++;
      wide w = widen(b);
      range c = i & 1 ? a : w.outer;
      r[i] = c.lo * 1000 + c.hi + (int)(w.w * 4);
    })",
      over(n), {out(result)});
  expect_each(result, [](auto index) {
    const int i = static_cast<int>(index), lo = std::min(i, 60), hi = std::max(i, 60);
    return (i & 1 ? lo * 1000 + hi : (lo - 10) * 1000 + hi + 1) + 2;
  });
}

TEST(memory, initialisers) {
  std::vector<std::int32_t> result(n);
  run(R"(
    typedef struct { int a; int b[3]; struct { char c; float4 v; } in; } s;
    kernel void k(global int* r) {
      int i = get_global_id(0);
      s x = {1, {2, i}, {'c', (float4)(1, 2, 3, 4)}};
      s y = {.b = {[1] = 7}, .in.v = (float4)(i)};
      int m[2][3] = {{1, 2}, {4, 5, 6}};
      int z[] = {9, 8, 7};
      char text[] = "hey";
      r[i] = x.a + x.b[0] * 10 + x.b[1] * 100 + x.b[2] + x.in.c + (int)x.in.v.w + y.a + y.b[1] + (int)y.in.v.x + m[0][2] +
             m[i & 1][i % 3] + z[i % 3] + sizeof(z) + text[i % 4];
    })",
      over(n), {out(result)});
  expect_each(result, [](auto index) {
    const int i = static_cast<int>(index);
    const int m[2][3] = {{1, 2, 0}, {4, 5, 6}};
    return 1 + 20 + i * 100 + 'c' + 4 + 7 + i + m[i & 1][i % 3] + (9 - i % 3) + 12 + "hey"[i % 4];
  });
}

TEST(memory, unions_reinterpret_bytes) {
  const auto a = sample<float>(n, 1);
  std::vector<std::uint32_t> result(n);
  run(R"(
    typedef union { float f; uint u; uchar b[4]; ushort2 h; } word;
    kernel void k(global const float* a, global uint* r) {
      int i = get_global_id(0);
      word w;
      w.f = a[i];
      uint top = w.b[3];
      w.b[i % 4] ^= 0x5a;
      w.h.x += 1;
      r[i] = w.u + top;
    })",
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto i) {
    std::uint32_t u = std::bit_cast<std::uint32_t>(a[i]);
    const std::uint32_t top = u >> 24;
    u ^= 0x5au << (i % 4 * 8);
    u = (u & 0xffff0000u) | ((u + 1) & 0xffffu);
    return u + top;
  });
}

TEST(memory, packed_and_aligned_structs) {
#pragma pack(push, 1)
  struct packed {
    std::int8_t a;
    std::int32_t b;
    double c;
    std::int16_t d;
  };
#pragma pack(pop)
  static_assert(sizeof(packed) == 15);
  std::vector<packed> p(n);
  for (std::size_t i = 0; i < n; ++i) {
    p[i] = {static_cast<std::int8_t>(i), static_cast<std::int32_t>(i * 1000), static_cast<double>(i) / 4, -3};
  }
  std::vector<double> result(n);
  run(R"(
    typedef struct __attribute__((packed)) { char a; int b; double c; short d; } p;
    typedef struct { char a; int b __attribute__((aligned(16))); } wide;
    kernel void k(global p* v, global double* r) {
      size_t i = get_global_id(0);
      v[i].b += v[i].a;
      v[i].d -= 4;
      r[i] = v[i].c + v[i].b + sizeof(p) + sizeof(wide);
    })",
      over(n), {guarded_out(p), out(result)});
  expect_each(result, [](auto i) {
    return static_cast<double>(i) / 4 + static_cast<double>(i) * 1000 + static_cast<std::int8_t>(i) + 15 + 32;
  });
  for (std::size_t i = 0; i < n; ++i)
    ASSERT_EQ(int{p[i].d}, -7); // packed: no reference may be bound to it
}

TEST(memory, a_vector_stored_in_pieces_is_computed_before_the_first_piece_is_stored) {
  std::vector<std::int32_t> at(4 * n), values(4 * n);
  for (std::size_t i = 0; i < n; ++i)
    for (int c = 0; c < 4; ++c) {
      at[4 * i + static_cast<std::size_t>(c)] = c;
      values[4 * i + static_cast<std::size_t>(c)] = 10 * c + 1;
    }
  const auto places = at, before = values;
  run(R"(
    kernel void k(global int* at, global int* values) {
      global int* mine = at + 4 * get_global_id(0);
      global int* v = values + 4 * get_global_id(0);
      vstore2((int2)(5, 6), (uint)mine[2] - 1u, mine);
      vstore3((int3)(v[1], v[0], v[0] + v[1]), 0, v);
    })",
      over(n), {out(at), out(values)});
  expect_each(at, [&](auto i) {
    const int c = static_cast<int>(i % 4);
    return c == 2 ? 5 : c == 3 ? 6 : places[i];
  });
  expect_each(values, [&](auto i) {
    const std::array expected{11, 1, 12, 31};
    return i % 4 == 3 ? before[i] : expected[i % 4];
  });
}

TEST(memory, pointers_in_every_address_space) {
  const auto a = sample<std::int32_t>(n, 2);
  const std::vector<std::int32_t> table{5, 6, 7, 8};
  std::vector<std::int32_t> result(n);
  run(R"(
    constant int primes[5] = {2, 3, 5, 7, 11};
    int from_global(global const int* p, int i) { return *(p + i); }
    int from_constant(constant int* p, int i) { return p[i]; }
    int from_private(const int* p, int i) { return p[i]; }
    int from_local(local int* p, int i) { return p[i]; }
    kernel void k(global const int* a, constant int* table, global int* r, local int* l) {
      int i = get_global_id(0);
      int mine[3] = {i, i + 1, i + 2};
      local int own[8];
      if (get_local_id(0) == 0) { own[0] = 1; own[7] = 70; l[2] = 900; }
      barrier(CLK_LOCAL_MEM_FENCE);
      r[i] = (from_global(a, i) & 0xff) + from_constant(table, i % 4) * from_constant(primes, i % 5) +
             from_private(mine, i % 3) + from_local(own, 7) + from_local(l, 2);
    })",
      over(n, 7), {in(a), in(table), out(result), local_memory(12)});
  const int primes[] = {2, 3, 5, 7, 11};
  expect_each(result, [&](auto index) {
    const int i = static_cast<int>(index);
    return (a[index] & 0xff) + table[index % 4] * primes[i % 5] + i + i % 3 + 970;
  });
}

TEST(memory, pointer_arithmetic_and_comparison) {
  const auto a = sample<std::int16_t>(n + 8, 3);
  std::vector<std::int64_t> result(n);
  run(R"(
    kernel void k(global const short* a, global long* r) {
      int i = get_global_id(0);
      global const short* p = a + i;
      global const short* q = &p[5];
      q -= 2;
      global const short* s = p;
      int steps = 0;
      while (s < q) { ++s; ++steps; }
      long d = q - p;
      r[i] = *p++ + *++p + q[-1] + d * 100 + steps + (p == a + i + 2) * 1000 + (p > q) * 5000 + ((size_t)q - (size_t)p) * 7 +
             (a != 0 && p ? 3 : 4);
    })",
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto i) { return a[i] + a[i + 2] + a[i + 2] + 300 + 3 + 1000 + 14 + 3; });
}

TEST(memory, pointers_to_pointers_and_choice_of_pointer) {
  const auto a = sample<std::int32_t>(n, 4), b = sample<std::int32_t>(n, 5);
  std::vector<std::int32_t> result(n);
  run(R"(
    void aim(int** p, int* x, int* y, int i) { *p = i % 3 ? x : y; }
    kernel void k(global const int* a, global const int* b, global int* r) {
      int i = get_global_id(0);
      global const int* from = i & 1 ? a : b;
      int x = from[i] & 0xff, y = 1000, *p;
      aim(&p, &x, &y, i);
      *p += 5;
      int table[4] = {1, 2, 3, 4};
      int* ends[2] = {table, table + 3};
      *ends[i & 1] = 50;
      r[i] = x + y + table[0] * 3 + table[3];
    })",
      over(n), {in(a), in(b), out(result)});
  expect_each(result, [&](auto index) {
    const int i = static_cast<int>(index), x = (i & 1 ? a : b)[index] & 0xff;
    return x + 1005 + (i & 1 ? 3 + 50 : 150 + 4);
  });
}

TEST(memory, pointers_reinterpret_global_memory) {
  const auto a = sample<std::uint8_t>(16 * n, 6);
  std::vector<std::uint32_t> result(n);
  run(R"(
    kernel void k(global const uchar* a, global uint* r) {
      size_t i = get_global_id(0);
      global const uint4* v = (global const uint4*)a;
      global const ushort* h = (global const ushort*)(a + 16 * i);
      uint4 w = v[i];
      r[i] = (w.x ^ w.y) + (w.z ^ w.w) + h[3] + ((global const char*)h)[5];
    })",
      over(n), {in(a), out(result)});
  expect_each(result, [&](auto i) {
    std::uint32_t w[4];
    std::uint16_t h[8];
    std::memcpy(w, &a[16 * i], 16);
    std::memcpy(h, &a[16 * i], 16);
    return (w[0] ^ w[1]) + (w[2] ^ w[3]) + h[3] + static_cast<std::uint32_t>(static_cast<std::int8_t>(a[16 * i + 5]));
  });
}

TEST(memory, private_memory_reinterpreted) {
  std::vector<std::uint32_t> result(n);
  run(R"(
    kernel void k(global uint* r) {
      uint i = get_global_id(0);
      uint words[4] = {i, i * 0x01010101u, 0x12345678u, ~i};
      uchar* bytes = (uchar*)words;
      bytes[i % 16] = 0xee;
      ulong* pair = (ulong*)words;
      float4 f = (float4)(1.0f, i, 3.0f, 4.0f);
      uint* bits = (uint*)&f;
      bits[0] |= 1;
      r[i] = words[0] + words[1] + words[2] + words[3] + (uint)(pair[1] >> 32) + as_uint(f.x) + bits[1];
    })",
      over(n), {out(result)});
  expect_each(result, [](auto index) {
    const auto i = static_cast<std::uint32_t>(index);
    std::uint32_t words[4] = {i, i * 0x01010101u, 0x12345678u, ~i};
    reinterpret_cast<std::uint8_t*>(words)[i % 16] = 0xee;
    return words[0] + words[1] + words[2] + words[3] + words[3] + (std::bit_cast<std::uint32_t>(1.0f) | 1u) +
           std::bit_cast<std::uint32_t>(static_cast<float>(i));
  });
}

TEST(memory, multi_dimensional_arrays) {
  std::vector<std::int32_t> result(n);
  run(R"(
    constant float weights[2][3][2] = {{{1, 2}, {3, 4}, {5, 6}}, {{7, 8}, {9, 10}, {11, 12}}};
    int row_sum(int m[][4], int row) { int s = 0; for (int j = 0; j < 4; ++j) s += m[row][j]; return s; }
    kernel void k(global int* r) {
      int i = get_global_id(0);
      int m[3][4];
      for (int y = 0; y < 3; ++y) for (int x = 0; x < 4; ++x) m[y][x] = y * 10 + x + i;
      m[i % 3][i % 4] = -1000;
      int (*p)[4] = m;
      r[i] = row_sum(m, i % 3) + (int)weights[i & 1][i % 3][(i >> 1) & 1] + p[1][2] + *(*(p + 2) + 1);
    })",
      over(n), {out(result)});
  expect_each(result, [](auto index) {
    const int i = static_cast<int>(index);
    int m[3][4];
    for (int y = 0; y < 3; ++y) {
      for (int x = 0; x < 4; ++x)
        m[y][x] = y * 10 + x + i;
    }
    m[i % 3][i % 4] = -1000;
    int sum = 0;
    for (const int x : m[i % 3])
      sum += x;
    return sum + (i & 1) * 6 + i % 3 * 2 + ((i >> 1) & 1) + 1 + m[1][2] + m[2][1];
  });
}

TEST(memory, large_private_array) {
  std::vector<std::int32_t> result(n);
  run(R"(
    kernel void k(global int* r) {
      int i = get_global_id(0);
      int a[600];
      for (int j = 0; j < 600; ++j) a[j] = j ^ i;
      for (int j = 1; j < 600; ++j) a[j] += a[(j * 7 + i) % 600] & 15;
      int s = 0;
      for (int j = 0; j < 600; j += 37) s += a[j];
      r[i] = s;
    })",
      over(n), {out(result)});
  expect_each(result, [](auto index) {
    const int i = static_cast<int>(index);
    std::vector<int> a(600);
    for (int j = 0; j < 600; ++j)
      a[j] = j ^ i;
    for (int j = 1; j < 600; ++j)
      a[j] += a[(j * 7 + i) % 600] & 15;
    int s = 0;
    for (int j = 0; j < 600; j += 37)
      s += a[j];
    return s;
  });
}

TEST(memory, program_scope_constants) {
  std::vector<double> result(n);
  run(R"(
    constant int scale = 3;
    __constant uchar bytes[] = {1, 2, 3, 250};
    constant float4 axis = (float4)(1, 0, -1, 0.5f);
    constant struct { int a; double b[2]; } record = {4, {0.25, 0.5}};
    constant char name[] = "dot";
    constant int* constant where = &scale;
    constant double powers[3][2] = {{1, 2}, {4, 8}, {16, 32}};
    kernel void k(global double* r) {
      int i = get_global_id(0);
      constant uchar* p = bytes + 1;
      r[i] = scale * bytes[i % 4] + axis.z + record.a + record.b[i & 1] + name[i % 3] + p[2] + *where + powers[i % 3][i & 1];
    })",
      over(n), {out(result)});
  const int bytes[] = {1, 2, 3, 250};
  expect_each(result, [&](auto i) {
    return 3.0 * bytes[i % 4] - 1 + 4 + (i & 1 ? 0.5 : 0.25) + "dot"[i % 3] + 250 + 3 +
           std::ldexp(1.0, static_cast<int>(i % 3 * 2 + (i & 1)));
  });
}

TEST(memory, volatile_accesses) {
  std::vector<std::int32_t> data(n, 3);
  run(R"(
    kernel void k(volatile global int* a) {
      size_t i = get_global_id(0);
      volatile int x = a[i];
      x += 1;
      a[i] = x;
      a[i] = a[i] * 2;
    })",
      over(n), {out(data)});
  expect_each(data, [](auto) { return 8; });
}

/// Value of a binary16 as a float.
float half_value(std::uint16_t h) {
  const int exponent = h >> 10 & 31;
  const float mantissa = static_cast<float>(h & 1023);
  float magnitude = exponent == 0    ? std::ldexp(mantissa, -24)
                    : exponent == 31 ? ((h & 1023) != 0 ? NAN : INFINITY)
                                     : std::ldexp(mantissa + 1024, exponent - 25);
  return (h & 0x8000) != 0 ? -magnitude : magnitude;
}

/// A float as binary16; the direction is 0 to nearest even, 1 toward zero, 2 up, 3 down.
std::uint16_t half_bits(double x, int direction) {
  const std::uint16_t sign = std::signbit(x) ? 0x8000 : 0;
  const double a = std::fabs(x);
  if (std::isnan(x)) return 0x7e00;
  if (std::isinf(x)) return sign | 0x7c00;
  int exponent = 0;
  std::frexp(a, &exponent);
  const double unit = std::ldexp(1.0, std::max(exponent - 11, -24));
  const double low = std::floor(a / unit);
  const double rest = a / unit - low;
  const bool away = direction == 2 ? sign == 0 : direction == 3 && sign != 0;
  double steps = low;
  if (direction == 0 ? rest > 0.5 || (rest == 0.5 && std::fmod(low, 2) == 1) : away && rest > 0) steps += 1;
  const double rounded = steps * unit;
  if (rounded >= 65536) return direction == 0 || away ? sign | 0x7c00 : sign | 0x7bff;
  if (rounded == 0) return sign;
  std::frexp(rounded, &exponent);
  if (exponent < -13) return static_cast<std::uint16_t>(sign | static_cast<int>(std::ldexp(rounded, 24)));
  return static_cast<std::uint16_t>(sign | ((exponent + 14) << 10) |
                                    (static_cast<int>(std::ldexp(rounded, 11 - exponent)) - 1024));
}

TEST(memory, every_half_loads_as_a_float) {
  std::vector<std::uint16_t> halves(65536);
  for (std::size_t i = 0; i < halves.size(); ++i)
    halves[i] = static_cast<std::uint16_t>(i);
  std::vector<float> scalar(65536), fours(65536);
  run(R"(
    kernel void k(global const half* h, global float* s, global float4* v) {
      size_t i = get_global_id(0);
      float4 f = vload_half4(i, h);
      v[i] = f;
      for (int j = 0; j < 4; ++j) s[4 * i + j] = vload_half(4 * i + j, h);
    })",
      over(16384), {in(halves), out(scalar), out(fours)});
  expect_each(scalar, [](auto i) { return half_value(static_cast<std::uint16_t>(i)); });
  expect_each(fours, [](auto i) { return half_value(static_cast<std::uint16_t>(i)); });
}

TEST(memory, floats_store_as_halves_in_every_rounding) {
  std::vector<float> a;
  for (std::uint32_t h = 0; h < 0x7c00; h += 7) {
    const float low = half_value(static_cast<std::uint16_t>(h)),
                high = h == 0x7bff ? 65536.0f : half_value(static_cast<std::uint16_t>(h + 1));
    for (const float f : {low, low * 0.75f + high * 0.25f, low * 0.5f + high * 0.5f, low * 0.25f + high * 0.75f}) {
      a.push_back(f);
      a.push_back(-f);
    }
  }
  a.insert(a.end(), {INFINITY, -INFINITY, 65504, 65519.99f, 65520, 1e30f, -1e30f, 1e-30f, -1e-30f, 0.0f, -0.0f});
  const std::size_t count = a.size();
  std::vector<std::uint16_t> result(5 * count);
  run(R"(
    kernel void k(global const float* a, global half* r) {
      size_t i = get_global_id(0);
      global half* p = r + 5 * i;
      vstore_half(a[i], 0, p); vstore_half_rte(a[i], 1, p); vstore_half_rtz(a[i], 2, p); vstore_half_rtp(a[i], 3, p);
      vstore_half_rtn(a[i], 4, p);
    })",
      over(count), {in(a), out(result)});
  expect_each(result, [&](auto i) {
    const int mode[] = {0, 0, 1, 2, 3};
    return half_bits(a[i / 5], mode[i % 5]);
  });
}

TEST(memory, half_vectors_and_doubles) {
  const auto a = sample<float>(16 * n, 7);
  std::vector<std::uint16_t> result(16 * n), from_double(n), aligned(4 * n, 0xabcd);
  std::vector<float> back(16 * n), three(4 * n);
  run(R"(
    kernel void k(global const float16* a, global half* r, global half* d, global half* aligned, global float16* back,
                  global float3* three) {
      size_t i = get_global_id(0);
      vstore_half16_rtz(a[i], i, r);
      vstore_half_rte((double)a[i].s0 / 3.0, i, d);
      vstorea_half3(a[i].s012, i, aligned);
      back[i] = vload_half16(i, r);
      three[i] = vloada_half3(i, aligned);
    })",
      over(n), {in(a), out(result), out(from_double), out(aligned), out(back), out(three)});
  expect_each(result, [&](auto i) { return half_bits(a[i], 1); });
  expect_each(from_double, [&](auto i) { return half_bits(static_cast<double>(a[16 * i]) / 3.0, 0); });
  for (std::size_t i = 3; i < aligned.size(); i += 4)
    aligned[i] = 0xabcd; // undefined
  expect_each(aligned, [&](auto i) { return i % 4 == 3 ? 0xabcd : half_bits(a[i / 4 * 16 + i % 4], 0); });
  expect_each(back, [&](auto i) { return half_value(half_bits(a[i], 1)); });
  for (std::size_t i = 0; i < three.size(); ++i) {
    if (i % 4 == 3) three[i] = 0;
  }
  expect_each(three, [&](auto i) { return i % 4 == 3 ? 0.0f : half_value(half_bits(a[i / 4 * 16 + i % 4], 0)); });
}

TEST(memory, in_place_and_overlapping_arguments) {
  auto a = sample<std::int32_t>(n, 8);
  const auto before = a;
  run(R"(
    kernel void k(global const int* from, global int* to) {
      size_t i = get_global_id(0);
      to[i] = from[i] / 3 + 1;
    })",
      over(n), {out(a), alias_of(0)});
  expect_each(a, [&](auto i) { return before[i] / 3 + 1; });
}

TEST(memory, load_after_aliasing_store) {
  std::vector<std::int32_t> a(4 * n, 1);
  run(R"(
    kernel void k(global int* p, global int* q) {
      int i = get_global_id(0) * 4;
      p[i] = 5;
      q[i] += 2;
      p[i + 1] = p[i] * 10;
      q[i + 2] = p[i + 1] + 1;
      p[i + 2] += q[i];
    })",
      over(n), {out(a), alias_of(0)});
  expect_each(a, [](auto i) {
    const int expected[] = {7, 70, 78, 1};
    return expected[i % 4];
  });
}

TEST(memory, neighbours_of_narrow_stores_survive) {
  std::vector<std::uint8_t> bytes(2 * n, 0x11);
  std::vector<std::int16_t> shorts(3 * n, 0x2222);
  run(R"(
    kernel void k(global uchar* b, global short* s) {
      size_t i = get_global_id(0);
      b[2 * i] = i;
      if (i % 3 == 0) s[3 * i + 1] = -i;
    })",
      over(n), {guarded_out(bytes), guarded_out(shorts)});
  expect_each(bytes, [](auto i) { return i % 2 == 0 ? i / 2 : 0x11; });
  expect_each(shorts, [](auto i) { return i % 9 == 1 ? -static_cast<int>(i / 3) : 0x2222; });
}

TEST(memory, strided_and_reversed_and_gathered_loads) {
  const auto a = sample<float>(4 * n, 9);
  std::vector<std::int32_t> index(n);
  for (std::size_t i = 0; i < n; ++i)
    index[i] = static_cast<std::int32_t>(i * 37 % (4 * n));
  std::vector<float> result(5 * n);
  run(R"(
    kernel void k(global const float* a, global const int* index, global float* r) {
      int i = get_global_id(0), n = get_global_size(0);
      r[i] = a[i * 3];
      r[n + i] = a[n - 1 - i];
      r[2 * n + i] = a[index[i]];
      r[3 * n + i] = a[i / 4] + a[7];
      r[4 * n + index[i] % n] = a[i + 1];
    })",
      over(n), {guarded_in(a), guarded_in(index), guarded_out(result)});
  expect_each(result, [&](auto i) {
    const std::size_t item = i % n;
    switch (i / n) {
    case 0: return a[item * 3];
    case 1: return a[n - 1 - item];
    case 2: return a[index[item]];
    case 3: return a[item / 4] + a[7];
    default:
      for (std::size_t j = 0; j < n; ++j) {
        if (static_cast<std::size_t>(index[j]) % n == item) return a[j + 1];
      }
      return 0.0f;
    }
  });
}

/// Elements of each size, on both sides of a pointer, at indices from memory.
template <class T, class Index>
void gather_and_scatter() {
  constexpr std::int64_t half = 700;
  const auto a = sample<T>(2 * half, 21);
  std::vector<Index> index(n);
  for (std::size_t i = 0; i < n; ++i)
    index[i] = static_cast<Index>(std::is_signed_v<Index> ? std::int64_t(i) * 1013 % (2 * half) - half
                                                          : std::int64_t(i) * 1013 % half);
  std::vector<T> result(2 * half), wanted(2 * half);
  for (const Index at : index)
    wanted[static_cast<std::size_t>(half + at)] = a[static_cast<std::size_t>(half + at)];
  run(substitute(R"(
    kernel void k(global const T* a, global const I* index, int half_length, global T* r) {
      global const T* middle = a + half_length;
      int i = get_global_id(0);
      if (i < get_global_size(0) - 1) (r + half_length)[index[i]] = middle[index[i]];
    })",
                 {{"T", type_name<T>()}, {"I", type_name<Index>()}}),
      over(n + 1), {in(a), guarded_in(index), value(static_cast<std::int32_t>(half)), out(result)});
  expect_equal(result, wanted);
}

TEST(memory, gathers_and_scatters_of_each_size_by_each_index) {
  for_each_type<std::int8_t, std::int16_t, std::int32_t, std::int64_t, float, double>([](auto element) {
    for_each_type<std::int16_t, std::uint16_t, std::int32_t, std::uint32_t, std::int64_t, std::uint64_t>([](auto at) {
      SCOPED_TRACE(std::string(type_name<decltype(element)>()) + " by " + type_name<decltype(at)>());
      gather_and_scatter<decltype(element), decltype(at)>();
    });
  });
}

} // namespace
} // namespace kernel_suite
