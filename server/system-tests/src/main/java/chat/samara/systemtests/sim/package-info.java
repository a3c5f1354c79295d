/**
 * The simulator: three servers and six devices with real MLS in one thread, under virtual time, over a network and disks that
 * fail, judged by an oracle that sees everything. One seed is one run, always the same.
 *
 * <p>{@code clock} is virtual time and randomness; {@code network} and {@code disk} are the world, with their faults;
 * {@code actor} drives the sans-I/O cores as the real drivers do; {@code workload} is what members and fate do;
 * {@code oracle} keeps the books and judges. {@link chat.samara.systemtests.sim.Simulation} plays one run;
 * {@link chat.samara.systemtests.sim.SimMain} plays many ({@code ./samara sim --seeds 200 --json}).
 *
 * <p>When a seed fails, {@code ./samara sim --seed N --trace} prints its whole trace. Make the run shorter
 * ({@code --chaos-minutes}) as long as it still fails, then read the trace from its end. The normal build plays a few seeds
 * (see {@code SimulationTest}); soaks are played by hand or by night.
 */
@NullMarked
package chat.samara.systemtests.sim;

import org.jspecify.annotations.NullMarked;
