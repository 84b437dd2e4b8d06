// SPDX-License-Identifier: MIT
// cuInit, cuDriverGetVersion, cuGetError*, cuDevice*, cuCtx*: devices that look like a small sm_90.
#include "machine.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace fake_cuda {
namespace {

constexpr int driver_version = 13000;

struct error_name {
  status code;
  const char *name, *text;
};
constexpr error_name error_names[] = {
    {success, "CUDA_SUCCESS", "no error"},
    {invalid_value, "CUDA_ERROR_INVALID_VALUE", "fake: invalid argument"},
    {out_of_memory, "CUDA_ERROR_OUT_OF_MEMORY", "fake: out of memory"},
    {not_initialized, "CUDA_ERROR_NOT_INITIALIZED", "fake: initialization error"},
    {no_device, "CUDA_ERROR_NO_DEVICE", "fake: no CUDA-capable device is detected"},
    {invalid_device, "CUDA_ERROR_INVALID_DEVICE", "fake: invalid device ordinal"},
    {invalid_image, "CUDA_ERROR_INVALID_IMAGE", "fake: device kernel image is invalid"},
    {invalid_context, "CUDA_ERROR_INVALID_CONTEXT", "fake: invalid device context"},
    {no_binary_for_gpu, "CUDA_ERROR_NO_BINARY_FOR_GPU", "fake: no kernel image is available for the device"},
    {invalid_handle, "CUDA_ERROR_INVALID_HANDLE", "fake: invalid resource handle"},
    {not_found, "CUDA_ERROR_NOT_FOUND", "fake: named symbol not found"},
    {not_ready, "CUDA_ERROR_NOT_READY", "fake: device not ready"},
    {illegal_address, "CUDA_ERROR_ILLEGAL_ADDRESS", "fake: an illegal memory access was encountered"},
    {illegal_instruction, "CUDA_ERROR_ILLEGAL_INSTRUCTION", "fake: an illegal instruction was encountered"},
    {launch_failed, "CUDA_ERROR_LAUNCH_FAILED", "fake: unspecified launch failure"},
};

const error_name* find_error(status code) {
  const auto* const found =
      std::find_if(std::begin(error_names), std::end(error_names), [=](const error_name& e) { return e.code == code; });
  return found == std::end(error_names) ? nullptr : found;
}

struct attribute {
  int number, value;
};
constexpr attribute attributes[] = {
    {1, 1024},       // threads a block
    {2, 1024},       // of them in x
    {3, 1024},       // in y
    {4, 64},         // in z
    {5, 0x7fffffff}, // blocks in x
    {6, 65535},      // in y
    {7, 65535},      // in z
    {8, default_shared_bytes},
    {9, 65536},      // constant memory
    {10, 32},        // threads a warp
    {12, 65536},     // registers a block
    {13, 1'000'000}, // kHz
    {16, 4},         // multiprocessors
    {17, 0},         // time limit for kernels
    {18, 0},         // integrated
    {19, 1},         // can map host memory
    {20, 0},         // compute mode
    {31, 1},         // kernels side by side
    {32, 1},         // ECC
    {33, 1},         // PCI bus
    {36, 1'500'000}, // memory's kHz
    {37, 256},       // its bits
    {38, 4 << 20},   // L2
    {39, 2048},      // threads a multiprocessor
    {40, 2},         // copy engines
    {41, 1},         // unified addressing
    {50, 0},         // PCI domain
    {75, device_architecture / 10},
    {76, device_architecture % 10},
    {78, 1},      // stream priorities
    {81, 233472}, // shared memory a multiprocessor
    {82, 65536},  // registers a multiprocessor
    {83, 1},      // managed memory
    {91, 1},      // host pointers of registered memory
    {93, 1},      // 64-bit stream memory operations, as they were first
    {95, 1},      // cooperative launch
    {97, most_shared_bytes},
    {102, 1},  // virtual memory management
    {103, 1},  // with file descriptors
    {106, 32}, // blocks a multiprocessor
    {115, 1},  // memory pools
    {122, 1},  // 64-bit stream memory operations
    {123, 1},  // waiting for a value that was not written
};

std::string bus_id(int device) {
  char text[32];
  std::snprintf(text, sizeof text, "0000:%02X:00.0", (static_cast<unsigned>(device) + 1) & 0xff);
  return text;
}

status put_text(char* to, int bytes, const std::string& text) {
  if (to == nullptr || bytes <= 0) return invalid_value;
  std::snprintf(to, static_cast<std::size_t>(bytes), "%s", text.c_str());
  return success;
}

/// Calls `body(machine)` if there is such a device.
template <class Body>
status with_device(const char* name, int device, Body body) {
  return call(name, needs_initialisation | survives_loss,
              [&](machine& m, auto&) { return m.is_device(device) ? static_cast<status>(body(m)) : invalid_device; });
}

} // namespace
} // namespace fake_cuda

using namespace fake_cuda; // NOLINT: what follows is this library's interface

FAKE_CUDA_API status cuInit(unsigned flags) {
  return call("cuInit", needs_nothing, [&](machine& m, auto&) {
    if (flags != 0) return invalid_value;
    if (m.devices.empty()) return no_device;
    m.is_initialised = true;
    return success;
  });
}

FAKE_CUDA_API status cuDriverGetVersion(int* version) {
  return call("cuDriverGetVersion", needs_nothing, [&](machine&, auto&) {
    if (version == nullptr) return invalid_value;
    *version = driver_version;
    return success;
  });
}

FAKE_CUDA_API status cuGetErrorName(status code, const char** name) {
  return call("cuGetErrorName", needs_nothing, [&](machine&, auto&) {
    const error_name* const found = find_error(code);
    if (name == nullptr) return invalid_value;
    *name = found == nullptr ? nullptr : found->name;
    return found == nullptr ? invalid_value : success;
  });
}

FAKE_CUDA_API status cuGetErrorString(status code, const char** text) {
  return call("cuGetErrorString", needs_nothing, [&](machine&, auto&) {
    const error_name* const found = find_error(code);
    if (text == nullptr) return invalid_value;
    *text = found == nullptr ? nullptr : found->text;
    return found == nullptr ? invalid_value : success;
  });
}

FAKE_CUDA_API status cuDeviceGetCount(int* count) {
  return call("cuDeviceGetCount", needs_initialisation | survives_loss, [&](machine& m, auto&) {
    if (count == nullptr) return invalid_value;
    *count = static_cast<int>(m.devices.size());
    return success;
  });
}

FAKE_CUDA_API status cuDeviceGet(int* device, int ordinal) {
  return with_device("cuDeviceGet", ordinal, [&](machine&) {
    if (device == nullptr) return invalid_value;
    *device = ordinal;
    return success;
  });
}

FAKE_CUDA_API status cuDeviceGetName(char* name, int bytes, int device) {
  return with_device("cuDeviceGetName", device,
                     [&](machine&) { return put_text(name, bytes, "Fake GPU " + std::to_string(device)); });
}

FAKE_CUDA_API status cuDeviceGetUuid_v2(uuid* id, int device) {
  return with_device("cuDeviceGetUuid_v2", device, [&](machine&) {
    if (id == nullptr) return invalid_value;
    for (int i = 0; i < 16; ++i)
      id->bytes[i] = static_cast<unsigned char>(i == 15 ? device : 0xfa);
    return success;
  });
}

FAKE_CUDA_API status cuDeviceTotalMem_v2(std::size_t* bytes, int device) {
  return with_device("cuDeviceTotalMem_v2", device, [&](machine& m) {
    if (bytes == nullptr) return invalid_value;
    *bytes = m.memory_bytes;
    return success;
  });
}

FAKE_CUDA_API status cuDeviceGetAttribute(int* value, int number, int device) {
  return with_device("cuDeviceGetAttribute", device, [&](machine& m) {
    const auto* const found = std::find_if(std::begin(attributes), std::end(attributes),
                                           [=](const attribute& a) { return a.number == number; });
    if (value == nullptr || found == std::end(attributes)) return invalid_value;
    const auto other = m.attributes.find(number);
    *value = other != m.attributes.end() ? other->second : number == 33 ? device + 1 : found->value;
    return success;
  });
}

FAKE_CUDA_API status cuDeviceGetPCIBusId(char* text, int bytes, int device) {
  return with_device("cuDeviceGetPCIBusId", device, [&](machine&) { return put_text(text, bytes, bus_id(device)); });
}

FAKE_CUDA_API status cuDeviceCanAccessPeer(int* can, int device, int other) {
  return with_device("cuDeviceCanAccessPeer", device, [&](machine& m) {
    if (can == nullptr) return invalid_value;
    if (!m.is_device(other)) return invalid_device;
    *can = device != other && m.peers != peer_access::refused;
    return success;
  });
}

FAKE_CUDA_API status cuDevicePrimaryCtxRetain(handle* h, int device) {
  return with_device("cuDevicePrimaryCtxRetain", device, [&](machine& m) {
    if (h == nullptr) return invalid_value;
    device_state& d = m.devices[static_cast<std::size_t>(device)];
    if (d.lost != success) return d.lost;
    if (d.retained++ == 0) m.contexts.emplace(d.context = m.new_handle(), context{device});
    *h = d.context;
    return success;
  });
}

FAKE_CUDA_API status cuDevicePrimaryCtxRelease_v2(int device) {
  return call("cuDevicePrimaryCtxRelease_v2", needs_initialisation | survives_loss | releases, [&](machine& m, auto&) {
    if (!m.is_device(device)) return invalid_device;
    device_state& d = m.devices[static_cast<std::size_t>(device)];
    if (d.retained == 0) return invalid_context;
    if (--d.retained == 0) {
      m.contexts.at(d.context).is_destroyed = true;
      d.context = 0;
    }
    return success;
  });
}

FAKE_CUDA_API status cuCtxSetCurrent(handle h) {
  return call("cuCtxSetCurrent", needs_initialisation | survives_loss, [&](machine& m, auto&) {
    if (h != 0) {
      const auto found = m.contexts.find(h);
      if (found == m.contexts.end()) return invalid_context;
      if (found->second.is_destroyed) return context_is_destroyed;
    }
    current_context = h;
    return success;
  });
}

FAKE_CUDA_API status cuCtxGetCurrent(handle* h) {
  return call("cuCtxGetCurrent", needs_initialisation | survives_loss, [&](machine&, auto&) {
    if (h == nullptr) return invalid_value;
    *h = current_context;
    return success;
  });
}

FAKE_CUDA_API status cuCtxGetDevice(int* device) {
  return call("cuCtxGetDevice", needs_context | survives_loss, [&](machine& m, auto&) {
    if (device == nullptr) return invalid_value;
    *device = current(m).device;
    return success;
  });
}

FAKE_CUDA_API status cuCtxEnablePeerAccess(handle peer, unsigned flags) {
  return call("cuCtxEnablePeerAccess", needs_context, [&](machine& m, auto&) {
    const auto found = m.contexts.find(peer);
    if (flags != 0) return invalid_value;
    if (found == m.contexts.end() || peer == current_context) return invalid_device;
    context& own = current(m);
    if (!own.peers.insert(peer).second) return peer_access_already_enabled;
    return success;
  });
}
