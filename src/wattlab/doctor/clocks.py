"""What holds the processor's clocks down: heat, power limits, governor, boost.

References
----------
Linux kernel: admin-guide/pm/cpufreq, admin-guide/pm/intel_pstate, power/powercap/powercap, ABI/testing/sysfs-devices-
system-cpu (thermal_throttle), ABI/testing/sysfs-platform_profile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wattlab.doctor.finding import advice, ok

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wattlab.doctor.finding import Finding
    from wattlab.doctor.surroundings import Surroundings

__all__ = ["check_clocks"]

_CPU: Final = "/sys/devices/system/cpu"
_POWERCAP: Final = "/sys/class/powercap"
_SLOWER: Final = "the same training takes longer; whether it costs more energy, too, only measuring tells"


def check_clocks(surroundings: Surroundings) -> list[Finding]:
    """Look at everything that lowers clocks."""
    found = [
        *_heat(surroundings),
        *_governor(surroundings),
        *_preference(surroundings),
        *_boost(surroundings),
        *_profile(surroundings),
        *_limits(surroundings),
    ]
    hidden = not surroundings.at(f"{_CPU}/cpu0/cpufreq").exists()
    title = "the system does not show clocks or their limits" if hidden else "nothing holds the clocks down"
    return found or [ok("clocks.free", title)]


def _cores(surroundings: Surroundings) -> list[str]:
    folders = surroundings.at(_CPU).glob("cpu[0-9]*")
    return [f"{_CPU}/{folder.name}" for folder in sorted(folders, key=lambda one: int(one.name[3:]))]


def _heat(surroundings: Surroundings) -> Iterator[Finding]:
    names = ("core_throttle_count", "package_throttle_count")
    texts = [
        surroundings.read(f"{core}/thermal_throttle/{n}") for core in _cores(surroundings) for n in names
    ]
    count = max((int(text) for text in texts if text.isdigit()), default=0)
    if count:
        yield advice(
            "clocks.heat",
            f"the processor was slowed down by heat {count:,} times since the start",
            "thermal_throttle counts it; a few times are harmless, a number that grows during a training is not",
            f"{_SLOWER}, and figures taken hot do not repeat",
            (
                "grep . /sys/devices/system/cpu/cpu*/thermal_throttle/*_count",
                "clean fans and filters; let air in",
            ),
        )


def _governor(surroundings: Surroundings) -> Iterator[Finding]:
    found = {surroundings.read(f"{core}/cpufreq/scaling_governor") for core in _cores(surroundings)} - {""}
    driver = surroundings.read(f"{_CPU}/cpu0/cpufreq/scaling_driver")
    # Under intel_pstate and amd-pstate-epp, "powersave" scales with the load, unlike its name elsewhere.
    slow = (
        {"powersave", "conservative"} & found if driver not in ("intel_pstate", "amd-pstate-epp") else set()
    )
    if slow:
        name = slow.pop()
        yield advice(
            "clocks.governor",
            f"the governor {name!r} keeps the clocks low",
            f"driver {driver or 'unknown'}",
            _SLOWER,
            ("sudo cpupower frequency-set -g schedutil", "or: sudo cpupower frequency-set -g performance"),
        )
    elif found:
        yield ok("clocks.governor", f"governor: {', '.join(sorted(found))} ({driver or 'driver unknown'})")


def _preference(surroundings: Surroundings) -> Iterator[Finding]:
    name = "cpufreq/energy_performance_preference"
    found = {surroundings.read(f"{core}/{name}") for core in _cores(surroundings)} - {""}
    if "power" in found:
        yield advice(
            "clocks.preference",
            "the processor is told to save power before all else",
            "energy_performance_preference is 'power'",
            _SLOWER,
            (f"echo balance_performance | sudo tee {_CPU}/cpu*/{name}",),
        )


def _boost(surroundings: Surroundings) -> Iterator[Finding]:
    off = surroundings.read(f"{_CPU}/cpufreq/boost") == "0"
    no_turbo = surroundings.read(f"{_CPU}/intel_pstate/no_turbo") == "1"
    if off or no_turbo:
        file, value = (f"{_CPU}/intel_pstate/no_turbo", 0) if no_turbo else (f"{_CPU}/cpufreq/boost", 1)
        yield advice(
            "clocks.boost",
            "boost clocks are off",
            f"{file}; off, figures repeat better and a joule often computes more",
            "a training takes a fifth to a third longer, at lower power",
            (f"echo {value} | sudo tee {file}    # only if it is not meant",),
        )


def _profile(surroundings: Surroundings) -> Iterator[Finding]:
    name = surroundings.read("/sys/firmware/acpi/platform_profile")
    if name in ("low-power", "quiet", "cool"):
        yield advice(
            "clocks.profile",
            f"the machine's profile is {name!r}",
            "it lowers the power limits of processor and fans",
            _SLOWER,
            ("powerprofilesctl set balanced",),
        )


def _limits(surroundings: Surroundings) -> Iterator[Finding]:
    for zone in sorted(surroundings.at(_POWERCAP).glob("intel-rapl:[0-9]")):
        place = surroundings.outside(zone)
        limit = surroundings.read(f"{place}/constraint_0_power_limit_uw")
        most = surroundings.read(f"{place}/constraint_0_max_power_uw")
        if limit.isdigit() and most.isdigit() and 0 < int(limit) < 0.9 * int(most):
            watts = f"{int(limit) / 1e6:.0f} of {int(most) / 1e6:.0f} W"
            yield advice(
                "clocks.power-limit",
                f"{surroundings.read(f'{place}/name') or zone.name} is limited to {watts}",
                "the long-term power limit; often set on purpose, by the maker or by you",
                f"{_SLOWER}; figures taken at another limit do not compare",
                (f"echo {most} | sudo tee {place}/constraint_0_power_limit_uw    # only if it is not meant",),
            )
