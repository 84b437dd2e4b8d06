// SPDX-License-Identifier: MIT
extern "C" __global__ void __launch_bounds__(256)
    nbody(int n, float dt, float softening, const float4* __restrict__ position, const float4* __restrict__ velocity,
          float4* __restrict__ new_position, float4* __restrict__ new_velocity) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  const float4 me = position[i];
  float ax = 0.0f, ay = 0.0f, az = 0.0f;
#pragma unroll 4
  for (int j = 0; j < n; ++j) {
    const float4 other = position[j];
    const float dx = other.x - me.x, dy = other.y - me.y, dz = other.z - me.z;
    const float inverse = rsqrtf(dx * dx + dy * dy + dz * dz + softening);
    const float strength = other.w * inverse * inverse * inverse;
    ax += dx * strength;
    ay += dy * strength;
    az += dz * strength;
  }
  float4 v = velocity[i];
  v.x += ax * dt;
  v.y += ay * dt;
  v.z += az * dt;
  new_velocity[i] = v;
  new_position[i] = make_float4(me.x + v.x * dt, me.y + v.y * dt, me.z + v.z * dt, me.w);
}
