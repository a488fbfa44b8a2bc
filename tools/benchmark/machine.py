"""Names the machine that the figures are from."""

import os
import platform
import re


def _read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return None


def _cpu_fields():
    fields = {}
    for line in (_read("/proc/cpuinfo") or "").splitlines():
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    return fields


def frequencies():
    """MHz of each core right now, as the kernel sees them."""
    return [
        float(value) for value in re.findall(r"^cpu MHz\s*:\s*([\d.]+)", _read("/proc/cpuinfo") or "", re.MULTILINE)
    ]


def _caches():
    folder = "/sys/devices/system/cpu/cpu0/cache"
    result = {}
    for index in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        level, kind, size = (_read(os.path.join(folder, index, name)) for name in ("level", "type", "size"))
        if size:
            result[f"L{level}{'' if kind == 'Unified' else ' ' + kind.lower()}"] = size
    return result


def describe():
    """A dictionary for the report."""
    fields = _cpu_fields()
    memory = re.search(r"MemTotal:\s*(\d+)", _read("/proc/meminfo") or "")
    return {
        "cpu": fields.get("model name", platform.processor() or platform.machine()),
        "family": fields.get("cpu family"),
        "model": fields.get("model"),
        "vectors": [flag for flag in ("avx2", "fma", "f16c", "avx512f") if flag in fields.get("flags", "").split()],
        "cores": os.cpu_count(),
        "virtual": "hypervisor" in fields.get("flags", "").split(),
        "caches": _caches(),
        "memory_gib": round(int(memory.group(1)) / 2**20, 1) if memory else None,
        "mhz": frequencies(),
        "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        "huge_pages": _read("/sys/kernel/mm/transparent_hugepage/enabled"),
        "kernel": platform.release(),
        "libc": " ".join(platform.libc_ver()),
        "python": platform.python_version(),
    }
