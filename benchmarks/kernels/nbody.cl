// SPDX-License-Identifier: MIT
// One step of all-pairs gravity: position.w is the mass. 20 floating-point operations a pair.
kernel void nbody(int n, float dt, float softening, global const float4* restrict position,
                  global const float4* restrict velocity, global float4* restrict new_position,
                  global float4* restrict new_velocity) {
  const int i = get_global_id(0);
  const float4 me = position[i];
  float ax = 0.0f, ay = 0.0f, az = 0.0f;
  for (int j = 0; j < n; ++j) {
    const float4 other = position[j];
    const float dx = other.x - me.x, dy = other.y - me.y, dz = other.z - me.z;
    const float inverse = rsqrt(dx * dx + dy * dy + dz * dz + softening);
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
  new_position[i] = (float4)(me.x + v.x * dt, me.y + v.y * dt, me.z + v.z * dt, me.w);
}
