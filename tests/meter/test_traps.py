"""The known traps of measuring energy, and the tests that hold each: a test renamed or removed is missed here."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

TESTS: Final = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Trap:
    """Something that goes wrong unless it is looked after.

    Attributes
    ----------
    says : str
        What it is.
    tests : tuple of str
        Those that fail if nobody looks after it, as file and name.
    """

    says: str
    tests: tuple[str, ...]


TRAPS: Final = {
    1: Trap(
        "A counter starts again: when it is full, with its driver, after sleep. A failed read is not a zero.",
        (
            "meter/test_rapl.py::test_a_wrap_is_corrected_with_the_range",
            "meter/test_rapl.py::test_a_reset_is_not_taken_for_a_wrap",
            "meter/test_rapl.py::test_too_long_a_silence_may_hide_a_wrap",
            "meter/test_rapl.py::test_a_suspend_is_not_taken_for_a_wrap",
            "meter/test_rapl.py::test_a_driver_loaded_anew_is_lost_since_the_path_may_be_another_domain",
            "meter/test_rapl.py::test_an_empty_read_is_lost_not_zero",
            "meter/test_sampler.py::test_samples_before_a_counter_can_wrap",
            "contracts/test_sensors.py::test_goes_on_counting_across_wraps",
            "contracts/test_sensors.py::test_power_that_no_window_can_reach_is_never_told",
        ),
    ),
    2: Trap(
        "Domains lie inside each other, and one may show twice: their sum counts energy twice.",
        (
            "meter/test_rapl.py::test_package_and_memory_are_added_but_never_their_parts",
            "meter/test_rapl.py::test_the_same_domain_through_msr_and_mmio_counts_once",
            "meter/test_rapl.py::test_dies_that_mirror_one_counter_count_once",
            "meter/test_rapl.py::test_the_whole_platform_stands_alone",
            "meter/test_perf.py::test_what_powercap_gives_is_not_opened_again",
            "meter/test_domains.py::test_nothing_is_ever_counted_twice_and_the_processor_is_always_in",
        ),
    ),
    3: Trap(
        "The counters are root's alone, or hidden from a container; there is another way in, and a mend.",
        (
            "meter/test_rapl.py::test_closed_counters_are_absent_with_the_command_that_opens_them",
            "meter/test_rapl.py::test_a_container_that_masks_the_tree_is_told_apart",
            "meter/test_perf.py::test_a_kernel_that_refuses_is_absent_with_the_setting_that_mends_it",
            "meter/test_perf.py::test_counts_joules_by_the_scale",
            "meter/test_discover.py::test_a_card_beside_a_closed_processor_gets_the_model_added",
        ),
    ),
    4: Trap(
        "Virtual machines and WSL2 have no counters of the processor, and any call to a card's driver may refuse.",
        (
            "meter/test_rapl.py::test_a_virtual_machine_is_sent_to_the_host_or_the_wall",
            "machine/test_fingerprint.py::test_names_the_hypervisor",
            "machine/test_nvml.py::test_what_a_card_does_not_support_is_none_and_costs_nothing_else",
            "machine/test_nvml.py::test_a_driver_that_fails_in_another_way_says_how",
            "meter/test_nvml_sensor.py::test_a_card_that_tells_nothing_is_absent",
            "meter/test_discover.py::test_a_fault_nobody_foresaw_is_one_absent_sensor_and_no_end",
        ),
    ),
    5: Trap(
        "A window may be shorter than a sensor's step, or than the second of which its power is the mean.",
        (
            "contracts/test_sensors.py::test_a_window_below_the_resolution_says_so_and_is_bounded_by_the_power",
            "contracts/test_sensors.py::test_many_windows_widen_the_interval",
            "meter/test_meter.py::test_a_short_window_says_that_it_is_below_the_resolution",
            "machine/test_nvml.py::test_power_is_a_mean_from_ampere_on_but_on_ga100",
            "meter/test_nvml_sensor.py::test_a_card_without_one_is_integrated",
            "training/test_phases.py::test_the_energy_of_a_phase_is_a_model_even_if_all_else_is_measured",
        ),
    ),
    6: Trap(
        "A device works on after the call returns: wait for it at the edges, and inside on a few steps only.",
        (
            "meter/test_meter.py::test_synchronises_before_the_first_edge_and_before_the_last",
            "meter/test_devices.py::test_torch_is_waited_for_where_it_works",
            "callbacks/test_steps.py::test_the_device_is_waited_for_at_the_edges_alone",
            "engines/test_phases.py::test_only_chosen_steps_are_timed_and_waited_for",
            "training/test_phases.py::test_few_steps_of_two_epochs_are_timed",
        ),
    ),
    7: Trap(
        "Of several cards only the program's own count, each once, by its identity; and one rank of a node measures.",
        (
            "meter/test_nvml_sensor.py::test_only_visible_cards_are_counted_and_the_others_named",
            "meter/test_nvml_sensor.py::test_all_cards_are_added_and_none_twice",
            "meter/test_nvml_sensor.py::test_a_divided_card_counts_as_a_whole_and_says_so",
            "machine/test_visible_gpus.py::test_torch_sees_the_same_cards",
            "machine/test_visible_gpus.py::test_of_an_instance_the_whole_card_is_visible",
            "machine/test_nvml.py::test_two_gpus_on_a_board_are_two",
            "meter/test_amd_sensor.py::test_a_second_die_is_absent_not_zero",
            "meter/test_ongoing.py::test_another_rank_counts_no_energy_and_says_why",
        ),
    ),
    8: Trap(
        "A sensor goes away in mid-run: its energy is missing from then on, and the work goes on.",
        (
            "contracts/test_sensors.py::test_a_lost_sensor_makes_the_energy_missing_not_zero",
            "contracts/test_sensors.py::test_stays_lost_when_the_hardware_comes_back",
            "meter/test_meter.py::test_a_sensor_that_vanishes_leaves_what_was_complete_and_lets_the_work_go_on",
            "meter/test_meter.py::test_half_a_sum_is_no_sum",
            "meter/test_polled.py::test_the_thread_outlives_a_fault_nobody_foresaw",
        ),
    ),
    9: Trap(
        "Others work on the machine too: a device's energy is not a process's.",
        (
            "meter/test_meter.py::test_what_others_do_on_the_machine_flags_the_window",
            "meter/test_load_and_watch.py::test_the_busy_work_of_a_stranger_is_foreign_and_our_own_is_not",
            "meter/test_cards.py::test_who_else_computes_on_the_card_flags_the_windows_of_that_time",
            "meter/test_device_memory.py::test_processes_that_are_not_ours_are_named",
        ),
    ),
    10: Trap(
        "A machine draws power with nothing to do: gross and net of it are both shown.",
        (
            "meter/test_meter.py::test_idle_and_net_stand_beside_gross",
            "meter/test_meter.py::test_a_measured_baseline_replaces_the_modelled_one",
            "meter/test_discover.py::test_the_idle_power_is_that_of_processor_and_card",
            "meter/test_discover.py::test_nobody_models_what_a_whole_machine_draws_idle",
            "views/test_measure_text.py::test_the_card_of_a_single_run",
        ),
    ),
    11: Trap(
        "Losses of the power supply and of a data centre are lines of their own, and off unless asked for.",
        (
            "meter/test_price.py::test_surcharges_are_off_by_default",
            "meter/test_price.py::test_supply_loss_and_pue_are_modelled_figures_with_their_formula",
            "command/test_measure.py::test_losses_are_lines_of_their_own",
        ),
    ),
    12: Trap(
        "Measuring costs something itself: that is measured and printed, and no reading waits for anything.",
        (
            "meter/test_meter.py::test_the_meter_tells_what_it_used_itself",
            "command/test_measure.py::test_our_own_work_is_noted_and_small",
            "views/test_measure_text.py::test_the_card_of_a_single_run",
            "meter/test_sampler.py::test_refuses_to_sample_so_often_that_it_disturbs",
            "contracts/test_sensors.py::test_reading_sleeps_for_nothing_asks_nobody_and_starts_nothing",
            "meter/test_polled.py::test_reading_never_waits_for_an_answer",
        ),
    ),
    13: Trap(
        "Batteries and plugs answer slowly, and a charger makes nonsense of a battery's gauge.",
        (
            "contracts/test_sensors.py::test_facts_are_sound",
            "meter/test_battery.py::test_whatever_else_feeds_the_machine_makes_it_absent",
            "meter/test_battery.py::test_a_charger_in_mid_run_ends_the_measurement",
            "meter/test_battery.py::test_a_voltage_that_moves_with_the_load_is_no_energy",
            "meter/test_polled.py::test_a_time_without_answers_is_told_as_doubt",
            "meter/test_plug.py::test_a_slow_plug_holds_nobody_up",
        ),
    ),
    14: Trap(
        "One of two packages named alike is deprecated; and some cards' counters of energy are wrong.",
        (
            "machine/test_nvml.py::test_the_deprecated_package_is_told_from_the_binding",
            "machine/test_nvml.py::test_the_extra_installs_the_binding_and_nothing_the_deprecated_package",
            "meter/test_amd_sensor.py::test_a_counter_that_disagrees_is_not_believed_for_a_moment",
            "meter/test_amd_sensor.py::test_a_counter_that_goes_back_is_not_believed",
        ),
    ),
    15: Trap(
        "Plugs on the local network each speak their own dialect, in their own unit, and say nonsense at times.",
        (
            "meter/test_plug.py::test_every_kind_tells_its_power_and_total",
            "meter/test_plug.py::test_nonsense_is_absent_with_a_mend",
            "meter/test_plug.py::test_a_plug_that_goes_mad_in_mid_run_is_lost",
            "meter/test_polled.py::test_a_total_that_leaps_further_than_anything_can_draw_is_no_energy",
        ),
    ),
}
HELD: Final = [(number, test) for number, trap in TRAPS.items() for test in trap.tests]


@cache
def names(file: str) -> frozenset[str]:
    """Return the tests of a file that stand at its top, where pytest finds them."""
    path = TESTS / file
    if not path.exists():
        return frozenset()
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef))


def exists(test: str) -> bool:
    file, _, name = test.partition("::")
    return name.startswith("test_") and name in names(file)


def test_all_traps_are_held() -> None:
    assert list(TRAPS) == list(range(1, 16))
    assert all(trap.says.endswith(".") and trap.tests for trap in TRAPS.values())
    assert len(set(HELD)) == len(HELD)


@pytest.mark.parametrize(("number", "test"), HELD)
def test_the_test_that_holds_a_trap_is_there(number: int, test: str) -> None:
    assert exists(test), (
        f"trap {number} ({TRAPS[number].says}) was held by {test}: name the test that holds it now"
    )


@pytest.mark.parametrize(
    "test",
    [
        "meter/test_traps.py::test_that_was_renamed",
        "meter/test_gone.py::test_x",
        "meter/test_traps.py::exists",
    ],
)
def test_a_test_that_is_gone_is_missed(test: str) -> None:
    assert not exists(test)
